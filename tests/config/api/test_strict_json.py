"""Bytes in, values out: what two programs could read in two ways is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.api.strict_json import DEEPEST, JSONRefused, read

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abcあ", max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(values)
def test_what_json_says_is_what_is_read(value):
    assert read(json.dumps(value).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body):
    try:
        read(body)
    except JSONRefused as refused:
        assert refused.code


@pytest.mark.parametrize(
    "body, code, field",
    [
        (b"", "parse_error", ""),
        (b" \n", "parse_error", ""),
        (b"{", "parse_error", ""),
        (b"{} {}", "parse_error", ""),
        (b"\xef\xbb\xbf{}", "parse_error", ""),
        (b'{"a": 01}', "parse_error", ""),
        (b"{'a': 1}", "parse_error", ""),
        (b'{"a": "\x00"}', "parse_error", ""),
        (b'"\xff"', "invalid_utf8", ""),
        (b'"\xed\xa0\x80"', "invalid_utf8", ""),
        (b"NaN", "not_json", ""),
        (b'{"a": [Infinity]}', "not_json", ""),
        (b"-Infinity", "not_json", ""),
        (b"1e999", "number_too_large", ""),
        (b"-1e999", "number_too_large", ""),
        (b"9223372036854775808", "number_too_large", ""),
        (b"1" * 100_000, "number_too_large", ""),
        (b'{"a": 1, "a": 2}', "duplicate_key", "a"),
        (b'{"b": {"a": 1, "\\u0061": 2}}', "duplicate_key", "a"),
        (b'{"a": {"memo": "x\\u0000y"}}', "null_characters_not_allowed", "a.memo"),
        (b'{"a\\u0000": 1}', "null_characters_not_allowed", ""),
        (b'{"a": ["\\ud800"]}', "lone_surrogate", "a.0"),
        (b'"\\uDFFF"', "lone_surrogate", ""),
        (b"[" * 100_000 + b"]" * 100_000, "too_deep", ""),
        (b"[" * 100_000, "too_deep", ""),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "too_deep", ""),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "too_deep", ""),
    ],
)
def test_what_is_refused(body, code, field):
    with pytest.raises(JSONRefused) as refused:
        read(body)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_what_just_passes():
    assert read(b"[" * DEEPEST + b"]" * DEEPEST)
    assert read(b"9223372036854775807") == 2**63 - 1
    assert read(b'"\\ud83d\\ude00"') == "😀"
    assert read(b'{"a": "\\\\u0000"}') == {"a": "\\u0000"}
