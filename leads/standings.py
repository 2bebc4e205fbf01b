"""The few hands that write `Standing`: calls down from the floors above end here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from leads import rows
from leads.models import Activity, Lead, Standing
from leads.models.activities import HUMAN, REACTION
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
    rows.write(leads, ["next_side", "next_actor", "next_due_at"])
    rows.write([_row(seat) for seat in seats], DESK_FIELDS)


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
    """Remember each lead's latest reaction, and that its score is due; three statements for any number.

    Rows first, in the order of their ids, so that two batches about the same leads wait for each other
    and the second one sees what the first wrote.
    """
    activities = list(activities)
    touched = {one.lead_id for one in activities}
    held = Standing.objects.select_for_update().filter(lead_id__in=touched).order_by("lead_id")
    known = dict(held.values_list("lead_id", "last_reaction_at"))
    due_for_scoring(touched, now=now)
    newest = {}
    for one in sorted(activities, key=lambda one: (one.occurred_at, one.pk)):
        before = known.get(one.lead_id)
        if _is_genuine(one) and (before is None or one.occurred_at >= before):
            newest[one.lead_id] = (one.occurred_at, one.type)
    _write_reactions(newest)
    recall_reactions(one.lead_id for one in activities if one.voids_id)


def recall_reactions(lead_ids: Iterable[int]) -> None:
    """Look up the latest genuine reaction of these leads again; their rows are locked by the caller."""
    ids = sorted(set(lead_ids))
    if not ids:
        return
    told = Activity.objects.filter(lead_id__in=ids)
    voided = set(told.filter(voids__isnull=False).values_list("voids_id", flat=True))
    genuine = told.filter(direction=REACTION, genuine=HUMAN, voids=None).order_by("occurred_at", "pk")
    newest: dict[int, tuple[datetime | None, str]] = {pk: (None, "") for pk in ids}
    for pk, lead_id, at, type in genuine.values_list("pk", "lead_id", "occurred_at", "type"):
        if pk not in voided:
            newest[lead_id] = (at, type)
    _write_reactions(newest)


def _is_genuine(one: Activity) -> bool:
    return one.direction == REACTION and one.genuine == HUMAN and one.voids_id is None


def _write_reactions(newest: Mapping[int, tuple[datetime | None, str]]) -> None:
    written = [
        Standing(lead_id=lead_id, last_reaction_at=at, last_reaction=type)
        for lead_id, (at, type) in sorted(newest.items())
    ]
    rows.write(written, ["last_reaction_at", "last_reaction"], at_once=5_000)


def mirror(leads: Iterable[Lead]) -> None:
    """Copy what `move()` changed on the leads into their standings."""
    mirrored = [
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
    rows.write(mirrored, ["stage", "owner", "next_side", "next_actor", "next_due_at"])


def seat(lead_ids: Iterable[int], team_id: int) -> None:
    """Leads no queue keeps in sight are in that of their owner's team."""
    Standing.objects.filter(lead_id__in=list(lead_ids), team=None).update(team_id=team_id)


def raise_for_everybody(*, now: datetime) -> int:
    """A new model is in force: every score is due (one statement; the sweep works it off)."""
    return Standing.objects.filter(rescore_at__gt=now).update(rescore_at=now)
