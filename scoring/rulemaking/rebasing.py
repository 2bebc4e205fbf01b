"""A draft carried over to newer rules: its own changes stay, what it left alone is as the newer ones say.

Where both changed the same rule or the same minimum, the draft's word stands; the difference shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

HALVES = ("fit", "interest")
NOTHING: Any = object()

Body = dict[str, Any]


def carried(base: Mapping[str, Any], draft: Mapping[str, Any], newest: Mapping[str, Any]) -> Body:
    """What the draft changed of its base, done to the newest rules; none of the three is touched."""
    body = _keys(base, draft, newest)
    for half in HALVES:
        body[half] = _keys(base[half], draft[half], newest[half])
        body[half]["rules"] = _rules(*(one[half].get("rules", ()) for one in (base, draft, newest)))
    for part in ("mql", "opening"):
        found = _keys(*(one.get(part) or {} for one in (base, draft, newest)))
        if part in body or found:
            body[part] = found
    return deepcopy(body)


def _keys(base: Mapping[str, Any], draft: Mapping[str, Any], newest: Mapping[str, Any]) -> Body:
    """Key by key: the draft's where it differs from its base, else the newest one's."""
    names = [*newest, *(name for name in draft if name not in newest)]
    found = {name: _one(*(body.get(name, NOTHING) for body in (base, draft, newest))) for name in names}
    return {name: value for name, value in found.items() if value is not NOTHING}


def _one(base: Any, draft: Any, newest: Any) -> Any:
    return newest if repr(draft) == repr(base) else draft


def _rules(
    base: Sequence[Mapping[str, Any]],
    draft: Sequence[Mapping[str, Any]],
    newest: Sequence[Mapping[str, Any]],
) -> list[Mapping[str, Any]]:
    """Rule by rule; in the draft's order where it has one of its own, new ones of the other side last."""
    old, mine, theirs = ({rule["id"]: rule for rule in rules} for rules in (base, draft, newest))
    kept = {
        name: _one(*(rules.get(name, NOTHING) for rules in (old, mine, theirs)))
        for name in old | mine | theirs
    }
    moved = [name for name in mine if name in old] != [name for name in old if name in mine]
    first, then = (mine, theirs) if moved else (theirs, mine)
    order = [*first, *(name for name in then if name not in first)]
    return [kept[name] for name in order if kept[name] is not NOTHING]
