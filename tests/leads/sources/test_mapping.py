"""The mapping file: what it may say, and one sentence for what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from leads.sources import mapping
from leads.sources.activity_rows import ActivityRows
from leads.sources.lead_rows import FIELDS
from leads.sources.problems import FileRefused


def read(tmp_path, text: str):
    path = tmp_path / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    return mapping.read(path, FIELDS)


def test_text_stays_as_written(tmp_path):
    said = read(
        tmp_path, "constants: {source: 0100, note: no, title: 2026-11-24}\nempty: [null, '-', Select]\n"
    )
    assert said.constants == {"source": "0100", "note": "no", "title": "2026-11-24"}
    assert said.empty == {"null", "-", "Select"}


def test_json_is_the_same_file(tmp_path):
    said = read(
        tmp_path,
        '{"columns": {"業種": {"to": "industry", "values": {"製造業": "manufacturing"}}}, "zone": "UTC"}',
    )
    assert said.columns["業種"].translated("製造業") == "manufacturing"
    assert said.columns["業種"].translated(" 製造業") == "manufacturing"
    assert said.columns["業種"].translated("小売") == "小売"


@pytest.mark.parametrize(("otherwise", "answer"), [("keep", "x"), ("empty", ""), ("reject", None)])
def test_a_value_the_table_has_not(tmp_path, otherwise, answer):
    said = read(tmp_path, f"columns: {{a: {{to: industry, values: {{b: c}}, otherwise: {otherwise}}}}}")
    assert said.columns["a"].translated("x") == answer


def test_rows_are_left_out_by_tests_of_their_columns(tmp_path):
    said = read(tmp_path, "skip: {kind: {in: [stage, queue]}}\nonly: {score: {gte: 10}}\n")
    rows = [{"kind": "stage", "score": "20"}, {"kind": "x", "score": "9"}, {"kind": "x", "score": "10"}]
    assert [said.skips(row) for row in rows] == [True, True, False]
    assert said.asked == {"kind", "score"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("colums: {}", "mapping_unknown_key"),
        ("columns: {a: {to: email, value: {}}}", "mapping_unknown_key"),
        ("columns: {a: mail}", "mapping_unknown_field"),
        ("columns: {a: attributes.}", "mapping_unknown_field"),
        ("columns: {a: email.x}", "mapping_unknown_field"),
        ("constants: {owner_id: 5}", "mapping_unknown_field"),
        ("columns: [a]", "mapping_no_mapping"),
        ("- a", "mapping_no_mapping"),
        ("columns: {a: {to: {}}}", "mapping_no_text"),
        ("columns: {a: {to: created_at, dates: [year]}}", "mapping_dates"),
        ("columns: {a: {to: created_at, dates: '%Q'}}", "mapping_dates"),
        ("zone: JST-9", "mapping_zone"),
        ("zone: ../../etc/passwd", "mapping_zone"),
        ("others: all", "mapping_choice"),
        ("delimiter: ab", "mapping_choice"),
        ("skip: {kind: {equals: stage}}", "mapping_filter"),
        ("skip: [kind]", "mapping_filter"),
        ("zone: UTC\nzone: UTC", "mapping_key_twice"),
        ("columns: &a {x: email}", "mapping_anchor"),
        ("columns: !!python/object:os.system {x: email}", "mapping_anchor"),
        ("zone: !x UTC", "mapping_anchor"),
        ("columns: {a: *b}", "mapping_syntax"),
        ("columns: {a: email", "mapping_syntax"),
        ("a: b: c", "mapping_syntax"),
        ("a: " + "[" * 40 + "]" * 40, "mapping_too_deep"),
    ],
)
def test_refused(tmp_path, text, code):
    with pytest.raises(FileRefused) as refused:
        read(tmp_path, text)
    assert refused.value.code == code


def test_no_file_and_no_letters(tmp_path):
    with pytest.raises(FileRefused, match="mapping_missing"):
        mapping.read(tmp_path / "none.yaml", FIELDS)
    (tmp_path / "m.yaml").write_bytes("zone: 東京".encode("cp932"))
    with pytest.raises(FileRefused, match="mapping_not_utf8"):
        mapping.read(tmp_path / "m.yaml", FIELDS)


EXAMPLES = Path(__file__).parents[3] / "docs" / "how-to" / "mappings"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_examples_of_the_handbook_can_be_read(path):
    is_activities = path.stem.endswith(("events", "opens"))
    assert mapping.read(path, ActivityRows.fields if is_activities else FIELDS)


def test_the_example_in_the_handbook_can_be_read(tmp_path):
    text = (EXAMPLES.parent / "import.md").read_text(encoding="utf-8")
    example = text.partition("```yaml\n")[2].partition("```")[0]
    assert read(tmp_path, example).columns.keys() >= {"kennung", "segment", "branche"}
