"""YAML as the playbook speaks it: 1.2 core schema, every surprise refused with its place."""

import pytest

from config.playbook.problems import PlaybookRefused
from config.playbook.yaml12 import load


def value(text):
    document = load(f"key: {text}\n".encode())
    assert document.problems == []
    return document.data["key"]


def refused(source):
    """Every problem as (code, line, column), whether reading stopped or went on."""
    source = source.encode() if isinstance(source, str) else source
    try:
        problems = load(source).problems
    except PlaybookRefused as wrong:
        problems = wrong.problems
    return [(one.code, one.line, one.column) for one in problems]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("true", True),
        ("false", False),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("Off", "Off"),
        ("y", "y"),
        ("null", None),
        ("~", None),
        ("", None),
        ("nil", "nil"),
        ("60", 60),
        ("-20", -20),
        ("+7", 7),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("2026-12-28", "2026-12-28"),
        ("12-29..01-03", "12-29..01-03"),
        ("2026-12-28T09:00:00Z", "2026-12-28T09:00:00Z"),
        ("09:00-12:00", "09:00-12:00"),
        ("18:00", "18:00"),
        ("1:30:00", "1:30:00"),
        ("75%", "75%"),
        ("30d", "30d"),
        ("'60'", "60"),
        ('"true"', "true"),
        ('"a\\u3042"', "aあ"),
    ],
)
def test_a_word_means_what_yaml_1_2_says(text, meaning):
    found = value(text)
    assert found == meaning
    assert type(found) is type(meaning)


def test_keys_are_text_as_written():
    assert list(load(b"1: a\nno: b\n0x1F: c\n'2': d\ntrue: e\n").data) == ["1", "no", "0x1F", "2", "true"]


def test_blocks_lists_and_nested_mappings_become_plain_data():
    text = "a:\n  - x\n  - {b: [1, {c: d}]}\n  - |\n    two\n    lines\n"
    assert load(text.encode()).data == {"a": ["x", {"b": [1, {"c": "d"}]}, "two\nlines\n"]}


def test_every_value_and_key_has_a_place():
    document = load("people:\n  佐藤: {side: sales, roles:\n    [a, b]}\n".encode())
    assert (document.place(("people", "佐藤")).line, document.place(("people", "佐藤")).column) == (2, 7)
    assert document.place(("people", "佐藤"), key=True).column == 3
    assert document.place(("people", "佐藤", "roles", 1)).line == 3
    assert document.place(("people", "佐藤", "missing", "deeper")) == document.place(("people", "佐藤"))


def test_a_byte_order_mark_is_allowed_and_moves_nothing():
    assert refused(b"\xef\xbb\xbfa: &x 1\n") == [("anchor", 1, 4)]
    assert load(b"\xef\xbb\xbfa: 1\n").data == {"a": 1}


def test_windows_line_ends_count_as_one():
    assert refused("a: 1\r\nb: 2\r\nb: 3\r\n") == [("duplicate_key", 3, 1)]


@pytest.mark.parametrize(
    ("source", "problems"),
    [
        ("a: 1\nb: 2\na: 3\n", [("duplicate_key", 3, 1)]),
        ("a: {b: 1, 'b': 2}\n", [("duplicate_key", 1, 11)]),
        ("1: x\n'1': y\n", [("duplicate_key", 2, 1)]),
        ("a: &x 1\nb: *x\n", [("anchor", 1, 4), ("alias", 2, 4)]),
        ("a: &x {c: 1}\nb:\n  <<: *x\n", [("anchor", 1, 4), ("merge_key", 3, 3), ("alias", 3, 7)]),
        ("a: !!str 1\n", [("tag", 1, 4)]),
        ("a: !!python/object:os.system x\n", [("tag", 1, 4)]),
        ("a: ! x\n", [("tag", 1, 4)]),
        ("!!map {a: 1}\n", [("tag", 1, 1)]),
        ("&k a: 1\n", [("anchor", 1, 1)]),
        ("a: 1\n---\nb: 2\n", [("second_document", 2, 1)]),
        ("%YAML 1.1\n---\na: 1\n", [("yaml_version", 1, 1)]),
        ("", [("empty_file", 1, 1)]),
        ("# only a comment\n", [("empty_file", 1, 1)]),
        ("? [a, b]\n: 1\n", [("key_not_text", 1, 3)]),
        ("{a: 1}: 2\n", [("key_not_text", 1, 1)]),
        ("a:\n  '': 1\n", [("empty_key", 2, 3)]),
        ("a: .inf\nb: -.INF\nc: .nan\n", [("number_not_finite", line, 4) for line in (1, 2, 3)]),
        ("a: 1e999\n", [("number_not_finite", 1, 4)]),
        (f"a: {'9' * 5000}\n", [("number_too_large", 1, 4)]),
        ("a: 9999999999999999\n", [("number_too_large", 1, 4)]),
        ('a: "x\\0y"\n', [("character", 1, 4)]),
        ('a: "x\\ud800y"\n', [("character", 1, 4)]),
        ('a: "\\L"\n', [("character", 1, 4)]),
        ("a: x\x00y\n", [("character", 1, 5)]),
        ("a: 1\nb: x\u2028y\n", [("character", 2, 5)]),
        ("a: x\x85y\n", [("character", 1, 5)]),
        ('"a\\nb": 1\n', [("bad_key", 1, 1)]),
        ('a: "\\UFFFFFFFF"\n', [("syntax_escape", 1, 7)]),
        ('a: "\\q"\n', [("syntax_escape", 1, 6)]),
        ("a: b: c\n", [("syntax_second_colon", 1, 5)]),
        ("a:\n\t- b\n", [("syntax_tab", 2, 1)]),
        ("a: [1, 2\nb: 3\n", [("syntax_open_bracket", 2, 2)]),
        ('a: "b\nc: 1\n', [("syntax_open_quote", 1, 4)]),
        ("a: 1\nb\nc: 2\n", [("syntax_no_colon", 2, 1)]),
        ("a:\n   b: 1\n  c: 2\n", [("syntax_indent", 3, 3)]),
        ("a: @x\n", [("syntax_needs_quotes", 1, 4)]),
        ("a: %x\n", [("syntax_needs_quotes", 1, 4)]),
        ("a: " + "[" * 40, [("too_deep", 1, 36)]),
        ("a: " + "[" * 200_000, [("too_deep", 1, 36)]),
        (f"a: {'x' * 10_001}\n", [("too_long", 1, 4)]),
    ],
)
def test_what_surprises_is_refused_where_it_stands(source, problems):
    assert refused(source) == problems


@pytest.mark.parametrize(
    ("source", "problems"),
    [
        ("a: 1\nname: 青空\n".encode("cp932"), [("not_utf8", 2, 7)]),
        ("a: 1\n".encode("utf-16"), [("not_utf8", 1, 1)]),
        (b"\xff\xfe", [("not_utf8", 1, 1)]),
        (b"a: \xed\xa0\x80\n", [("not_utf8", 1, 4)]),
        (b"#" * 1_000_001, [("too_many_bytes", 1, 1)]),
    ],
)
def test_other_encodings_and_huge_files_are_refused(source, problems):
    assert refused(source) == problems


def test_a_duplicate_keeps_the_first_value_and_says_where_that_is():
    document = load(b"a: 1\na: 2\n")
    assert document.data == {"a": 1}
    assert document.problems[0].params == {"key": "a", "line": 1}
