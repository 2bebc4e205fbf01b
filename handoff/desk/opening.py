"""What the desk does when a lead changes its stage, by whatever door (a `within` listener).

Into `mql`: exactly one waiting handoff. Away from sales' hands: the open one ends and its clocks stop.
The desk's own answers have closed their handoff before they move the lead, so nothing is left to do here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q

from handoff import news, telling, timers, whose_turn
from handoff.desk import evidence
from handoff.models import Clock, Handoff, Queue
from leads import roles, rows, stages
from leads.lifecycle import Moved
from leads.models import Involvement

WITHDRAWN = "withdrawn"
WORKED_ON = (stages.SAL, stages.SQL)


def follow(*, moves: Sequence[Moved], now: datetime) -> None:
    """Open, keep or end handoffs so that stage and handoff agree; then say whose turn it is."""
    latest = {moved.lead.pk: moved for moved in moves}
    held = {one.lead_id: one for one in Handoff.objects.select_for_update().filter(lead__in=latest).open()}
    _end(
        [(one, latest[lead_id]) for lead_id, one in held.items() if _is_over(one, latest[lead_id])],
        now=now,
    )
    fresh = [moved for moved in latest.values() if moved.lead.pk not in held]
    open_waiting([moved for moved in fresh if moved.lead.stage == stages.MQL], now=now)
    _take_over([moved for moved in fresh if moved.lead.stage in (*WORKED_ON, stages.OPPORTUNITY)], now=now)
    whose_turn.refresh(latest, now=now)


def open_waiting(moves: Sequence[Moved], *, now: datetime) -> None:
    """One waiting handoff for each of these leads; workers are told once it is committed."""
    if not moves:
        return
    frozen = evidence.freeze(
        [moved.lead for moved in moves], {moved.lead.pk: moved.move.because for moved in moves}, now=now
    )
    rows = [
        Handoff(
            lead=moved.lead,
            waiting_because=Handoff.NOBODY,
            trigger=moved.lead.trigger,
            handed_by=moved.move.by,
            opening_line=str(moved.move.because.get("opening_line", "")),
            note=moved.move.note,
            evidence=frozen[moved.lead.pk] | _back(moved),
            created_at=now,
            route_at=now,
        )
        for moved in moves
    ]
    written = Handoff.objects.bulk_create(rows)
    news.waiting.announce(handoff_ids=[one.pk for one in written])


def _back(moved: Moved) -> dict[str, object]:
    """A lead that comes back brings its old brief (`why back`)."""
    return {"back": moved.move.because["back"]} if "back" in moved.move.because else {}


def _is_over(handoff: Handoff, moved: Moved) -> bool:
    stage = moved.lead.stage
    return stage not in stages.IN_SALES_HANDS or stage == stages.OPPORTUNITY


def _end(pairs: Iterable[tuple[Handoff, Moved]], *, now: datetime) -> None:
    """The lead went through another door: its handoff ends as that door says."""
    ended = []
    for handoff, moved in pairs:
        handoff.state, handoff.end_cause = _how(moved)
        handoff.reason = moved.move.reason
        handoff.ended_at, handoff.ended_by = now, moved.move.by
        handoff.version += 1
        ended.append(handoff)
    rows.write(ended, ["state", "end_cause", "reason", "ended_at", "ended_by", "version"])
    for one in ended:
        if one.state == Handoff.DISQUALIFIED:  # an answer too (PRODUCT 6): it meets the accept clock
            timers.end_kind(one, Clock.ACCEPT, event_at=now, now=now)
    timers.cancel([one.pk for one in ended], now=now)
    telling.ended(ended, now=now)


def _how(moved: Moved) -> tuple[str, str]:
    """The end state and, for a recall, its cause."""
    if moved.lead.stage == stages.OPPORTUNITY:
        return Handoff.COMPLETED, ""
    if moved.lead.stage == stages.DISQUALIFIED:
        return Handoff.DISQUALIFIED, ""
    return Handoff.RECALLED, str(moved.move.because.get("left", WITHDRAWN))


def _take_over(moves: Sequence[Moved], *, now: datetime) -> None:
    """Leads that arrive past the offer (an import, a rep's own find): held by their owner, no clocks."""
    rows = [_held(moved, now=now) for moved in moves]
    written = Handoff.objects.bulk_create(rows)
    news.waiting.announce(handoff_ids=[one.pk for one in written if one.state == Handoff.WAITING])
    Involvement.objects.bulk_create(
        [
            Involvement(lead=one.lead, user_id=one.rep_id, kind=Involvement.HANDLER, since=now)
            for one in written
            if one.rep_id
        ],
        ignore_conflicts=True,
    )


def _held(moved: Moved, *, now: datetime) -> Handoff:
    lead, owner = moved.lead, moved.lead.owner
    lane = 2 if owner is not None and owner.has_role(roles.FIELD_SALES) else 1
    handoff = Handoff(
        lead=lead,
        lane=lane,
        trigger=moved.move.trigger or moved.move.cause,
        created_at=now,
        handed_by=moved.move.by,
    )
    if lead.stage == stages.OPPORTUNITY:
        handoff.state, handoff.ended_at, handoff.ended_by = Handoff.COMPLETED, now, moved.move.by
    elif owner is None:
        handoff.waiting_because, handoff.route_at = Handoff.NOBODY, now
    else:
        handoff.state, handoff.rep = Handoff.ACCEPTED, owner
        handoff.accepted_at, handoff.accepted_by = now, owner
        handoff.queue = _queue_of(handoff)
    return handoff


def _queue_of(handoff: Handoff) -> Queue | None:
    """The first queue of the lane that the owner works in, so that their team keeps the lead in sight."""
    theirs = Q(members__user=handoff.rep_id, members__is_active=True)
    return Queue.objects.filter(theirs, lane=handoff.lane, is_active=True).first()
