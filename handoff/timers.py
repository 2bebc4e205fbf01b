"""Clocks as rows: started, met, cancelled, handed on, and breached at their due time.

What a clock means is in `handoff.clocks`, how it is counted in `handoff.reckoning`, which contacts meet it in
`handoff.contacts`; here are the doors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from handoff import clocks, contacts, reckoning, telling, whose_turn
from handoff.contacts import contact_made as contact_made
from handoff.contacts import contacted as contacted
from handoff.contacts import see_contacts as see_contacts
from handoff.contacts import targets_of_lane
from handoff.models import Clock, DueChange, Handoff
from handoff.reckoning import end as end
from handoff.reckoning import follow as follow
from handoff.reckoning import reckon as reckon
from handoff.reckoning import start as start
from handoff.reckoning import written as written
from leads import lifecycle, rows, stages
from leads.models import Calendar, Meeting, Task

BATCH = 500
LANE_KINDS = (Clock.FIRST_CONTACT, Clock.PERSISTENCE, Clock.REPORT)  # of the lane, not of each offer
STARTED_BY_OFFER = (Clock.ACCEPT, Clock.FIRST_CONTACT, Clock.PERSISTENCE)


def start_lane(
    offers: Sequence[Handoff], *, calendar_of: Callable[[Handoff], Calendar], now: datetime
) -> list[Clock]:
    """The clocks of each offer that its chain has not brought along (`pass_on`)."""
    have = set(Clock.objects.filter(handoff__in=[one.pk for one in offers]).values_list("handoff_id", "kind"))
    made = [
        start(one, kind, *_target(one.targets[kind]), at=now, calendar=calendar_of(one))
        for one in offers
        for kind in STARTED_BY_OFFER
        if kind in one.targets and (one.pk, kind) not in have and not _is_worked_on(one, kind)
    ]
    Clock.objects.bulk_create(made)
    written(made)
    contacts.since((one.lead_id for one in offers), at=now)
    return made


def _target(said: Any) -> tuple[float, dict[str, Any]]:
    """Minutes, and what else the clock asks for."""
    if isinstance(said, dict):
        return said["within"], {name: value for name, value in said.items() if name != "within"}
    return said, {}


def _is_worked_on(handoff: Handoff, kind: str) -> bool:
    """In lane 1 a lead past its acceptance had its first contact, or came in without that clock."""
    return kind != Clock.ACCEPT and handoff.lane == 1 and handoff.lead.stage in (stages.SAL, stages.SQL)


def pass_on(handoff: Handoff, to: Handoff) -> None:
    """The lane's clocks go on under the next handoff of the chain: same start, same due, same breach.

    The rows themselves move, with their pauses, steps and changes, so that a chain counts once.
    """
    moved = list(handoff.clocks.filter(kind__in=LANE_KINDS))
    handoff.clocks.filter(kind__in=LANE_KINDS).update(handoff=to)
    for clock in moved:
        clock.handoff = to
    written(moved)


def accepted(handoff: Handoff, *, now: datetime) -> None:
    """A report that is asked for since the acceptance starts to run."""
    target = targets_of_lane(handoff).get(Clock.REPORT)
    if target and target["from"] == reckoning.ACCEPT:
        _begin_report(handoff, target, at=now, now=now)


@transaction.atomic
def meeting_held(meeting: Meeting, *, now: datetime) -> None:
    """A report that is asked for since a meeting: the end of the latest one held starts it.

    While it runs a later meeting restarts it; what has run out or was judged stays so.
    """
    lifecycle.hold([meeting.lead_id])
    handoff = Handoff.objects.open().filter(lead=meeting.lead_id).select_related(*NEEDED).first()
    target = targets_of_lane(handoff).get(Clock.REPORT) if handoff else None
    if handoff is None or not target or target["from"] != reckoning.MEETING_END:
        return
    clock = handoff.clocks.select_for_update().filter(kind=Clock.REPORT).first()
    if clock is None:
        _begin_report(handoff, target, at=meeting.ends_at, now=now, meeting=meeting.pk)
    elif clock.state == Clock.RUNNING and _is_later(clock, meeting.ends_at):
        clock.handoff = handoff
        restart(clock, at=meeting.ends_at, now=now, goal={"meeting": meeting.pk})
    whose_turn.refresh([meeting.lead_id], now=now)


@transaction.atomic
def verdict_given(meeting: Meeting, *, now: datetime) -> None:
    """The verdict of the latest meeting held meets the report that waits for it."""
    lifecycle.hold([meeting.lead_id])
    waiting = Clock.objects.filter(handoff__lead=meeting.lead_id, kind=Clock.REPORT, ended_at=None)
    for clock in waiting.select_for_update().order_by("pk"):
        if clock.goal.get("meeting") == meeting.pk:
            end(clock, event_at=now, now=now)
            whose_turn.refresh([meeting.lead_id], now=now)


NEEDED = ("queue__team__calendar", "policy", "rep", "previous")


def _is_later(clock: Clock, at: datetime) -> bool:
    return clock.started_at < at and (clock.due_at is None or at <= clock.due_at)


def _begin_report(
    handoff: Handoff, target: dict[str, Any], *, at: datetime, now: datetime, **goal: Any
) -> None:
    if handoff.queue is None:
        return
    if (before := handoff.clocks.filter(kind=Clock.REPORT).first()) is not None:
        _begin_again(before, handoff, at=at, now=now)
        return
    minutes, said = _target(target)
    calendar = handoff.queue.calendar_under(handoff.policy, handoff.rep)
    clock = start(handoff, Clock.REPORT, minutes, at=at, calendar=calendar, goal=said | goal)
    clock.save()
    written([clock])


def _begin_again(clock: Clock, handoff: Handoff, *, at: datetime, now: datetime) -> None:
    """One whose acceptance was undone runs with the next; any other report stays as it is."""
    if clock.state == Clock.CANCELLED:
        clock.handoff, clock.state, clock.ended_at = handoff, Clock.RUNNING, None
        clock.save(update_fields=["state", "ended_at"])
        restart(clock, at=at, now=now)


def follow_depth(handoff: Handoff, depth: Clock) -> None:
    """Contact depth moved: a report that is never due before it moves along."""
    if depth.kind != Clock.PERSISTENCE:
        return
    live = handoff.clocks.select_for_update(of=("self",)).filter(
        kind=Clock.REPORT, state__in=(Clock.RUNNING, Clock.PAUSED)
    )
    for report in live:
        report.handoff = handoff
        reckon(report, reckoning.calendar_of(report), beside=[depth])
        report.save(update_fields=reckoning.COUNTED)
        written([report])


def restart(clock: Clock, *, at: datetime, now: datetime, goal: dict[str, Any] | None = None) -> None:
    """A running clock begins anew at a later event; what it was stays written."""
    old, began = clock.due_at, clock.started_at
    clock.started_at, clock.goal = at, clock.goal | (goal or {})
    reckon(clock, reckoning.calendar_of(clock))
    clock.save(update_fields=["started_at", "goal", *reckoning.COUNTED])
    DueChange.objects.create(
        clock=clock, cause=DueChange.RESTART, old=old, new=clock.due_at, changed_at=now,
        detail={"began": began.isoformat(), "begins": at.isoformat()},
    )  # fmt: skip
    written([clock])


@transaction.atomic
def ask_answer(task: Task, handoff: Handoff, *, now: datetime) -> Clock | None:
    """Marketing owes an answer by the policy's `answer`, in the hours of the queue's team.

    Without one in the policy there is no clock; with one the task is due when it is.
    """
    asked = handoff.policy.body.get(Clock.ANSWER) if handoff.policy else None
    if not asked or handoff.queue is None:
        return None
    calendar = handoff.queue.team.calendar
    minutes = clocks.minutes(asked, calendar.hours.day_minutes)
    clock = start(handoff, Clock.ANSWER, minutes, at=now, calendar=calendar, task=task)
    clock.save()
    if clock.due_at is not None:
        task.due_at = clock.due_at
        task.save(update_fields=["due_at"])
    written([clock])
    return clock


@transaction.atomic
def answered(task: Task, *, now: datetime) -> None:
    """Marketing answered: its clock is met, in time or late."""
    clock = Clock.objects.select_for_update().filter(task=task, ended_at=None).first()
    if clock is not None:
        end(clock, event_at=now, now=now)


def end_kind(handoff: Handoff, kind: str, *, event_at: datetime, now: datetime) -> None:
    alive = handoff.clocks.select_for_update().filter(kind=kind, state__in=Clock.ALIVE, ended_at=None)
    clock = alive.first()
    if clock is not None:
        end(clock, event_at=event_at, now=now)


def cancel(handoffs: Iterable[int], *, now: datetime) -> None:
    """These handoffs have ended, and nothing waits any more; marketing's answers are still owed.

    A report is met by the end it waited for. Other clocks stop; what had run out is a breach, noticed
    before or not.
    """
    mine = Clock.objects.filter(handoff_id__in=list(handoffs), ended_at=None).exclude(kind=Clock.ANSWER)
    stopped = list(mine.select_for_update().order_by("pk"))
    for clock in stopped:
        _stop(clock, now=now)
    rows.write(stopped, ["state", "met_at", "ended_at", "breached_at"])
    written(stopped)


def _stop(clock: Clock, *, now: datetime) -> None:
    clock.ended_at = now
    is_late = clock.due_at is not None and clock.due_at < now
    if clock.kind == Clock.REPORT:
        clock.state, clock.met_at = Clock.MET_LATE if is_late else Clock.MET, now
    elif clock.state == Clock.BREACHED or (clock.state == Clock.RUNNING and is_late):
        clock.state = Clock.BREACHED
    else:
        clock.state = Clock.CANCELLED
    clock.breached_at = clock.due_at if clock.state in (Clock.MET_LATE, Clock.BREACHED) else None


def never_asked(clocks: QuerySet[Clock], *, now: datetime) -> None:
    """What these waited for is asked no more, as if it never had been: no verdict, not even a late one."""
    stopped = list(clocks.select_for_update().order_by("pk"))
    for clock in stopped:
        clock.state, clock.ended_at, clock.breached_at = Clock.CANCELLED, now, None
    rows.write(stopped, ["state", "ended_at", "breached_at"])
    written(stopped)


def overdue(*, now: datetime, limit: int = BATCH) -> list[int]:
    running = Clock.objects.filter(state=Clock.RUNNING, ended_at=None, due_at__lt=now)
    return list(running.order_by("due_at").values_list("pk", flat=True)[:limit])


@transaction.atomic
def breach(clock_ids: Iterable[int] | None = None, *, now: datetime) -> int:
    """Mark what ran out (of these): breached at its due time, however late anybody looks. Who must know
    is told.

    The leads are locked first, as everywhere: a message points at the handoff that a door may hold.
    """
    ran_out = Clock.objects.filter(pk__in=overdue(now=now) if clock_ids is None else list(clock_ids))
    lifecycle.hold(ran_out.values_list("handoff__lead_id", flat=True))
    held = ran_out.filter(state=Clock.RUNNING, ended_at=None, due_at__lt=now).select_for_update(of=("self",))
    late = list(held.select_related("handoff__lead", "handoff__queue__team", "task").order_by("pk"))
    if not late:
        return 0
    marked = Clock.objects.filter(pk__in=[one.pk for one in late])
    marked.update(state=Clock.BREACHED, breached_at=F("due_at"))
    telling.breached(late, now=now)
    return len(late)
