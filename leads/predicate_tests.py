"""The tests of a predicate (`is`, `gte`, `has_word` …), each made once into a function of a value."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import Any

from leads.free_mail import is_free_mail

Where = tuple[str | int, ...]
Test = Callable[[Any], bool]
Number = int | float | Decimal

_NUMBER = re.compile(r"[-+]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?")
# Letters and digits of Latin words, so that 営業Manager holds the word Manager and Managers does not.
_LATIN = "0-9A-Za-z_\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"


class PredicateError(ValueError):
    """A predicate that cannot be asked: `code` says why, `path` where in it, `params` what stood there."""

    def __init__(self, code: str, path: Where = (), **params: Any) -> None:
        super().__init__(f"{'.'.join(map(str, path))}: {code}")
        self.code = code
        self.path = path
        self.params = params


def plain(text: str) -> str:
    """Text as it is compared: NFKC, casefold, strip."""
    return _plain(text) if len(text) <= 200 else _plain.__wrapped__(text)


@lru_cache(maxsize=8192)
def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def is_empty(value: Any) -> bool:
    """No value: null, blank text, an empty list, a mapping of nothing else. False and 0 are values."""
    if isinstance(value, Mapping):  # a lead without a company still has a mapping of its empty fields
        return all(map(_is_blank, value.values()))
    return _is_blank(value)


def _is_blank(value: Any) -> bool:
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or (isinstance(value, list | tuple | set | Mapping) and not value)


def number(value: Any) -> Number | None:
    """The value as a number, or None. Text that is written as a number counts (an import has only text)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = plain(value)
        return number(float(text.replace(",", ""))) if _NUMBER.fullmatch(text) else None
    if isinstance(value, int):
        return value
    return value if isinstance(value, float | Decimal) and math.isfinite(value) else None


def _text(value: Any) -> str:
    """One value as compared text; empty for what is no text, number, truth value or date."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None or isinstance(value, list | tuple | set | Mapping) else plain(str(value))


def _each(test: Test) -> Test:
    """A list (tags, several choices) passes when one of its entries does."""
    return lambda value: any(map(test, value)) if isinstance(value, list | tuple | set) else test(value)


def _one_of(wanted: object) -> Test:
    if not isinstance(wanted, list | tuple) or not wanted:
        raise PredicateError("list_needed")
    for index, one in enumerate(wanted):
        _scalar(one, (index,))
    texts = frozenset(_text(one) for one in wanted if not number_like(one))
    numbers = frozenset(one for one in wanted if number_like(one))
    numbers_in_texts = frozenset(number(one) for one in wanted if isinstance(one, str)) - {None}

    def test(value: Any) -> bool:
        if isinstance(value, str):
            text = plain(value)
            return text in texts if not numbers else text in texts or number(text) in numbers
        if number_like(value):
            return value in numbers or value in numbers_in_texts
        return _text(value) in texts

    return _each(test)


def number_like(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _scalar(wanted: object, where: Where = ()) -> None:
    if not isinstance(wanted, str | int | float):
        raise PredicateError("value_needed", where)
    if is_empty(wanted):
        raise PredicateError("empty_text", where)


def _is(wanted: object) -> Test:
    _scalar(wanted)
    return _one_of([wanted])


def _opposite(make: Callable[[object], Test]) -> Callable[[object], Test]:
    def made(wanted: object) -> Test:
        test = make(wanted)
        return lambda value: not test(value)

    return made


def _compares(holds: Callable[[Any, Any], bool]) -> Callable[[object], Test]:
    def made(wanted: object) -> Test:
        limit = number(wanted)
        if limit is None or isinstance(wanted, str):
            raise PredicateError("number_needed")
        return lambda value: (known := number(value)) is not None and holds(known, limit)

    return made


def _texts(wanted: object) -> list[str]:
    """One text or a list of them, as compared."""
    if not isinstance(wanted, list | tuple):
        return [_one_text(wanted, ())]
    if not wanted:
        raise PredicateError("list_needed")
    return [_one_text(one, (index,)) for index, one in enumerate(wanted)]


def _one_text(wanted: object, where: Where) -> str:
    if not isinstance(wanted, str):
        raise PredicateError("text_needed", where)
    _scalar(wanted, where)
    return plain(wanted)


def _contains_any(wanted: object) -> Test:
    parts = _texts(wanted)

    def test(value: Any) -> bool:
        text = _text(value)
        return any(part in text for part in parts) if text else False

    return _each(test)


def _has_word(wanted: object) -> Test:
    words = "|".join(map(re.escape, _texts(wanted)))
    found = re.compile(f"(?<![{_LATIN}])(?:{words})(?![{_LATIN}])").search
    return _each(lambda value: found(_text(value)) is not None)


def _starts_with(wanted: object) -> Test:
    starts = tuple(_texts(wanted))
    return _each(lambda value: _text(value).startswith(starts))


def _truth(wanted: object) -> bool:
    if not isinstance(wanted, bool):
        raise PredicateError("true_or_false_needed")
    return wanted


def _present(wanted: object) -> Test:
    present = _truth(wanted)
    return lambda value: is_empty(value) is not present


def _free_mail(wanted: object) -> Test:
    free = _truth(wanted)
    return lambda value: isinstance(value, str) and not is_empty(value) and is_free_mail(plain(value)) is free


TESTS: Mapping[str, Callable[[object], Test]] = {
    "is": _is,
    "is_not": _opposite(_is),
    "in": _one_of,
    "not_in": _opposite(_one_of),
    "gt": _compares(gt),
    "gte": _compares(ge),
    "lt": _compares(lt),
    "lte": _compares(le),
    "present": _present,
    "contains_any": _contains_any,
    "has_word": _has_word,
    "starts_with": _starts_with,
    "free_mail": _free_mail,
}
