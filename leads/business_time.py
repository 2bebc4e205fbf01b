"""Business time: when a working calendar is open, and when a target measured in open time is used up.

Pure rules (PRODUCT 6). Windows of local wall time become UTC instants first (RFC 5545 at a change of the
clock: a time that does not exist moves ahead, one that comes twice is the first); everything after that
is arithmetic on whole microseconds in sorted lists, found by bisection.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, wraps
from threading import RLock
from typing import Any, NamedTuple, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from leads.calendar_definition import DefinitionError, Rules, check_definition, read_rules

__all__ = [
    "Calendar",
    "DefinitionError",
    "Due",
    "NeverOpen",
    "Segment",
    "Skipped",
    "check_definition",
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
DAY = timedelta(days=1)
GIVE_UP_DAYS = 400  # a calendar closed for longer has no due times (PRODUCT 6)
STRETCH_DAYS = 420  # days built at once
FIRST_DAY, LAST_DAY = date(1971, 1, 1), date(9990, 1, 1)

P = ParamSpec("P")
R = TypeVar("R")

Pause = tuple[datetime, datetime | None]
Span = tuple[int, int]


class NeverOpen(ValueError):
    """No opening within 400 days: nothing can become due."""


class Segment(NamedTuple):
    """One stretch of counted time, half-open, in UTC."""

    start: datetime
    end: datetime
    minutes: float


class Skipped(NamedTuple):
    """One local day (or the rest of it) that did not count, and why: `closed`, `holiday`, `exception`."""

    on: date
    why: str
    label: Any


@dataclass(frozen=True)
class Due:
    """The moment a target is used up (None: still paused), and the sum behind it."""

    due_at: datetime | None
    spans: tuple[Span, ...]

    @property
    def segments(self) -> tuple[Segment, ...]:
        return tuple(Segment(_moment(a), _moment(b), (b - a) / 60_000_000) for a, b in self.spans)


def _one_at_a_time(method: Callable[P, R]) -> Callable[P, R]:
    """A built calendar grows as it is asked, and serves every thread of a process."""

    @wraps(method)
    def held(*args: P.args, **kwargs: P.kwargs) -> R:
        with args[0]._growing:  # type: ignore[attr-defined]
            return method(*args, **kwargs)

    return held


class Calendar:
    """A working calendar, built once and asked often."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.timezone: ZoneInfo = rules.zone
        self._first = self._end = date(2000, 1, 1)  # local days [first, end) are built
        self._known = (0, 0)  # moments [from, until) that need no look at the days
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._used: list[int] = []  # open time before each window's end
        self._growing = RLock()

    @classmethod
    def build(cls, definition: Mapping[str, Any], holiday_rows: Mapping[date, str] | None = None) -> Calendar:
        """From a checked definition; `holiday_rows` are the national holidays copied beside it."""
        return cls(read_rules(definition, holiday_rows or {}))

    @property
    def day_minutes(self) -> float:
        """What `1d` of a target is worth: `day`, else the longest weekday."""
        return self.rules.day_minutes

    @_one_at_a_time
    def due(self, start: datetime, target: timedelta, pauses: Iterable[Pause] = ()) -> Due:
        """When `target` of open time since `start` is used up. Raises NeverOpen."""
        at, goal = _micros(start), target // MICRO
        if goal <= 0:
            return Due(_moment(self._next_open(at)), ())
        closed = _merged(pauses)
        if closed:
            return self._due_around(at, goal, closed)
        first = self._window_after(at)
        begins = max(at, self._starts[first])
        mark = self._used[first] - (self._ends[first] - begins) + goal
        last = self._window_with(first, mark)
        due = self._ends[last] - (self._used[last] - mark)
        return Due(_moment(due), _Spans(self, first, last, begins, due))  # type: ignore[arg-type]

    @_one_at_a_time
    def elapsed(self, start: datetime, end: datetime, pauses: Iterable[Pause] = ()) -> timedelta:
        """Open time between two moments, pauses left out."""
        at, until, total = _micros(start), _micros(end), 0
        closed = _merged(pauses)
        self._cover(at)
        self._cover(until)  # last: it builds forwards only
        for place in range(bisect_right(self._ends, at), len(self._starts)):
            if self._starts[place] >= until:
                break
            span = (max(at, self._starts[place]), min(until, self._ends[place]))
            total += sum(b - a for a, b in _without(span, closed))
        return total * MICRO

    @_one_at_a_time
    def is_open(self, at: datetime) -> bool:
        moment = _micros(at)
        self._cover(moment)
        place = bisect_right(self._ends, moment)
        return place < len(self._starts) and self._starts[place] <= moment

    @_one_at_a_time
    def next_open(self, at: datetime) -> datetime:
        """`at` itself while open, else the next opening. Raises NeverOpen."""
        return _moment(self._next_open(_micros(at)))

    @_one_at_a_time
    def add_business_days(self, start: datetime, days: int) -> datetime:
        """The close of the n-th local day after `start` that opens at all: for promises in days."""
        day, left, looked = start.astimezone(self.timezone).date(), days, 0
        while left > 0:
            day += DAY
            looked += 1
            if looked > GIVE_UP_DAYS * max(1, days):
                raise NeverOpen
            left -= bool(self._spans_of(day))
        spans = self._spans_of(day)
        return _moment(max(end for _, end in spans)) if spans else self.next_open(start)

    def skipped(self, start: datetime, end: datetime) -> list[Skipped]:
        """Local days from `start` to `end` that never opened, and why: for the sum behind a due time."""
        day, last = (moment.astimezone(self.timezone).date() for moment in (start, end))
        found = []
        while day <= last:
            windows, why, label = self.rules.on(day)
            if not windows:
                found.append(Skipped(day, why, label))
            day += DAY
        return found

    # ── windows as sorted instants ───────────────────────────────────────────

    def _due_around(self, at: int, goal: int, closed: Sequence[tuple[int, int | None]]) -> Due:
        spans: list[Span] = []
        place = self._window_after(at)
        while True:
            start, end = max(at, self._starts[place]), self._ends[place]
            for a, b in _without((start, end), closed):
                taken = min(b - a, goal)
                spans.append((a, a + taken))
                goal -= taken
                if not goal:
                    return Due(_moment(a + taken), tuple(spans))
            if closed[-1][1] is None and end >= closed[-1][0]:
                return Due(None, tuple(spans))
            at = end  # the window may grow by the days built next
            place = self._window_after(at)

    def _next_open(self, at: int) -> int:
        place = self._window_after(at)  # first: it may build the lists anew
        return max(at, self._starts[place])

    def _window_after(self, at: int) -> int:
        """The place of the first window that is open after `at`: exactly at close counts from the next."""
        self._cover(at)
        while (place := bisect_right(self._ends, at)) == len(self._ends):
            if self._end > _day_of(at) + DAY * GIVE_UP_DAYS:
                raise NeverOpen
            self._forwards()
        return place

    def _window_with(self, first: int, mark: int) -> int:
        """The place of the window in which the running sum of open time reaches `mark`."""
        while (place := bisect_left(self._used, mark, first)) == len(self._used):
            if self._end > _day_of(self._ends[-1]) + DAY * GIVE_UP_DAYS:
                raise NeverOpen
            self._forwards()
        return place

    def _cover(self, at: int) -> None:
        """Build the days around a moment; earlier days mean building anew."""
        if self._known[0] <= at < self._known[1]:
            return
        day = _day_of(at)
        if self._first == self._end or day - DAY * 2 < self._first:
            self._first = self._end = max(FIRST_DAY, day - DAY * STRETCH_DAYS)
            self._starts, self._ends, self._used = [], [], []
            self._forwards()
        while self._end <= day + DAY * 2:
            self._forwards()
        self._known = (_midnight(self._first + DAY * 2), _midnight(self._end - DAY * 2))

    def _forwards(self) -> None:
        if self._end >= LAST_DAY:
            raise NeverOpen
        until = min(LAST_DAY, max(self._end, self._first) + DAY * STRETCH_DAYS)
        while self._end < until:
            for start, end in self._spans_of(self._end):
                self._append(start, end)
            self._end += DAY

    def _append(self, start: int, end: int) -> None:
        """Add a window to the union; night shifts may run into the next day's windows."""
        if self._ends and start <= self._ends[-1]:
            if end > self._ends[-1]:
                self._used[-1] += end - self._ends[-1]
                self._ends[-1] = end
            return
        self._used.append((self._used[-1] if self._used else 0) + end - start)
        self._starts.append(start)
        self._ends.append(end)

    def _spans_of(self, day: date) -> list[Span]:
        midnight = datetime(day.year, day.month, day.day)
        spans = []
        for first, last in self.rules.on(day)[0]:
            start, end = (
                _micros((midnight + timedelta(minutes=minute)).replace(tzinfo=self.timezone))
                for minute in (first, last)
            )
            if start < end:
                spans.append((start, end))
        return sorted(spans)


class _Spans(Sequence[Span]):
    """The windows between two places, cut to what counts; made only when somebody reads the sum."""

    def __init__(self, calendar: Calendar, first: int, last: int, begins: int, due: int) -> None:
        self._of = (calendar._starts, calendar._ends, first, last, begins, due)

    @cached_property
    def _made(self) -> tuple[Span, ...]:
        starts, ends, first, last, begins, due = self._of
        return tuple((max(begins, starts[at]), min(due, ends[at])) for at in range(first, last + 1))

    def __getitem__(self, at: Any) -> Any:
        return self._made[at]

    def __len__(self) -> int:
        return len(self._made)


def _merged(pauses: Iterable[Pause]) -> list[tuple[int, int | None]]:
    """Pauses as disjoint spans in order; what overlaps, touches or is empty causes no double counting."""
    merged: list[tuple[int, int | None]] = []
    for start, end in sorted(
        ((_micros(a), None if b is None else _micros(b)) for a, b in pauses), key=lambda pause: pause[0]
    ):
        if end is not None and end <= start:
            continue
        last = merged[-1][1] if merged else 0
        if merged and (last is None or start <= last):
            merged[-1] = (merged[-1][0], None if last is None or end is None else max(last, end))
        else:
            merged.append((start, end))
    return merged


def _without(span: Span, closed: Sequence[tuple[int, int | None]]) -> list[Span]:
    """What is left of a span outside the pauses."""
    left, (at, until) = [], span
    for start, end in closed:
        if start >= until:
            break
        if end is not None and end <= at:
            continue
        if start > at:
            left.append((at, start))
        if end is None or end >= until:
            return left
        at = end
    if at < until:
        left.append((at, until))
    return left


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // MICRO


def _moment(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def _midnight(day: date) -> int:
    return (day - EPOCH.date()) // MICRO


def _day_of(micros: int) -> date:
    return min(LAST_DAY, max(FIRST_DAY, _moment(micros).date()))
