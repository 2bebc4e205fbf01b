"""What sales asks of marketing about a lead: a task by a day, on a clock where the policy says so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from handoff import timers
from handoff.models import Clock, Handoff
from leads import roles
from leads.models import Calendar, Lead, Task, User

BY_SENDING_BACK = (Task.SENT_BACK, Task.RIGHT_PERSON, Task.MARKETING_FIX)
WITHDRAWN = "withdrawn"  # the outcome of what was asked by an answer that was undone
WITHIN_DAYS = 2  # business days (PRODUCT 6, send back)


def ask(
    lead: Lead, handoff: Handoff | None, kind: str, *, by: User, text: str, now: datetime, **detail: Any
) -> Task:
    """One task for marketing, for whoever handed the lead over where that was a person of ours.

    The lead is locked by the caller: `kind`, the lead's version and the moment make the cause.
    """
    task = Task.objects.create(
        lead=lead, kind=kind, side=roles.MARKETING, assignee=_whose(handoff, now=now), asked_by=by,
        text=text.strip(), cause_key=f"{kind}:{lead.pk}.{lead.version}:{now.isoformat()}", created_at=now,
        due_at=_due(handoff, now=now), detail=detail | ({"handoff": handoff.pk} if handoff else {}),
    )  # fmt: skip
    if handoff is not None:
        timers.ask_answer(task, handoff, now=now)
    return task


def asked_with(handoff: Handoff, *, at: datetime) -> list[Task]:
    """What was asked by sending this handoff back at that moment, locked."""
    asked = Task.objects.filter(detail__handoff=handoff.pk, created_at=at, kind__in=BY_SENDING_BACK)
    return list(asked.select_for_update(of=("self",)).select_related("done_by").order_by("pk"))


def withdraw(task: Task, *, by: User, now: datetime) -> None:
    """Whoever asked takes it back before anybody answered; it counts for nobody."""
    task.done_at, task.done_by, task.outcome = now, by, WITHDRAWN
    task.save(update_fields=["done_at", "done_by", "outcome"])
    timers.never_asked(Clock.objects.filter(task=task, ended_at=None), now=now)


def _whose(handoff: Handoff | None, *, now: datetime) -> User | None:
    one = handoff.handed_by if handoff else None
    return one if one is not None and one.side == roles.MARKETING and one.works_here(now) else None


def _due(handoff: Handoff | None, *, now: datetime) -> datetime:
    calendar = handoff.queue.team.calendar if handoff and handoff.queue else Calendar.of_the_house()
    if calendar is None:
        return now + timedelta(days=WITHIN_DAYS)
    due_at = calendar.hours.due(now, timedelta(minutes=WITHIN_DAYS * calendar.hours.day_minutes)).due_at
    return due_at or now + timedelta(days=WITHIN_DAYS)
