"""JSON read without mercy: what two programs could understand in two ways is refused, never repaired.

Plain Python: bytes in, values out. Nothing of a request can cost more than its own length.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from math import isinf
from typing import Any

DEEPEST = 20
WIDEST_NUMBER = 2**63 - 1  # what the databases hold
_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")
_SUSPICIOUS = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


class JSONRefused(ValueError):
    """`code` is for faces to put into words; `field` is the path of the value meant, where there is one."""

    def __init__(self, code: str, field: str = "", **params: Any) -> None:
        self.code, self.field, self.params = code, field, params
        super().__init__(f"{field}: {code}" if field else code)


def read(body: bytes) -> Any:
    """The value of a JSON text. Raises JSONRefused."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise JSONRefused("invalid_utf8") from None
    if not text.strip():
        raise JSONRefused("parse_error")
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise JSONRefused("too_deep", most=DEEPEST) from None
    except json.JSONDecodeError:
        raise JSONRefused("parse_error") from None
    _refuse_depth(value)
    if _SUSPICIOUS.search(text):
        _refuse_broken_text(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise JSONRefused("duplicate_key", twice[:100])
    return found


def _whole(digits: str) -> int:
    if len(digits) > 20 or abs(int(digits)) > WIDEST_NUMBER:
        raise JSONRefused("number_too_large", value=digits[:30])
    return int(digits)


def _decimal(digits: str) -> float:
    found = float(digits)
    if isinf(found):
        raise JSONRefused("number_too_large", value=digits[:30])
    return found


def _no_number(word: str) -> Any:
    raise JSONRefused("not_json", value=word)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_whole, parse_float=_decimal, parse_constant=_no_number
)


def _refuse_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = (
            [
                inner
                for outer in level
                for inner in (outer.values() if isinstance(outer, dict) else outer)
                if isinstance(inner, dict | list)
            ]
            if isinstance(level[0], dict | list)
            else []
        )
        if not level:
            return
    raise JSONRefused("too_deep", most=DEEPEST)


def _refuse_broken_text(value: Any) -> None:
    for path, text in _texts(value, ()):
        if "\0" in text:
            raise JSONRefused("null_characters_not_allowed", path)
        if _HALF_A_CHARACTER.search(text):
            raise JSONRefused("lone_surrogate", path)


def _texts(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every text in the value, keys too, with its path; the depth is known to be small."""
    if isinstance(value, str):
        yield ".".join(path), value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield ".".join(path), name
            yield from _texts(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _texts(inner, (*path, str(place)))
