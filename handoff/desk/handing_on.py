"""A manager gives a lead to somebody else: the handoff ends as recalled and a new one follows it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from handoff import news, timers, whose_turn
from handoff.desk.answers import note_handler
from handoff.desk.floor import Desk, Seat
from handoff.desk.holding import take, win
from handoff.desk.offering import offer_to
from handoff.desk.permissions import insist, may
from handoff.models import Handoff, Queue
from handoff.refusals import DeskRefused
from leads import lifecycle
from leads.models import User

REASSIGNED = "reassigned"


@transaction.atomic
def reassign(
    handoff: Handoff,
    *,
    by: User,
    now: datetime,
    reason: str,
    to: User | None = None,
    queue: Queue | None = None,
    version: int | None = None,
) -> Handoff:
    """Give it to a person (offered at once) or to a queue (routed); returns the new handoff.

    The new one has its own `accept` clock; the lane's other clocks go on with their start.
    """
    held = take(handoff, version=version, states=Handoff.OPEN)
    insist(may(by, held).reassign)
    if not reason.strip():
        raise DeskRefused("required", "reason")
    if to is None and queue is None:
        raise DeskRefused("required", "to")
    desk = Desk.opened(now=now)
    seat = _seat(held, to, queue, desk)
    _end(held, by=by, reason=reason, now=now)
    new = _successor(held, queue=seat.queue if seat else queue, now=now)
    if seat is None:
        news.waiting.announce(handoff_ids=[new.pk])
        whose_turn.refresh([held.lead_id], now=now)
        return new
    receipt = {"winner": seat.member.user_id, "why": "named", "by": by.pk, "reason": reason, "candidates": []}
    offer_to(new, seat, desk, receipt=receipt, now=now)
    return new


def _seat(held: Handoff, to: User | None, queue: Queue | None, desk: Desk) -> Seat | None:
    """Where the named person works in this lane. Raises DeskRefused when they cannot take it."""
    if queue is not None and queue.lane != held.lane:
        raise DeskRefused("other_lane", "queue")
    if to is None:
        return None
    seat = desk.seat_of(to.pk, held.lane, first=queue or held.queue)
    if seat is None or not (seat.member.is_active and to.is_active):
        raise DeskRefused("not_a_member", "to")
    if held.rep_id == to.pk:
        raise DeskRefused("already_theirs", "to")
    return seat


def _end(held: Handoff, *, by: User, reason: str, now: datetime) -> None:
    if held.rep is not None:
        note_handler(held, held.rep, now=now)
    win(held, state=Handoff.RECALLED, end_cause=REASSIGNED, reason=reason[:60], ended_at=now, ended_by=by)
    timers.cancel([held.pk], now=now)
    lifecycle.give_to(held.lead, None, by=by, now=now)


def _successor(held: Handoff, *, queue: Queue | None, now: datetime) -> Handoff:
    """The next handoff of the same chain: same evidence, brief and trigger."""
    new = Handoff.objects.create(
        lead=held.lead, lane=held.lane, queue=queue, waiting_because=Handoff.NOBODY, trigger=held.trigger,
        previous=held, handed_by=held.handed_by, opening_line=held.opening_line, note=held.note,
        evidence=held.evidence, created_at=now, route_at=now,
    )  # fmt: skip
    return new
