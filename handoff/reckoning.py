"""A clock counted: when it is due and at risk and the sum behind it, from its start, target and pauses.

Whatever writes or moves clocks passes through `written`: the ladder listens there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from handoff import clocks
from handoff.models import Clock, DueChange, Handoff
from leads import business_time
from leads.models import Calendar, Task

COUNTED = ["due_at", "risk_at", "segments", "calendar", "calendar_version"]
ENDED = ["state", "met_at", "ended_at", "breached_at", "excused_at", "excused_by", "excuse"]
LAST_CONTACT, MEETING_END, ACCEPT = "last_contact", "meeting_end", "accept"

Listener = Callable[[Sequence[Clock]], object]
_listeners: list[Listener] = []


def follow(listener: Listener) -> None:
    """Whoever must hear of every clock that was written or moved, in the same transaction."""
    if listener not in _listeners:
        _listeners.append(listener)


def written(changed: Sequence[Clock]) -> None:
    """These stored clocks were started, moved, paused, ended or handed on: the one seam for listeners."""
    for listener in _listeners if changed else ():
        listener(changed)


def start(
    handoff: Handoff,
    kind: str,
    minutes: float,
    goal: Mapping[str, Any] | None = None,
    *,
    at: datetime,
    calendar: Calendar,
    beside: Iterable[Clock] = (),
    task: Task | None = None,
) -> Clock:
    """A clock not stored yet, running from `at`, with its due time and the sum behind it."""
    clock = Clock(
        handoff=handoff, kind=kind, started_at=at, target_minutes=minutes, goal=dict(goal or {}), task=task
    )
    reckon(clock, calendar, beside=beside)
    return clock


def reckon(clock: Clock, calendar: Calendar, *, beside: Iterable[Clock] = ()) -> None:
    """Set when a clock is due and at risk, and the sum; `beside` are the other clocks of its handoff.

    A calendar that never gives so much time leaves it without a due time: seen, and never overdue.
    """
    clock.calendar, clock.calendar_version = calendar, calendar.version
    try:
        _count(clock, calendar.hours, not_before(clock, beside))
    except business_time.NeverOpen:
        clock.due_at, clock.risk_at, clock.segments = None, None, []


def _count(clock: Clock, hours: business_time.Calendar, earliest: datetime | None) -> None:
    target, pauses = timedelta(minutes=clock.target_minutes), pauses_of(clock)
    due = hours.due(clock.started_at, target, pauses)
    clock.due_at, whole = due.due_at, target
    if earliest is not None and due.due_at is not None and earliest > due.due_at:
        clock.due_at, whole = earliest, hours.elapsed(clock.started_at, earliest, pauses)
        due = hours.due(clock.started_at, whole, pauses)
    policy: dict[str, Any] = clock.handoff.policy.body if clock.handoff.policy else {}
    left = timedelta(minutes=clocks.risk_minutes(target, policy))
    clock.risk_at = hours.due(clock.started_at, whole - left, pauses).due_at
    clock.segments = [[one.start.isoformat(), one.end.isoformat(), one.minutes] for one in due.segments]


def pauses_of(clock: Clock) -> list[business_time.Pause]:
    return [(one.starts_at, one.ends_at) for one in clock.pauses.all()] if clock.pk else []


def not_before(clock: Clock, beside: Iterable[Clock]) -> datetime | None:
    """A report since the last contact is never due before persistence is met or due."""
    if clock.kind != Clock.REPORT or clock.goal.get("from") != LAST_CONTACT:
        return None
    mine = (one for one in beside if one.handoff_id == clock.handoff_id)
    depth = next((one for one in mine if one.kind == Clock.PERSISTENCE), None)
    if depth is None or depth.state == Clock.CANCELLED or depth.due_at is None:
        return None
    return min(depth.met_at, depth.due_at) if depth.met_at else depth.due_at


def calendar_of(clock: Clock) -> Calendar:
    """What a clock counts by: marketing's answer by the queue's team, the rest as the policy says."""
    handoff = clock.handoff
    assert handoff.queue is not None
    if clock.kind == Clock.ANSWER:
        return handoff.queue.team.calendar
    return handoff.queue.calendar_under(handoff.policy, handoff.rep)


def end(clock: Clock, *, event_at: datetime, now: datetime) -> None:
    """The event a clock waited for came: met, or late with the breach written down.

    An event in time after all (late evidence) takes back the breach, and the excuse that goes with it.
    """
    verdict, was = clocks.judge(clock.due_at, event_at), clock.breached_at
    clock.state, clock.met_at, clock.ended_at = verdict, event_at, clock.ended_at or now
    clock.breached_at = clock.due_at if verdict == Clock.MET_LATE else None
    if verdict == Clock.MET:
        clock.excused_at, clock.excused_by, clock.excuse = None, None, ""
    clock.save(update_fields=ENDED)
    if was is not None and clock.breached_at is None:
        withdraw(clock, was, event_at=event_at, now=now)
    written([clock])


def withdraw(clock: Clock, breached_at: datetime, *, event_at: datetime, now: datetime) -> None:
    """Write down that a breach was taken back, and by what."""
    DueChange.objects.create(
        clock=clock, cause=DueChange.EVIDENCE, old=breached_at, new=clock.due_at, changed_at=now,
        detail={"breached_at": breached_at.isoformat(), "event_at": event_at.isoformat()},
    )  # fmt: skip
