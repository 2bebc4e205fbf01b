"""How many leads a queue takes in a day, and who waits for the next (PRODUCT 6, load-aware release).

Plain values in, a set of ids out. What waits is ranked by readiness, and every day of waiting is worth
`DAY_IS_WORTH` points more: after 100 / DAY_IS_WORTH days the least ready lead stands before any new one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from leads.business_time import Calendar, NeverOpen

DAY_IS_WORTH = 5
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Waiting:
    """A handoff that wants to be offered. `passes`: it is held back by no limit."""

    handoff: int
    readiness: float
    since: datetime
    passes: bool = False


def rank(one: Waiting, now: datetime) -> float:
    return one.readiness + DAY_IS_WORTH * ((now - one.since) / A_DAY)


def in_order(waiting: Iterable[Waiting], now: datetime) -> list[Waiting]:
    """Whoever passes first, then by rank; of two equal ones the one that waited longer."""
    return sorted(waiting, key=lambda one: (not one.passes, -rank(one, now), one.since, one.handoff))


def chosen(waiting: Iterable[Waiting], *, limit: int, used: int, now: datetime) -> frozenset[int]:
    """Whom today still has room for. Those who pass are taken whatever the limit, and use it up, too."""
    ordered = in_order(waiting, now)
    passing = sum(one.passes for one in ordered)
    return frozenset(one.handoff for one in ordered[: max(limit - used, passing)])


def next_day(hours: Calendar, now: datetime) -> datetime:
    """The beginning of the next local date on which the team works."""
    zone = hours.timezone
    tomorrow = datetime.combine(now.astimezone(zone).date() + A_DAY, time(), zone)
    try:
        day = hours.next_open(tomorrow).astimezone(zone).date()
    except NeverOpen:
        day = tomorrow.date()
    return datetime.combine(day, time(), zone)


def end_of_day(hours: Calendar, at: datetime) -> datetime:
    """Midnight after a moment, where the team is."""
    zone = hours.timezone
    return datetime.combine(at.astimezone(zone).date() + A_DAY, time(), zone)
