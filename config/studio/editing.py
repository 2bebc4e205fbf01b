"""Changes of a `scoring` section, one at a time: a body in, a new body out, the old one untouched.

A rule is spoken of by its half and id, an entry of a list of the definition by its place.
Raises `Gone` where what was meant is no longer there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from config.playbook.problems import Problem
from config.playbook.readiness import SCORING
from config.playbook.reading import Reading, names_in
from config.playbook.yaml12 import Document
from leads import words
from scoring.rulemaking.sentences import HALVES

Body = dict[str, Any]

LISTS = ("fast_track", "exclude")
MAPPINGS = ("require", "opening")  # by field; by rule or fast-track group
WHOLE = {  # parts that are one thing, and where they stand
    "response": ("interest", "response"),
    "classes": ("classes",),
    "timezone": ("timezone",),
    "complete": ("mql", "complete"),
    "by_hand": ("mql", "by_hand"),
}


class Gone(Exception):
    """The rule or entry that was meant is not in this body."""


def find(body: Mapping[str, Any], part: str, key: str) -> Any:
    """What stands there: a rule, an entry, `{name: value}` of a mapping, or a whole part, None for none.

    Raises Gone for a rule or entry that is not there.
    """
    if part in HALVES:
        return body[part]["rules"][_place(body, part, key)]
    if part in LISTS:
        return _entries(body, part)[_index(body, part, key)]
    if part in MAPPINGS:
        group = _mapping(body, part)
        if key not in group:
            raise Gone
        return {key: group[key]}
    if part == "limits":
        return {half: body[half]["max"] for half in HALVES}
    found: Any = body
    for name in WHOLE.get(part, (part,)):
        found = (found or {}).get(name)
    return found


def add(body: Mapping[str, Any], part: str, item: Any, *, key: str = "") -> Body:
    """A new rule or entry at the end; a rule gets an id of its own from `item["id"]`, which is a wish.

    A fast-track group gets one too: without it no opening line could speak for it.
    """
    new = deepcopy(dict(body))
    if part in HALVES:
        rule = {"id": new_id(body, str(item.get("id", "")))} | _without(item, "id")
        new[part].setdefault("rules", []).append(rule)
        return new
    if part in LISTS:
        named = {"id": new_id(body, _wish(item))} if part == "fast_track" and "id" not in item else {}
        new["mql"][part] = [*_entries(new, part), named | item]
        return new
    return change(body, part, key, item)


def change(body: Mapping[str, Any], part: str, key: str, item: Any) -> Body:
    """Another rule, entry or part in its place; the id of a rule stays. Raises Gone."""
    new = deepcopy(dict(body))
    if part in HALVES:
        place = _place(new, part, key)
        new[part]["rules"][place] = {"id": key} | _without(item, "id")
    elif part in LISTS:
        new["mql"][part][_index(new, part, key)] = item
    elif part in MAPPINGS:
        _put_in_mapping(new, part, key, item)
    elif part == "limits":
        for half in HALVES:
            new[half]["max"] = item.get(half)
    else:
        *way, last = WHOLE.get(part, (part,))
        _walk(new, way)[last] = item
    return new


def rename(body: Mapping[str, Any], part: str, key: str, name: str, item: Any) -> Body:
    """Another name in the place of one: the field that is required, the rule an opening line is for.

    Each stands once; what stood under the new name before gives way. Raises Gone.
    """
    new = deepcopy(dict(body))
    before = _mapping(new, part)
    if key not in before:
        raise Gone
    holder = new["mql"] if part == "require" else new
    holder[part] = {
        name if old == key else old: item if old == key else value
        for old, value in before.items()
        if old == key or old != name
    }
    return new


def remove(body: Mapping[str, Any], part: str, key: str) -> Body:
    """Without it; the opening line of a rule goes with the rule. Raises Gone."""
    new = deepcopy(dict(body))
    if part in HALVES:
        del new[part]["rules"][_place(new, part, key)]
        _forget_opening(new, key)
    elif part in LISTS:
        entry = new["mql"][part].pop(_index(new, part, key))
        _forget_opening(new, str(entry.get("id", "")))
    elif part in MAPPINGS:
        find(new, part, key)
        del _mapping(new, part)[key]
    else:
        *way, last = WHOLE.get(part, (part,))
        if _walk(new, way).pop(last, None) is None:
            raise Gone
    return new


def move(body: Mapping[str, Any], part: str, key: str, steps: int) -> Body:
    """One place up (-1) or down (1); at the end it stays where it is. Raises Gone."""
    new = deepcopy(dict(body))
    items, place = _list_with(new, part, key)
    other = place + steps
    if 0 <= other < len(items):
        items[place], items[other] = items[other], items[place]
    return new


def switch(body: Mapping[str, Any], part: str, key: str, *, off: bool) -> Body:
    """A rule stops counting, or counts again (decision 0057). Raises Gone."""
    rule = _without(find(body, part, key), "off")
    return change(body, part, key, rule | ({"off": True} if off else {}))


def group(body: Mapping[str, Any], key: str, name: str) -> Body:
    """A rule of fit in a group (only the best of a group counts), or in none. Raises Gone."""
    rule = _without(find(body, "fit", key), "group")
    return change(body, "fit", key, rule | ({"group": name} if name else {}))


def speakers(body: Mapping[str, Any]) -> list[str]:
    """What can be the reason of a handoff and so have an opening line: rules of interest, named groups."""
    groups = [one["id"] for one in _entries(body, "fast_track") if one.get("id")]
    return [*groups, *(one["id"] for one in body["interest"].get("rules", ()))]


def new_id(body: Mapping[str, Any], wish: str) -> str:
    """An id no rule has, as near to the wish as the format allows."""
    base = re.sub(r"[^A-Za-z0-9_-]+", "-", wish).strip("-_")[:40] or "rule"
    groups = (body.get("mql") or {}).get("fast_track") or ()
    taken = {one["id"] for half in HALVES for one in body[half].get("rules", ())}
    taken |= {one.get("id") for one in groups} | {"clip", "rounding", "response", "override"}
    named = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
    return next(one for one in named if one not in taken)


def check(body: Mapping[str, Any], *, before: Mapping[str, Any] | None = None) -> tuple[Body, list[Problem]]:
    """The body tidied as the playbook keeps it, and what is wrong with it (`path` begins with the section).

    What was wrong `before` already is not held against this change.
    """
    names = names_in({"activity_types": words.section("activity_types")})
    reading = Reading(Document(), names)
    tidy = SCORING.read(dict(body), ("scoring",), reading)
    old = _wrong(before, names) if before is not None and reading.problems else set()
    return tidy, [one for one in reading.problems if (one.path, one.code) not in old]


def _wrong(body: Mapping[str, Any], names: Mapping[str, Any]) -> set[tuple[Any, str]]:
    reading = Reading(Document(), names)
    SCORING.read(dict(body), ("scoring",), reading)
    return {(one.path, one.code) for one in reading.problems}


def path_of(body: Mapping[str, Any], part: str, key: str) -> tuple[str | int, ...]:
    """Where a part stands, as the checker says it; a new one stands at the end."""
    if part in HALVES:
        rules = body[part].get("rules", [])
        place = next((at for at, one in enumerate(rules) if one["id"] == key), len(rules) - 1)
        return ("scoring", part, "rules", place)
    if part in LISTS:
        return ("scoring", "mql", part, int(key) if key else len(_entries(body, part)) - 1)
    if part in MAPPINGS:
        return ("scoring", *(("mql",) if part == "require" else ()), part, key)
    return ("scoring", *WHOLE.get(part, (part,)))


def _place(body: Mapping[str, Any], half: str, key: str) -> int:
    for place, one in enumerate(body[half].get("rules", ())):
        if one["id"] == key:
            return place
    raise Gone


def _index(body: Mapping[str, Any], part: str, key: str) -> int:
    if not (key.isascii() and key.isdigit() and len(key) < 5) or int(key) >= len(_entries(body, part)):
        raise Gone
    return int(key)


def _entries(body: Mapping[str, Any], part: str) -> list[Any]:
    return list((body.get("mql") or {}).get(part) or ())


def _list_with(body: Body, part: str, key: str) -> tuple[list[Any], int]:
    if part in HALVES:
        return body[part]["rules"], _place(body, part, key)
    if part in LISTS:
        return body["mql"][part], _index(body, part, key)
    raise Gone


def _mapping(body: Mapping[str, Any], part: str) -> dict[str, Any]:
    found = (body.get("mql") or {}).get("require") if part == "require" else body.get("opening")
    return found if found is not None else {}


def _put_in_mapping(body: Body, part: str, key: str, item: Any) -> None:
    holder = body["mql"] if part == "require" else body
    holder[part] = {**_mapping(body, part), key: item}


def _walk(body: Body, way: Sequence[str]) -> Body:
    for name in way:
        body = body.setdefault(name, {})
    return body


def _wish(group: Mapping[str, Any]) -> str:
    events = group.get("all_of")
    first = events[0] if isinstance(events, list) and events else None
    return str(first.get("type", "")) if isinstance(first, Mapping) else ""


def _forget_opening(body: Body, name: str) -> None:
    if name in body.get("opening", {}):
        del body["opening"][name]


def _without(item: Mapping[str, Any], name: str) -> Body:
    return {key: value for key, value in item.items() if key != name}
