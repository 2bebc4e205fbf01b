"""Conditions as rows of a form: a field, a test, and what to compare with. Rows are joined by "all" or "any".

What rows cannot say (a `not`, groups inside groups) is left as it is written: `rows_of` answers None.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from leads.predicate_tests import number

ALL, ANY = "all", "any"
COMBINE = ("any_of", "all_of", "not")
NUMBERS = ("gt", "gte", "lt", "lte")
SEVERAL = ("in", "not_in", "contains_any", "has_word", "starts_with")
SWITCHES = ("present", "free_mail", "is", "is_not")
SEPARATORS = re.compile("[、,，\n]")
LONGEST = 12  # rows of one form


class Row(NamedTuple):
    """`test` is a test's name, or one with its answer (`present:true`); `value` as a person types it."""

    path: str
    test: str
    value: str


def rows_of(predicate: Mapping[str, Any]) -> tuple[str, list[Row]] | None:
    """How rows say a predicate, and what joins them; None where they cannot say all of it."""
    joined, parts = ALL, [{path: tests} for path, tests in predicate.items()]
    if len(predicate) == 1 and (name := next(iter(predicate))) in ("any_of", "all_of"):
        joined, parts = (ANY if name == "any_of" else ALL), list(predicate[name])
        if any(_asks_of(one) != 1 for one in parts) and joined == ANY:
            return None
    rows: list[Row] = []
    for part in parts:
        found = _rows(part)
        if found is None:
            return None
        rows += found
    return (joined, rows) if rows and len(rows) <= LONGEST else None


def predicate_of(joined: str, rows: Sequence[Row]) -> dict[str, Any]:
    """The predicate that rows say; fields that are asked twice stand apart."""
    parts: list[dict[str, Any]] = [{row.path: _test(row)} for row in rows]
    if len(parts) > 1 and joined == ANY:
        return {"any_of": parts}
    merged: dict[str, Any] = {}
    for part in parts:
        for path, tests in part.items():
            known = merged.setdefault(path, {})
            if known.keys() & tests.keys():
                return {"all_of": parts}
            known.update(tests)
    return merged


def values_in(text: str) -> list[str]:
    """Several values typed in one field."""
    return [one.strip() for one in SEPARATORS.split(text) if one.strip()]


def amount(text: str) -> int | float | None:
    """A number as people type it (full-width digits and grouping too), or None."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("−", "-")
    found = number(plain) if len(plain) <= 30 else None
    if found is None:
        return None
    return int(found) if found == int(found) else float(found)


def _asks_of(part: Any) -> int:
    return sum(len(tests) if isinstance(tests, Mapping) else 2 for tests in part.values())


def _rows(part: Mapping[str, Any]) -> list[Row] | None:
    rows: list[Row] = []
    for path, tests in part.items():
        if path in COMBINE or not isinstance(tests, Mapping):
            return None
        for name, wanted in tests.items():
            row = _row(path, name, wanted)
            if row is None:
                return None
            rows.append(row)
    return rows


def _row(path: str, name: str, wanted: Any) -> Row | None:
    if isinstance(wanted, bool):
        return Row(path, f"{name}:{str(wanted).lower()}", "") if name in SWITCHES else None
    values = list(wanted) if isinstance(wanted, list | tuple) else [wanted]
    if any(isinstance(one, bool | Mapping | list) or SEPARATORS.search(str(one)) for one in values):
        return None
    return Row(path, name, "、".join(map(str, values)))


def _test(row: Row) -> dict[str, Any]:
    name, _, answer = row.test.partition(":")
    if answer:
        return {name: answer == "true"}
    if name in NUMBERS:
        found = amount(row.value)
        return {name: row.value if found is None else found}
    if name in SEVERAL:
        return {name: values_in(row.value)}
    return {name: row.value.strip()}
