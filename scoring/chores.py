"""What the definition asks of people instead of moving a lead (PRODUCT 5: require, instead)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from leads import roles, stages
from leads.models import Activity, Calendar, Lead, Task, User
from leads.models.activities import HUMAN, REACTION

if TYPE_CHECKING:
    from scoring.readiness import Judged

RECENT = timedelta(days=14)  # an older reaction, as of an import, is no news to an account owner
TELL_OWNER = "tell_owner"


def ask(judged: Iterable[Judged], *, now: datetime) -> None:
    """Open a task for a hand-raiser who cannot be handed over, and for a customer who reacted.

    The same cause asks once; while a task is open, more of the same needs no second one.
    """
    judged = list(judged)
    wanted = [*_incomplete(judged, now=now), *_customers(judged, now=now)]
    if not wanted:
        return
    waiting = Task.objects.filter(lead__in={task.lead_id for task in wanted}, done_at=None)
    asked = set(waiting.values_list("lead_id", "kind"))
    fresh = [task for task in wanted if (task.lead_id, task.kind) not in asked]
    if fresh:
        due_at = next_business_day(now)
        for task in fresh:
            task.due_at = due_at
        Task.objects.bulk_create(fresh, ignore_conflicts=True)


def settle(lead_ids: Iterable[int], *, now: datetime) -> None:
    """These leads are with sales now: what kept them from being handed over is dealt with."""
    ids = list(lead_ids)
    if ids:
        waiting = Task.objects.filter(lead__in=ids, kind=Task.INCOMPLETE_HAND_RAISER, done_at=None)
        waiting.update(done_at=now)


def next_business_day(now: datetime) -> datetime:
    """One business day from now (`1d` of PRODUCT 6) on the first calendar of a team; without one, a day."""
    calendar = Calendar.objects.filter(teams__isnull=False).order_by("pk").first()
    if calendar is None:
        return now + timedelta(days=1)
    due_at = calendar.hours.due(now, timedelta(minutes=calendar.hours.day_minutes)).due_at
    return due_at or now + timedelta(days=1)


def _incomplete(judged: Iterable[Judged], *, now: datetime) -> list[Task]:
    """A group is complete while a `require` fails: marketing finds what is missing."""
    return [
        _task(seen.lead, Task.INCOMPLETE_HAND_RAISER, raised, now=now, side=roles.MARKETING)
        for seen in judged
        if seen.lead.stage in (stages.LEAD, stages.MAL) and (raised := _raised(seen)) is not None
    ]


def _raised(seen: Judged) -> tuple[int, str] | None:
    """The event that completed the group, as (id, type)."""
    definition, group = seen.model.definition, seen.verdict.incomplete_group
    if definition is None or group is None:
        return None
    patterns = definition.tracks[group].patterns
    counted = [
        event
        for event in seen.facts.events
        if event.counts and event.occurred_at <= seen.at and any(one.fits(event) for one in patterns)
    ]
    last = max(counted, key=lambda event: (event.occurred_at, event.id))
    return last.id, last.type


def _customers(judged: Iterable[Judged], *, now: datetime) -> list[Task]:
    """What a customer did is told to the owner of the account; whom sales has in hand, they see anyway.

    Who bought is a customer whatever the playbook excludes (PRODUCT 3).
    """
    found = {seen.lead.pk: seen.lead for seen in judged if _is_told(seen)}
    if not found:
        return []
    return [
        _task(found[lead_id], Task.CUSTOMER_REACTED, (pk, kind), now=now, side=roles.SALES,
              assignee=_account_owner(found[lead_id]))
        for lead_id, pk, kind in _latest_reactions(found, now=now)
    ]  # fmt: skip


def _is_told(seen: Judged) -> bool:
    lead = seen.lead
    idle = lead.stage in (stages.LEAD, stages.MAL) or lead.outcome is not None
    return idle and (seen.verdict.instead == TELL_OWNER or lead.outcome == stages.WON)


def _latest_reactions(leads: Iterable[int], *, now: datetime) -> list[tuple[int, int, str]]:
    """(lead, activity, type) of the newest genuine reaction of each; of any type, scored or not."""
    rows = Activity.objects.filter(
        lead__in=list(leads), direction=REACTION, genuine=HUMAN, voids=None, voided_by=None,
        occurred_at__gt=now - RECENT,
    )  # fmt: skip
    newest_last = rows.order_by("occurred_at", "pk").values_list("lead_id", "pk", "type")
    return list({row[0]: row for row in newest_last}.values())


def _account_owner(lead: Lead) -> User | None:
    return (lead.company.owner if lead.company else None) or lead.owner


def _task(
    lead: Lead, kind: str, cause: tuple[int, str], *, now: datetime, side: str, assignee: User | None = None
) -> Task:
    pk, type = cause
    return Task(
        lead=lead,
        kind=kind,
        side=side,
        assignee=assignee,
        cause_key=f"{kind}:{lead.pk}:{pk}",
        detail={"activity": pk, "type": type},
        created_at=now,
    )
