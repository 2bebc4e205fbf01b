"""What sales asks of marketing about a lead: a task by a day, on a clock where the policy says so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from handoff import timers
from handoff.models import Handoff
from leads import roles
from leads.models import Calendar, Lead, Task, User

WITHIN_DAYS = 2  # business days (PRODUCT 6, send back)


def ask(
    lead: Lead, handoff: Handoff | None, kind: str, *, by: User, text: str, now: datetime, **detail: Any
) -> Task:
    """One task for marketing, for whoever handed the lead over where that was a person of ours.

    The lead is locked by the caller: `kind` and the lead's version make the cause.
    """
    task = Task.objects.create(
        lead=lead, kind=kind, side=roles.MARKETING, assignee=_whose(handoff, now=now), asked_by=by,
        text=text.strip(), cause_key=f"{kind}:{lead.pk}:{now.isoformat()}", created_at=now,
        due_at=_due(handoff, now=now), detail=detail | ({"handoff": handoff.pk} if handoff else {}),
    )  # fmt: skip
    if handoff is not None:
        timers.ask_answer(task, handoff, now=now)
    return task


def _whose(handoff: Handoff | None, *, now: datetime) -> User | None:
    one = handoff.handed_by if handoff else None
    return one if one is not None and one.side == roles.MARKETING and one.works_here(now) else None


def _due(handoff: Handoff | None, *, now: datetime) -> datetime:
    calendar = handoff.queue.team.calendar if handoff and handoff.queue else Calendar.of_the_house()
    if calendar is None:
        return now + timedelta(days=WITHIN_DAYS)
    due_at = calendar.hours.due(now, timedelta(minutes=WITHIN_DAYS * calendar.hours.day_minutes)).due_at
    return due_at or now + timedelta(days=WITHIN_DAYS)
