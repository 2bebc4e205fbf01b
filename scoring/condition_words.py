"""Predicates in the reader's words: 役職に「部長」を含む、かつ 従業員数が300以上."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import pgettext_lazy as _p

from leads.industry_words import industry_label
from leads.predicates import matches, reader
from leads.words import field_label, relation_label, stage_label

TESTS: Mapping[str, Promise] = {
    "is": _p("condition", "%(field)s is %(value)s"),
    "is_not": _p("condition", "%(field)s is not %(value)s"),
    "in": _p("condition", "%(field)s is one of %(value)s"),
    "not_in": _p("condition", "%(field)s is none of %(value)s"),
    "gt": _p("condition", "%(field)s above %(value)s"),
    "gte": _p("condition", "%(field)s at least %(value)s"),
    "lt": _p("condition", "%(field)s below %(value)s"),
    "lte": _p("condition", "%(field)s at most %(value)s"),
    "contains_any": _p("condition", "%(field)s contains %(value)s"),
    "has_word": _p("condition", "%(field)s has the word %(value)s"),
    "starts_with": _p("condition", "%(field)s starts with %(value)s"),
}
SWITCHES: Mapping[tuple[str, bool], Promise] = {
    ("present", True): _p("condition", "%(field)s is known"),
    ("present", False): _p("condition", "%(field)s is missing"),
    ("free_mail", True): _p("condition", "%(field)s is at a free mail service"),
    ("free_mail", False): _p("condition", "%(field)s is not at a free mail service"),
    ("is", True): _p("condition", "%(field)s: yes"),
    ("is", False): _p("condition", "%(field)s: no"),
    ("is_not", True): _p("condition", "%(field)s: not yes"),
    ("is_not", False): _p("condition", "%(field)s: not no"),
}
INQUIRY_KINDS: Mapping[str, Promise] = {
    "consult": _p("inquiry", "consultation"),
    "quote": _p("inquiry", "quotation"),
    "demo": _p("inquiry", "demo"),
    "support": _p("inquiry", "support"),
    "recruit": _p("inquiry", "recruiting"),
    "sales_pitch": _p("inquiry", "sales pitch"),
}
DATA: Mapping[str, Promise] = {
    "kind": _p("data", "kind"),
    "rank": _p("data", "rank"),
    "wants_contact": _p("data", "wants to be contacted"),
}
AND, OR = _p("condition", " and "), _p("condition", " or ")
COMMA, CHOICE, QUOTED = _p("list", ", "), _p("choice", ", "), _p("quoted", "“%(text)s”")
YES, NO = _p("answer", "yes"), _p("answer", "no")


def condition(predicate: Mapping[str, Any]) -> str:
    """A predicate as one phrase; an empty one is always true."""
    return _all(predicate) or _t("always")


def reason(predicate: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """Why a predicate holds for these values: what was found where it asked (役職: 情報システム部長).

    Where it is a matter of what is not there, the condition itself.
    """
    found: dict[str, str] = {}
    _find(predicate, values, found)
    return str(COMMA).join(found.values()) or condition(predicate)


def field(path: str) -> str:
    """A path as its reader calls it; of an event's own data only the last part."""
    name = path.removeprefix("data.")
    return str(DATA.get(name, name)) if path.startswith("data.") else field_label(path)


def _all(predicate: Mapping[str, Any], *, inside: bool = False) -> str:
    parts = [_part(key, body, inside=inside or len(predicate) > 1) for key, body in predicate.items()]
    return _joined(parts, AND, inside=inside)


def _part(key: str, body: Any, *, inside: bool) -> str:
    if key == "not":
        return _t("not (%(condition)s)") % {"condition": condition(body)}
    if key == "all_of":
        return _joined([_all(one, inside=True) for one in body], AND, inside=inside)
    if key == "any_of":
        return _joined([_all(one, inside=True) for one in body], OR, inside=inside)
    tests = [_test(key, name, wanted) for name, wanted in body.items()]
    return _joined(tests, AND, inside=inside)


def _joined(parts: Sequence[str], word: Promise, *, inside: bool) -> str:
    said = str(word).join(parts)
    return said if len(parts) < 2 or not inside else f"({said})"


def _test(path: str, name: str, wanted: Any) -> str:
    if isinstance(wanted, bool) and (name, wanted) in SWITCHES:
        return str(SWITCHES[name, wanted]) % {"field": field(path)}
    if name not in TESTS:
        return f"{path} {name} {wanted}"
    return str(TESTS[name]) % {"field": field(path), "value": _values(path, wanted)}


def _values(path: str, wanted: Any) -> str:
    if isinstance(wanted, list | tuple):  # a code and its own word say the same, once
        return str(CHOICE).join(dict.fromkeys(_value(path, one) for one in wanted))
    return _value(path, wanted)


def _value(path: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(YES if value else NO)
    if isinstance(value, int | float):
        return f"{value:,}"
    return str(QUOTED) % {"text": value_label(path, str(value))}


def value_label(path: str, value: str) -> str:
    """A stored code as people say it; other text as it is."""
    if path.endswith("relation"):
        return relation_label(value)
    if path.rpartition(".")[2] == "industry" and "attributes" not in path:
        return industry_label(value)
    if path == "data.kind":
        return str(INQUIRY_KINDS.get(value, value))
    return stage_label(value) if path == "stage" else value


def _find(predicate: Mapping[str, Any], values: Mapping[str, Any], found: dict[str, str]) -> None:
    for key, body in predicate.items():
        if key == "not":
            continue
        if key in ("all_of", "any_of"):
            for one in body:
                if matches(one, values):
                    _find(one, values, found)
        elif (seen := reader(key)(values)) not in (None, "", [], {}) and not isinstance(seen, bool | Mapping):
            found[key] = _t("%(field)s: %(value)s") % {"field": field(key), "value": _seen(key, seen)}


def _seen(path: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return str(CHOICE).join(value_label(path, str(one)) for one in value)
    return f"{value:,}" if isinstance(value, int | float) else value_label(path, str(value))
