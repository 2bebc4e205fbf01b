"""What is written reads back equal, and any other YAML reader understands the same."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as some

from config.playbook import yaml12
from config.playbook.check import read
from config.playbook.write import flow, scalar, write

EXAMPLE = read((Path(__file__).parents[1] / "data" / "playbook.example.yaml").read_bytes()).sections

texts = some.text(max_size=60).filter(lambda text: not yaml12.FORBIDDEN.search(text))
WORDS = (
    "no Yes ON y null ~ true False 1 007 1_000 0x1F 1e3 .5 .inf 2026-12-28 09:00-12:00 12-29..01-03 1:30 <<"
    " = - ? : # & * ! | > % @ ` ' \" {} [] a: a#b 「 ・ 三浦 30d 75% >=70% -20 +81 N/A nan --- ..."
)
PHRASES = "| |a |\ta| a|a: b|a #b|- a|? a|a\nb|a\u3000b|\ufeff|a, b|a / b"
tricky = some.sampled_from([*WORDS.split(), *PHRASES.split("|")])
numbers = some.integers(-(10**15), 10**15) | some.floats(-1e15, 1e15, allow_nan=False).map(lambda n: n or 0.0)
keys = (texts | tricky).filter(lambda key: key.strip() and "\n" not in key and key != "<<")
values = some.recursive(
    some.none() | some.booleans() | numbers | texts | tricky,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@given(some.dictionaries(keys, values, min_size=1, max_size=5))
def test_any_plain_data_reads_back_equal(data):
    document = yaml12.load(write(data).encode())
    assert document.problems == []
    assert document.data == data
    assert flow(document.data) == flow(data)  # 1 and 1.0 and true are different words


@given(texts | tricky)
def test_yaml_1_1_reads_the_same_text(text):
    assert yaml.safe_load(f"key: {scalar(text)}") == {"key": text}


def test_the_example_reads_back_equal():
    written = write(EXAMPLE)
    assert read(written.encode()).sections == EXAMPLE
    assert write(read(written.encode()).sections) == written


LABELS = [
    ("name",),
    ("stages", "mql", "buyer_step"),
    ("activity_types", "factory_tour", "label"),
    ("reasons", "send_back", "other", "label"),
    ("scoring", "opening", "demo"),
    ("personas", "it-head", "label"),
]


def changed(path, value, sections):
    """The sections with one value put somewhere else in place."""
    if not path:
        return value
    first, *rest = path
    if isinstance(sections, list):
        return [changed(rest, value, item) if place == first else item for place, item in enumerate(sections)]
    return {**sections, first: changed(rest, value, sections.get(first))}


words = (texts | tricky).filter(lambda text: text.strip())
labels = some.tuples(some.sampled_from(LABELS), some.fixed_dictionaries({"ja": words, "en": words}))
conditions = some.tuples(
    some.just(("scoring", "fit", "rules", 7, "when")),
    some.builds(lambda name, text: {f"attributes.{name}": {"is": text}}, keys, words),
)
amounts = some.tuples(some.just(("scoring", "mql", "min_readiness")), some.floats(45, 100)) | some.tuples(
    some.just(("queues", "inside", "members", 0, "weight")), some.floats(0.01, 1000)
)
names = some.tuples(some.just(("people", "miura@example.com", "name", "family")), words)


@settings(max_examples=40)
@given(some.lists(labels | conditions | amounts | names, max_size=8))
def test_variations_of_the_example_read_back_equal(variations):
    sections = EXAMPLE
    for path, value in variations:
        sections = changed(path, value, sections)
    assert read(write(sections).encode()).sections == sections


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("no", '"no"'),
        ("2026-12-28", '"2026-12-28"'),
        ("12-29..01-03", '"12-29..01-03"'),
        ("09:00-12:00", '"09:00-12:00"'),
        ("30d", "30d"),
        ("75%", "75%"),
        (">= 70%", '">= 70%"'),
        ("60", '"60"'),
        ("青空システムズ 2026年下期", "青空システムズ 2026年下期"),
        ("miura@example.com", "miura@example.com"),
        ("ええ、そうです。", "ええ、そうです。"),
        ("a\u2028b", '"a\\u2028b"'),
    ],
)
def test_words_are_quoted_only_where_needed(text, written):
    assert scalar(text) == written


def test_the_text_is_laid_out_for_people():
    written = write(EXAMPLE, heading="Exported\n\nfor review")
    assert written.startswith("# Exported\n#\n# for review\nplaybook: 1\n")
    assert "\nlanes:\n  1: {offer_at: mql, on_accept: sal}\n" in written
    assert "      - {user: sato@example.com, weight: 2, max_open: 60}\n" in written
    assert max(map(len, written.splitlines())) <= 118
