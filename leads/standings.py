"""The few hands that write `Standing`: calls down from the floors above end here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from leads.models import Activity, Lead, Standing
from leads.models.activities import REACTION
from leads.turns import Turn


def due_for_scoring(lead_ids: Iterable[int], *, now: datetime) -> None:
    """Facts about these leads changed: their stored score is no longer vouched for.

    Unconditional on purpose: the update must wait for a rescore that is reading older facts right now.
    """
    Standing.objects.filter(lead_id__in=sorted(set(lead_ids))).update(rescore_at=now)


@dataclass(frozen=True)
class Seat:
    """Whose turn a lead in sales' hands is, in which team and queue, and its nearest clock."""

    lead: Lead
    turn: Turn
    team_id: int | None
    queue_id: int | None
    clock_due_at: datetime | None
    clock_risk_at: datetime | None


def set_desks(seats: Sequence[Seat]) -> None:
    """Store the desk's view of each lead, on the lead and in its standing, set by set."""
    for seat in seats:
        turn = seat.turn
        seat.lead.next_side, seat.lead.next_actor_id, seat.lead.next_due_at = (
            turn.side,
            turn.actor,
            turn.due_at,
        )
    leads = [seat.lead for seat in seats]
    Lead.objects.bulk_update(leads, ["next_side", "next_actor", "next_due_at"], batch_size=200)
    Standing.objects.bulk_update([_row(seat) for seat in seats], DESK_FIELDS, batch_size=200)


DESK_FIELDS = [
    "owner", "team", "queue_id", "next_side", "next_actor", "next_due_at", "clock_due_at", "clock_risk_at",
]  # fmt: skip


def _row(seat: Seat) -> Standing:
    return Standing(
        lead_id=seat.lead.pk,
        owner_id=seat.lead.owner_id,
        team_id=seat.team_id,
        queue_id=seat.queue_id,
        next_side=seat.turn.side,
        next_actor_id=seat.turn.actor,
        next_due_at=seat.turn.due_at,
        clock_due_at=seat.clock_due_at,
        clock_risk_at=seat.clock_risk_at,
    )


def note_reactions(activities: Iterable[Activity], *, now: datetime) -> None:
    """Remember each lead's latest reaction, and that its score is due."""
    latest: dict[int, Activity] = {}
    touched: set[int] = set()
    for activity in activities:
        touched.add(activity.lead_id)
        if activity.direction != REACTION:
            continue
        before = latest.get(activity.lead_id)
        if before is None or activity.occurred_at > before.occurred_at:
            latest[activity.lead_id] = activity
    due_for_scoring(touched, now=now)
    for lead_id in sorted(latest):
        newest = latest[lead_id]
        older = Q(last_reaction_at=None) | Q(last_reaction_at__lt=newest.occurred_at)
        Standing.objects.filter(older, lead_id=lead_id).update(
            last_reaction_at=newest.occurred_at, last_reaction=newest.type
        )


def mirror(leads: Iterable[Lead]) -> None:
    """Copy what `move()` changed on the leads into their standings."""
    rows = [
        Standing(
            lead_id=lead.pk,
            stage=lead.stage,
            owner_id=lead.owner_id,
            next_side=lead.next_side,
            next_actor_id=lead.next_actor_id,
            next_due_at=lead.next_due_at,
        )
        for lead in leads
    ]
    fields = ["stage", "owner", "next_side", "next_actor", "next_due_at"]
    Standing.objects.bulk_update(rows, fields, batch_size=200)


def raise_for_everybody(*, now: datetime) -> int:
    """A new model is in force: every score is due (one statement; the sweep works it off)."""
    return Standing.objects.filter(rescore_at__gt=now).update(rescore_at=now)
