"""A stretch of time taken apart: what of it counted, and what did not and why; nothing is left out.

Rules without a query: business time knows the windows, here the gaps get their reasons.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from leads.business_time import Calendar
from leads.calendar_definition import OPEN

COUNTED, PAUSED, BREAK, OUTSIDE = "counted", "pause", "break", "outside"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rest:
    """A pause with its reason, half-open."""

    start: datetime
    end: datetime
    reason: str


@dataclass(frozen=True)
class Why:
    """One reason for not counting: `outside` hours, `break`, `closed`, `holiday`, `exception`, `pause`."""

    why: str
    on: date | None = None  # the day that did not open
    label: Any = ""


@dataclass(frozen=True)
class Stretch:
    """Counted, or skipped for every reason in `because`, in order."""

    start: datetime
    end: datetime
    is_counted: bool
    because: tuple[Why, ...] = ()

    @property
    def minutes(self) -> float:
        return (self.end - self.start) / timedelta(minutes=1)


def of(
    hours: Calendar,
    start: datetime,
    end: datetime,
    counted: Sequence[tuple[datetime, datetime]],
    rests: Iterable[Rest] = (),
) -> list[Stretch]:
    """From `start` to `end` without a hole: the counted spans as they are, each gap with its reasons."""
    found: list[Stretch] = []
    at, held = start, sorted(rests, key=lambda rest: rest.start)
    for begins, ends in sorted(counted):
        begins, ends = max(begins, at), min(ends, end)
        if begins >= ends:
            continue
        found += _gap(hours, at, begins, held)
        found.append(Stretch(begins, ends, True))
        at = ends
    return found + _gap(hours, at, end, held)


def _gap(hours: Calendar, start: datetime, end: datetime, rests: Sequence[Rest]) -> list[Stretch]:
    """A gap is cut where a pause begins or ends; the parts say why they did not count."""
    cuts = {start, end, *(at for rest in rests for at in (rest.start, rest.end) if start < at < end)}
    moments = sorted(cuts)
    return [
        _skipped(hours, a, b, rests) for a, b in itertools.pairwise(moments) if a < b
    ]  # fmt: skip


def _skipped(hours: Calendar, start: datetime, end: datetime, rests: Sequence[Rest]) -> Stretch:
    reasons = [rest.reason for rest in rests if rest.start <= start and end <= rest.end]
    if reasons:
        return Stretch(start, end, False, tuple(Why(PAUSED, label=one) for one in dict.fromkeys(reasons)))
    because: list[Why] = []
    for one in _closed(hours, start, end):
        if one not in because:  # the evening before and the morning after are one reason
            because.append(one)
    return Stretch(start, end, False, tuple(because))


def _closed(hours: Calendar, start: datetime, end: datetime) -> Iterable[Why]:
    """Why each local day of a closed stretch did not count: all of it, or beside its hours."""
    zone = hours.timezone
    day, last = start.astimezone(zone).date(), (end - timedelta(microseconds=1)).astimezone(zone).date()
    while day <= last:
        windows, why, label = hours.rules.on(day)
        if not windows:
            yield Why(why, day, label)
        else:
            begins, ends = (datetime.combine(on, time(), zone).astimezone(UTC) for on in (day, day + DAY))
            yield _within(hours, max(start, begins), min(end, ends), begins, ends, why, label)
        day += DAY


def _within(
    hours: Calendar, start: datetime, end: datetime, begins: datetime, ends: datetime, why: str, label: Any
) -> Why:
    """A break lies between two windows of one day; the rest is before or after hours."""
    before = hours.elapsed(begins, start) if start > begins else timedelta()
    after = hours.elapsed(end, ends) if end < ends else timedelta()
    if before and after:
        return Why(BREAK)
    return Why(OUTSIDE) if why == OPEN else Why(OUTSIDE, None, label)
