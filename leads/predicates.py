"""Predicates: what a rule, a route or a policy asks of a lead (PRODUCT 5).

A mapping means AND; `any_of`, `all_of` and `not` nest. Every other key is a path (`title`,
`company.employees`, `attributes.<name>`, `data.<name>`) with its tests:

    {"title": {"contains_any": ["部長"]}, "company.employees": {"gte": 300}}

Text is compared after NFKC, casefold and strip. A missing or empty value makes every test false
except `present: false`, `is_not` and `not_in`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from leads.predicate_tests import TESTS, PredicateError, Test, Where

__all__ = ["PredicateError", "check", "compile_predicate", "matches", "reader"]

Asked = Callable[[Mapping[str, Any]], bool]
Known = Callable[[str], bool]

REMEMBERED = 512  # values of one path: thousands of leads share titles, industries and sizes
SIMPLE = frozenset({str, int, float, bool, type(None)})  # equal ones of these are the same to every test
LONG = 200  # characters: longer texts are nobody's title, and would fill the memory
MAX_DEPTH = 12  # nobody reads deeper, and a stranger's JSON must not exhaust the stack


def check(predicate: object, *, known_paths: Known | None = None) -> list[PredicateError]:
    """Everything wrong with a predicate, without running it; each error carries its place inside.

    `known_paths` says whether a path exists; without it every path is taken.
    """
    errors: list[PredicateError] = []
    _Builder(errors, known_paths).all_of_mapping(predicate, ())
    return errors


def compile_predicate(predicate: Mapping[str, Any]) -> Asked:
    """The predicate as a function of values. Raises the first `PredicateError` found."""
    errors: list[PredicateError] = []
    asked = _Builder(errors, None).all_of_mapping(predicate, ())
    if errors:
        raise errors[0]
    return asked


def matches(predicate: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Does the predicate hold for these values, a nested mapping (`{"company": {"employees": 5}}`)?

    Who asks the same predicate of many leads keeps the function of `compile_predicate`.
    """
    return compile_predicate(predicate)(values)


@lru_cache(1024)  # a playbook has a few dozen paths
def reader(path: str) -> Callable[[Mapping[str, Any]], Any]:
    """A function that takes the value at a dotted path, or None where there is none."""
    head, dot, rest = path.partition(".")
    if not dot:
        return lambda values: values.get(path)
    deeper = reader(rest)

    def read(values: Mapping[str, Any]) -> Any:
        if path in values:  # a custom attribute may have a dot in its own name
            return values[path]
        found = values.get(head)
        return deeper(found) if type(found) is dict or isinstance(found, Mapping) else None

    return read


class _Builder:
    """Turns a predicate into closures and notes what is wrong on the way."""

    def __init__(self, errors: list[PredicateError], known: Known | None) -> None:
        self.errors = errors
        self.known = known

    def all_of_mapping(self, predicate: object, where: Where) -> Asked:
        if not isinstance(predicate, Mapping):
            return self._refuse("mapping_needed", where)
        if len(where) > 2 * MAX_DEPTH:
            return self._refuse("too_deep", where)
        return _every([self._part(key, value, (*where, key)) for key, value in predicate.items()])

    def _part(self, key: object, value: object, where: Where) -> Asked:
        if key == "not":
            inner = self.all_of_mapping(value, where)
            return lambda values: not inner(values)
        if key == "all_of":
            return _every(self._list(value, where))
        if key == "any_of":
            return _some(self._list(value, where))
        return self._path(key, value, where)

    def _list(self, value: object, where: Where) -> list[Asked]:
        if not isinstance(value, list | tuple) or not value:
            return [self._refuse("list_needed", where)]
        return [self.all_of_mapping(one, (*where, index)) for index, one in enumerate(value)]

    def _path(self, path: object, tests: object, where: Where) -> Asked:
        if not isinstance(path, str) or not path or (self.known and not self.known(path)):
            return self._refuse("unknown_path", where, name=path)
        if not isinstance(tests, Mapping) or not tests:
            return self._refuse("tests_needed", where)
        read = reader(path)
        asked = [self._test(name, wanted, (*where, name)) for name, wanted in tests.items()]
        return _remembering(asked[0] if len(asked) == 1 else lambda value: _passes(asked, value), read)

    def _test(self, name: object, wanted: object, where: Where) -> Callable[[Any], bool]:
        make = TESTS.get(name) if isinstance(name, str) else None
        if make is None:
            return self._refuse("unknown_test", where, name=name)
        try:
            return make(wanted)
        except PredicateError as error:
            return self._refuse(error.code, (*where, *error.path), **error.params)

    def _refuse(self, code: str, where: Where, **params: Any) -> Callable[[Any], bool]:
        self.errors.append(PredicateError(code, where, **params))
        return lambda _: False


def _every(parts: list[Asked]) -> Asked:
    if len(parts) == 1:
        return parts[0]
    return lambda values: all(part(values) for part in parts)


def _some(parts: list[Asked]) -> Asked:
    return lambda values: any(part(values) for part in parts)


def _passes(tests: list[Test], value: Any) -> bool:
    return all(test(value) for test in tests)


def _remembering(test: Test, read: Callable[[Mapping[str, Any]], Any]) -> Asked:
    """The test of what is read, which looks only once at a simple value it is shown again and again."""
    remembered = lru_cache(REMEMBERED, typed=True)(test)  # typed: 1 and true are two values

    def ask(values: Mapping[str, Any]) -> bool:
        value = read(values)
        kind = type(value)
        if kind not in SIMPLE or (kind is str and len(value) > LONG):
            return test(value)
        return remembered(value)

    return ask
