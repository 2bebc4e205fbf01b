"""What accepting makes of a lead: its stage by the lane, its owner, and who stays at their side."""

from __future__ import annotations

from datetime import datetime

from handoff import lanes, whose_turn
from handoff.desk.supporting import stay
from handoff.models import Handoff
from leads import lifecycle, meetings, stages
from leads.models import PlaybookSection, User


def take_on(held: Handoff, *, by: User, now: datetime) -> None:
    """`held` was just won by `by`: the lead is theirs; from the second lane on, who had it supports them."""
    before, lead = held.lead.owner, held.lead
    stage = lanes.on_accept(held.lane, PlaybookSection.objects.current("lanes"))
    if lanes.is_before(lead.stage, stage):
        held.lead = lifecycle.move(
            held.lead_id, to=stage, cause=stages.PERSON, by=by, handoff_id=held.pk, owner=by, now=now
        )
    else:
        lifecycle.give_to(lead, by, by=by, now=now)
        whose_turn.refresh([held.lead_id], now=now)  # a move does that by itself
    if held.lane > 1:
        stay(held.lead, {before, _promoter(held)} - {by, None}, now=now)
        meetings.join(held.lead, by, now=now)


def _promoter(held: Handoff) -> User | None:
    """Whose lead it was in the lane before, whatever happened to the offer since."""
    earlier = Handoff.objects.filter(lead=held.lead_id, state=Handoff.PROMOTED, lane__lt=held.lane)
    last = earlier.select_related("rep").order_by("-ended_at", "-pk").first()
    return last.rep if last else None
