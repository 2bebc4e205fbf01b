"""Clocks as rows: started with the offer, met, cancelled, and breached at their due time.

What a clock means is in `handoff.clocks`; here it is written down.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from handoff import clocks, whose_turn
from handoff.models import Clock, Handoff
from leads import activity_types, business_time, lifecycle
from leads.models import Activity
from leads.models.activities import HUMAN

BATCH = 500
LANE_KINDS = (Clock.FIRST_CONTACT,)  # started by the first offer of a lane, not by each


def start(
    handoff: Handoff, kind: str, minutes: float, *, at: datetime, hours: business_time.Calendar
) -> Clock:
    """A clock not stored yet, running from `at`, with its due time and the sum behind it."""
    clock = Clock(handoff=handoff, kind=kind, started_at=at, target_minutes=minutes)
    reckon(clock, hours)
    return clock


def reckon(clock: Clock, hours: business_time.Calendar) -> None:
    """Set when a clock is due and at risk, and the sum behind it, from its start and target."""
    target = timedelta(minutes=clock.target_minutes)
    due = hours.due(clock.started_at, target)
    policy: dict[str, Any] = clock.handoff.policy.body if clock.handoff.policy else {}
    clock.due_at = due.due_at
    clock.risk_at = clocks.at_risk_from(hours, clock.started_at, target, (), policy)
    clock.segments = [[one.start.isoformat(), one.end.isoformat(), one.minutes] for one in due.segments]


def pass_on(handoff: Handoff, to: Handoff) -> None:
    """The lane's clocks go on under the next handoff of the chain: same start, same due, same breach.

    The rows themselves move, so that a chain counts once.
    """
    handoff.clocks.filter(kind__in=LANE_KINDS).update(handoff=to)


def end(clock: Clock, *, event_at: datetime, now: datetime) -> None:
    """The event a clock waited for came: met, or late with the breach written down."""
    verdict = clocks.judge(clock.due_at, event_at)
    clock.state = verdict
    clock.met_at, clock.ended_at = event_at, now
    clock.breached_at = clock.due_at if verdict == Clock.MET_LATE else None
    clock.save(update_fields=["state", "met_at", "ended_at", "breached_at"])


def end_kind(handoff: Handoff, kind: str, *, event_at: datetime, now: datetime) -> None:
    alive = handoff.clocks.select_for_update().filter(kind=kind, state__in=Clock.ALIVE, ended_at=None)
    clock = alive.first()
    if clock is not None:
        end(clock, event_at=event_at, now=now)


def cancel(handoffs: Iterable[int], *, now: datetime) -> None:
    """Nothing waits any more: clocks stop; what had run out is a breach, noticed before or not."""
    mine = Clock.objects.filter(handoff_id__in=list(handoffs), ended_at=None)
    mine.filter(state=Clock.RUNNING, due_at__lt=now).update(state=Clock.BREACHED, breached_at=F("due_at"))
    mine.filter(state=Clock.BREACHED).update(ended_at=now)
    mine.exclude(state=Clock.BREACHED).update(state=Clock.CANCELLED, ended_at=now)


def overdue(*, now: datetime, limit: int = BATCH) -> list[int]:
    running = Clock.objects.filter(state=Clock.RUNNING, ended_at=None, due_at__lt=now)
    return list(running.order_by("due_at").values_list("pk", flat=True)[:limit])


@transaction.atomic
def breach(*, now: datetime) -> int:
    """Mark what ran out: breached at its due time, however late anybody looks. One statement."""
    return Clock.objects.filter(pk__in=overdue(now=now), state=Clock.RUNNING, due_at__lt=now).update(
        state=Clock.BREACHED, breached_at=F("due_at")
    )


def contacts_made(*, now: datetime) -> int:
    """End each first-contact clock whose contact is on record: looks at the facts, so a lost nudge heals."""
    alive = Clock.objects.filter(kind=Clock.FIRST_CONTACT, state__in=Clock.ALIVE, ended_at=None)
    reached = alive.filter(
        handoff__lead__activities__type__in=activity_types.OUTBOUND,
        handoff__lead__activities__actor__isnull=False,
        handoff__lead__activities__genuine=HUMAN,
        handoff__lead__activities__recorded_at__gte=F("started_at"),
    )
    leads = set(reached.values_list("handoff__lead_id", flat=True)[:BATCH])
    return sum(_heal(lead_id, now=now) for lead_id in sorted(leads))


@transaction.atomic
def _heal(lead_id: int, *, now: datetime) -> bool:
    lifecycle.lock([lead_id])
    ended = first_contact(lead_id, now=now)
    if ended:
        whose_turn.refresh([lead_id], now=now)
    return ended


def first_contact(lead_id: int, *, now: datetime) -> bool:
    """Meet this lead's first-contact clock by the earliest outbound act of a person since its start.

    The caller holds the lead and says whose turn it is afterwards.
    """
    clock = (
        Clock.objects.select_for_update()
        .filter(kind=Clock.FIRST_CONTACT, ended_at=None, state__in=Clock.ALIVE)
        .filter(handoff__lead_id=lead_id, handoff__state__in=Handoff.OPEN)
        .first()
    )
    at = _first_act(lead_id, clock.started_at) if clock else None
    if clock is None or at is None:
        return False
    end(clock, event_at=at, now=now)
    return True


def _first_act(lead_id: int, since: datetime) -> datetime | None:
    acts = Activity.objects.filter(
        lead_id=lead_id, type__in=activity_types.OUTBOUND, actor__isnull=False, genuine=HUMAN, voided_by=None,
        recorded_at__gte=since,
    ).values_list("occurred_at", "recorded_at", "external_id")  # fmt: skip
    moments = [
        clocks.event_time(occurred_at, recorded_at, is_system=external_id is not None)
        for occurred_at, recorded_at, external_id in acts
    ]
    return min((at for at in moments if at >= since), default=None)
