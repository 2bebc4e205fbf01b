"""What the definition asks of people instead of moving a lead (PRODUCT 5: require, instead)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from leads import roles, stages
from leads.models import Calendar, Task
from leads.models.activities import HUMAN, REACTION

if TYPE_CHECKING:
    from scoring.engine import Event
    from scoring.readiness import Judged


def ask(judged: Iterable[Judged], *, now: datetime) -> None:
    """Open each task once per cause: a hand-raiser who cannot be handed over, a customer who reacted."""
    wanted = [task for seen in judged if (task := _task(seen, now=now))]
    if wanted:
        due_at = next_business_day(now)
        for task in wanted:
            task.due_at = due_at
        Task.objects.bulk_create(wanted, ignore_conflicts=True)


def next_business_day(now: datetime) -> datetime:
    """One business day from now on the first calendar of the house, else one day."""
    calendar = Calendar.objects.filter(teams__isnull=False).order_by("pk").first()
    return calendar.hours.add_business_days(now, 1) if calendar else now + timedelta(days=1)


def _task(seen: Judged, *, now: datetime) -> Task | None:
    latest = _latest_reaction(seen)
    if latest is None or seen.lead.stage not in (stages.LEAD, stages.MAL):
        return None
    verdict = seen.verdict
    if verdict.instead == "tell_owner":
        owner = seen.lead.company.owner if seen.lead.company else None
        return _new(seen, Task.CUSTOMER_REACTED, latest, roles.SALES, owner, now)
    if verdict.incomplete_group is not None and verdict.excluded_by is None:
        return _new(seen, Task.INCOMPLETE_HAND_RAISER, latest, roles.MARKETING, None, now)
    return None


def _new(seen: Judged, kind: str, latest: Event, side: str, assignee, now: datetime) -> Task:  # type: ignore[no-untyped-def]
    return Task(
        lead=seen.lead,
        kind=kind,
        side=side,
        assignee=assignee,
        cause_key=f"{kind}:{seen.lead.pk}:{latest.id}",
        detail={"activity": latest.id, "type": latest.type},
        created_at=now,
    )


def _latest_reaction(seen: Judged) -> Event | None:
    genuine = [
        event
        for event in seen.facts.events
        if event.direction == REACTION and event.genuine == HUMAN and not event.voided
    ]
    return max(genuine, key=lambda event: (event.occurred_at, event.id), default=None)
