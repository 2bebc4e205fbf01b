"""An accepted lead goes on to the next lane: its handoff ends as promoted and the next one opens at once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from handoff import lanes, news, telling, timers, whose_turn
from handoff.desk import evidence
from handoff.desk.answers import note_handler
from handoff.desk.floor import Desk, Seat
from handoff.desk.further import further
from handoff.desk.holding import take, win
from handoff.desk.offering import offer_to
from handoff.desk.permissions import insist
from handoff.models import Clock, Handoff, Queue
from handoff.refusals import DeskRefused
from leads import meetings
from leads.models import PlaybookSection, User

TRIGGER = "person"
LONGEST_REASON = 60


@transaction.atomic
def promote(
    handoff: Handoff,
    *,
    by: User,
    now: datetime,
    note: str = "",
    queue: Queue | None = None,
    to: User | None = None,
    reason: str = "",
    version: int | None = None,
) -> Handoff:
    """Pass it on with a meeting booked, or for a stated reason; returns the next lane's handoff.

    Routed by that lane's routes unless a queue or a person is named. The stage stays, and so does the
    owner until somebody accepts. Raises Conflict, NotYours, DeskRefused.
    """
    held = take(handoff, version=version, states=(Handoff.ACCEPTED,))
    lane = _next_lane(held)
    insist(further(by, held.lead, held).promote)
    if not reason.strip() and not meetings.is_on_its_way(held.lead):
        raise DeskRefused("meeting_or_reason", "reason")
    if len(reason) > LONGEST_REASON:
        raise DeskRefused("too_long", "reason", most=LONGEST_REASON)
    desk = Desk.opened(now=now)
    seat = _seat(desk, lane, queue, to)
    _end(held, reason=reason.strip(), by=by, now=now)
    new = _open(held, lane, seat.queue if seat else queue, note=note.strip(), by=by, now=now)
    if seat is None:
        news.waiting.announce(handoff_ids=[new.pk])
        whose_turn.refresh([held.lead_id], now=now)
        return new
    receipt = desk.named(seat, by=by, reason=reason)
    offer_to(new, seat, desk, receipt=receipt, now=now)
    return new


def _next_lane(held: Handoff) -> int:
    """The lane behind this one, for a lead that is far enough. Raises DeskRefused."""
    section = PlaybookSection.objects.current("lanes")
    lane = lanes.after(held.lane, section)
    if lane is None:
        raise DeskRefused("last_lane", "")
    least = lanes.offered_at(lane, section)
    if lanes.is_before(held.lead.stage, least):
        raise DeskRefused("not_far_enough", "", stage=least)
    return lane


def _seat(desk: Desk, lane: int, queue: Queue | None, to: User | None) -> Seat | None:
    """Where the named person works in the next lane. Raises DeskRefused when they do not."""
    if queue is not None and (queue.lane != lane or not queue.is_active):
        raise DeskRefused("other_lane", "queue")
    if to is None:
        return None
    seat = desk.seat_of(to.pk, lane, first=queue)
    if seat is None:
        raise DeskRefused("not_a_member", "to")
    if seat.is_on_leave:
        raise DeskRefused("on_leave", "to")
    return seat


def _end(held: Handoff, *, reason: str, by: User, now: datetime) -> None:
    """Passing it on is a result: it meets the report clock, and nothing else of this lane waits any more."""
    assert held.rep is not None
    win(held, state=Handoff.PROMOTED, reason=reason, ended_at=now, ended_by=by, open_to_team=False)
    timers.end_kind(held, Clock.REPORT, event_at=now, now=now)
    timers.cancel([held.pk], now=now)
    note_handler(held, held.rep, now=now)
    telling.ended([held], now=now)


def _open(held: Handoff, lane: int, queue: Queue | None, *, note: str, by: User, now: datetime) -> Handoff:
    """A new chain with evidence of its own: lanes are counted apart (docs/decisions/0074)."""
    frozen = evidence.freeze([held.lead], {}, now=now)
    return Handoff.objects.create(
        lead=held.lead, lane=lane, queue=queue, waiting_because=Handoff.NOBODY, trigger=TRIGGER, handed_by=by,
        note=note, evidence=frozen[held.lead_id], created_at=now, route_at=now,
    )  # fmt: skip
