"""A calendar's exceptions, one at a time: a definition in, a new definition out, the old one untouched.

An exception is named by where it stands: `exceptions.3`, or `overrides.2026-12-28` for the short form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from leads.calendar_definition import MIDNIGHT, Exceptional, Rules, Windows, read_rules

Body = Mapping[str, Any]
DAY = timedelta(days=1)
PLAIN = {"timezone": "UTC", "weekly": {"mon": ["09:00-18:00"]}}
ADDED, REMOVED, WEEK, HOLIDAYS, OTHER = "added", "removed", "week", "holidays", "other"


@dataclass(frozen=True)
class Entry:
    """One exception as it is written, and where it stands."""

    key: str
    said: Mapping[str, Any]

    @property
    def read(self) -> Exceptional:
        return read(self.said)


@dataclass(frozen=True)
class Special:
    """Consecutive days that do not go by the week, all for one reason; `key` of the exception, if one."""

    first: date
    last: date
    why: str
    label: Any
    windows: Windows
    key: str = ""


@dataclass(frozen=True)
class Change:
    """One difference between two definitions; `said` is the exception that came or went."""

    what: str
    said: Mapping[str, Any] | None = None


def entries(body: Body) -> list[Entry]:
    """Every exception, the short ones last."""
    listed = [Entry(f"exceptions.{place}", one) for place, one in enumerate(body.get("exceptions") or [])]
    short = (body.get("overrides") or {}).items()
    return listed + [Entry(f"overrides.{day}", {"date": day, **_short(said)}) for day, said in short]


def find(body: Body, key: str) -> Entry | None:
    return next((one for one in entries(body) if one.key == key), None)


def key_of(body: Body, said: Mapping[str, Any]) -> str:
    """Where the very same exception stands; empty where it is gone."""
    return next((one.key for one in entries(body) if one.said == said), "")


def put(body: Body, said: Mapping[str, Any], key: str = "") -> dict[str, Any]:
    """With this exception, in the place of `key` where one is named."""
    rows = list(body.get("exceptions") or [])
    where, _, at = key.partition(".")
    if where == "exceptions":
        rows[int(at)] = dict(said)
        return {**body, "exceptions": rows}
    before = without(body, key) if key else dict(body)
    return {**before, "exceptions": [*rows, dict(said)]}


def without(body: Body, key: str) -> dict[str, Any]:
    """Without this exception; an emptied section goes."""
    where, _, at = key.partition(".")
    rest: Any
    if where == "overrides":
        rest = {day: said for day, said in body[where].items() if day != at}
    else:
        rest = [one for place, one in enumerate(body[where]) if str(place) != at]
    kept = {name: value for name, value in body.items() if name != where or rest}
    return kept | ({where: rest} if rest else {})


def clash(body: Body, said: Mapping[str, Any], key: str = "") -> Entry | None:
    """Another exception of the same kind for one of these days: nobody could know which is meant."""
    mine = read(said)
    others = (one for one in entries(body) if one.key != key)
    return next((one for one in others if _meet(mine, one.read)), None)


def read(said: Mapping[str, Any]) -> Exceptional:
    """An exception made ready. Raises DefinitionError."""
    return read_rules({**PLAIN, "exceptions": [said]}, {}).exceptions[0]


def never_closes(rules: Rules) -> bool:
    """Round the clock: every day whole, no holidays, no exceptions."""
    whole = all(sum(end - start for start, end in windows) >= MIDNIGHT for windows in rules.weekly)
    return whole and not rules.exceptions and not rules.holidays


def specials(rules: Rules, first: date, days: int) -> list[Special]:
    """What does not go by the week in so many days from `first` on, in order."""
    found: list[Special] = []
    for ahead in range(days):
        day = first + ahead * DAY
        one = rules.exception_on(day)
        if one is None and day not in rules.holidays:
            continue
        windows, why, label = rules.on(day)
        special = Special(day, day, why, label, windows, ".".join(map(str, one.path)) if one else "")
        before = found[-1] if found else None
        if before and one and before.key == special.key and before.last + DAY == day:
            found[-1] = Special(before.first, day, why, label, windows, special.key)
        else:
            found.append(special)
    return found


def changes(before: Body, after: Body) -> list[Change]:
    """What one definition says that the other did not."""
    old, new = ([one.said for one in entries(body)] for body in (before, after))
    found = [Change(ADDED, said) for said in new if said not in old]
    found += [Change(REMOVED, said) for said in old if said not in new]
    for what, names in ((WEEK, ("timezone", "weekly", "day")), (HOLIDAYS, ("holidays",))):
        if any(before.get(name) != after.get(name) for name in names):
            found.append(Change(what))
    if any(before.get(name) != after.get(name) for name in ("label", "name")):
        found.append(Change(OTHER))
    return found


def _short(windows: Any) -> dict[str, Any]:
    return {"windows": windows} if windows else {"closed": True}


def _meet(one: Exceptional, other: Exceptional) -> bool:
    if one.rank != other.rank:
        return False
    if one.every is not None:
        year = (date(2024, 1, 1) + ahead * DAY for ahead in range(366))
        return any(one.covers(day) and other.covers(day) for day in year)
    return any(other.covers(day) for day in _ends(one)) or any(one.covers(day) for day in _ends(other))


def _ends(one: Exceptional) -> Iterator[date]:
    yield from (day for day in (one.first, one.last) if day is not None)
