"""What changes from one `scoring` section to another, piece by piece: a rule, a minimum, an exclusion.

Plain values; `scoring.rulemaking.change_words` puts them into sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ADDED, REMOVED, CHANGED, OFF, ON, MOVED = "added", "removed", "changed", "off", "on", "moved"
HALVES = ("fit", "interest")
LISTS = ("fast_track", "exclude")  # of the definition; a group may have an id, an exclusion has none


@dataclass(frozen=True)
class Change:
    """One thing that is other than before. `old` and `new` are the piece as it is written, None for none.

    `part` is `fit`, `interest` (a rule), `response`, `limits`, `classes`, `timezone`, `mql` (the minimums),
    `require`, `fast_track`, `exclude`, `complete`, `by_hand` or `opening`; `key` is which of them: a rule's
    id, a field, a place as text. Of a new order, `old` and `new` are the ids in their order.
    """

    kind: str
    part: str
    key: str
    old: Any
    new: Any

    @property
    def moved(self) -> list[tuple[str, int, int]]:
        """Of a new order, what moved and from which place to which, counted from 1; as few as explain it."""
        if self.kind != MOVED:
            return []
        stayed = set(_longest_run(self.old, self.new))
        names = [name for name in self.new if name not in stayed]
        return [(name, self.old.index(name) + 1, self.new.index(name) + 1) for name in names]

    @property
    def details(self) -> list[tuple[str, Any, Any]]:
        """What of a changed rule, key by key: ("points", 4, 8)."""
        if self.kind != CHANGED or not isinstance(self.old, Mapping) or not isinstance(self.new, Mapping):
            return []
        keys = [*self.new, *(key for key in self.old if key not in self.new)]
        pairs = [(key, self.old.get(key), self.new.get(key)) for key in keys if key != "off"]
        return [one for one in pairs if _other(one[1], one[2])]


def between(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[Change]:
    """Every change, in the order of the section; `old` is None where nothing was published before."""
    if old is None:
        old = {"fit": {"rules": []}, "interest": {"rules": []}}
    found: list[Change] = []
    for half in HALVES:
        found += _rules(half, old[half].get("rules", ()), new[half].get("rules", ()))
        if half == "interest":
            found += _piece("response", old[half].get("response"), new[half].get("response"))
    for part, was, now_is in zip(PIECES, _pieces(old), _pieces(new), strict=True):
        found += _piece(part, was, now_is)
    was_mql, mql = old.get("mql") or {}, new.get("mql") or {}
    found += _entries("require", was_mql.get("require") or {}, mql.get("require") or {})
    for part in LISTS:
        found += _listed(part, was_mql.get(part) or (), mql.get(part) or ())
    return found + list(_entries("opening", old.get("opening") or {}, new.get("opening") or {}))


PIECES = ("limits", "classes", "timezone", "mql", "complete", "by_hand")


def _pieces(body: Mapping[str, Any]) -> Iterator[Any]:
    """What is one thing by itself, in the order of `PIECES`."""
    mql = body.get("mql") or {}
    limits = {half: body[half]["max"] for half in HALVES if "max" in body[half]}
    minimums = {key: value for key, value in mql.items() if key.startswith(("min_", "leave_"))}
    yield from (limits, body.get("classes"), body.get("timezone"), minimums)
    yield from (mql.get("complete"), mql.get("by_hand"))


def _rules(half: str, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> Iterator[Change]:
    before, after = {one["id"]: one for one in old}, {one["id"]: one for one in new}
    for name, rule in after.items():
        if name not in before:
            yield Change(ADDED, half, name, None, rule)
        else:
            yield from _rule(half, name, before[name], rule)
    yield from (Change(REMOVED, half, name, rule, None) for name, rule in before.items() if name not in after)
    was = [name for name in before if name in after]
    now_is = [name for name in after if name in before]
    if was != now_is:
        yield Change(MOVED, half, "", was, now_is)


def _rule(half: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    if bool(old.get("off")) != bool(new.get("off")):
        yield Change(OFF if new.get("off") else ON, half, name, old, new)
    change = Change(CHANGED, half, name, old, new)
    if change.details:
        yield change


def _piece(part: str, old: Any, new: Any, key: str = "") -> Iterator[Change]:
    if not _other(old, new):
        return
    kind = ADDED if not old else REMOVED if not new else CHANGED
    yield Change(kind, part, key, old, new)


def _entries(part: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for key in [*new, *(key for key in old if key not in new)]:
        yield from _piece(part, old.get(key), new.get(key), key)


def _listed(
    part: str, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]
) -> Iterator[Change]:
    """Entries with an id are the same one by it; others are either there or not."""
    before, after = named(old), named(new)
    yield from _entries(part, before, after)
    was = [one for one in before if one in after]
    now_is = [one for one in after if one in before]
    if was != now_is:
        yield Change(MOVED, part, "", was, now_is)


def named(entries: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Entries by their ids; one without is known by what it says."""
    return {str(one["id"]) if "id" in one else repr(one): one for one in entries}


def _longest_run(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The most entries that stand in the same order in both: all others moved."""
    place = {name: at for at, name in enumerate(old)}
    best: list[list[str]] = []  # for each entry the longest run that ends with it
    for at, name in enumerate(new):
        before = [best[k] for k in range(at) if place[best[k][-1]] < place[name]]
        best.append([*max(before, key=len, default=[]), name])
    return max(best, key=len, default=[])


def _other(old: Any, new: Any) -> bool:
    """Different, where an order counts, true is not 1, and nothing is as good as empty."""
    if _is_number(old) and _is_number(new):
        return bool(old != new)
    return repr(old or None) != repr(new or None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
