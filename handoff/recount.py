"""Calendars are live: an edit moves the due time of every running clock that counts by it (PRODUCT 6).

What has ended stays as it was judged, and a breach stays a breach. What moved is written down, old → new.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from handoff import timers, whose_turn
from handoff.models import Clock, DueChange, Handoff, Policy
from leads import lifecycle, rows
from leads.models import Calendar


@transaction.atomic
def recount(*, calendar: Calendar, now: datetime) -> int:
    """Reckon the running clocks of this calendar anew; answers how many due times moved."""
    held = Handoff.objects.open().filter(_counts_by(calendar))
    leads = lifecycle.lock(held.values_list("lead_id", flat=True))
    moved = [change for clock in _running(held) if (change := _reckoned(clock, calendar, now=now))]
    rows.write([change.clock for change in moved], ["due_at", "risk_at", "segments"])
    DueChange.objects.bulk_create(moved)
    whose_turn.refresh(leads, now=now)
    return len(moved)


def _counts_by(calendar: Calendar) -> Q:
    """Handoffs whose policy names this calendar, or counts by the team whose calendar it is."""
    said = {policy.pk: str(policy.body.get("calendar", "team")) for policy in Policy.objects.all()}
    by_name = [pk for pk, name in said.items() if name == calendar.slug]
    by_team = [pk for pk, name in said.items() if name in ("team", "rep")]
    ours = Q(queue__team__calendar=calendar)
    return Q(policy__in=by_name) | ours & (Q(policy=None) | Q(policy__in=by_team))


def _running(held: QuerySet[Handoff]) -> QuerySet[Clock]:
    clocks = Clock.objects.filter(handoff__in=held.values("pk"), state=Clock.RUNNING)
    return clocks.select_related("handoff__policy", "handoff__queue__team__calendar").select_for_update(
        of=("self",)
    )


def _reckoned(clock: Clock, calendar: Calendar, *, now: datetime) -> DueChange | None:
    """The clock with its new due time, as a change; None where nothing moved."""
    handoff, old = clock.handoff, clock.due_at
    timers.reckon(clock, handoff.queue.hours_under(handoff.policy))  # type: ignore[union-attr]
    if clock.due_at == old:
        return None
    return DueChange(
        clock=clock, calendar=calendar, calendar_version=calendar.version, changed_at=now,
        old=old, new=clock.due_at,
    )  # fmt: skip
