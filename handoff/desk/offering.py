"""Routing at work: waiting handoffs are offered to one person each, with a receipt and their clocks.

What to decide is in `handoff.routing` (rules); here a batch of handoffs is locked, decided and written.
Lock order: leads by id, queues by id, handoffs (ARCHITECTURE, decision 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from handoff import release, routing, telling, timers, whose_turn
from handoff.desk import releasing
from handoff.desk.floor import Desk, Seat
from handoff.desk.holding import take
from handoff.desk.permissions import insist, may
from handoff.models import Handoff, Queue
from handoff.refusals import DeskRefused
from handoff.values import values_of
from leads import lifecycle, rows
from leads.models import User

BATCH = 100
AGAIN = timedelta(seconds=60)


@transaction.atomic
def waiting_due(*, now: datetime, limit: int = BATCH) -> list[int]:
    """Waiting handoffs whose turn to be looked at has come, longest first; without those in another's hands.

    Whoever routes holds the leads from its first statement on: by them routers see what is taken.
    """
    found = Handoff.objects.waiting().filter(route_at__lte=now).order_by("route_at", "pk")
    free = found.select_for_update(no_key=True, skip_locked=True, of=("self", "lead"))
    return [one.pk for one in free.select_related("lead").only("lead__id")[:limit]]


@transaction.atomic
def route(handoff_ids: Iterable[int], *, now: datetime) -> int:
    """Offer each of these waiting handoffs to somebody eligible; returns how many found a person."""
    wanted = dict(Handoff.objects.waiting().filter(pk__in=list(handoff_ids)).values_list("pk", "lead_id"))
    lifecycle.hold(wanted.values())
    desk = Desk.opened(now=now)
    waiting = list(
        Handoff.objects.waiting()
        .select_for_update(of=("self",))
        .filter(pk__in=wanted)
        .select_related("lead__company", "lead__campaign", "lead__standing", "previous")
        .order_by("created_at", "pk")
    )
    asked = asked_of(waiting, desk, now=now)
    offers = [one.handoff for one in asked if decide(one, desk, now=now)]
    _write(waiting, offers, desk, now=now)
    return len(offers)


@transaction.atomic
def let_pass(
    handoff: Handoff, *, by: User, now: datetime, reason: str, version: int | None = None
) -> Handoff:
    """A manager lets a lead pass a used-up day; who and why stay with the handoff. Routed at once."""
    held = take(handoff, version=version, states=(Handoff.WAITING,))
    insist(may(by, held).reassign)
    if held.waiting_because != Handoff.CAPACITY:
        raise DeskRefused("not_held_back", "")
    if not reason.strip():
        raise DeskRefused("required", "reason")
    if len(reason) > LONGEST_REASON:
        raise DeskRefused("too_long", "reason", most=LONGEST_REASON)
    held.released_by, held.release_reason = by, reason.strip()
    held.save(update_fields=["released_by", "release_reason"])
    route([held.pk], now=now)
    return Handoff.objects.get(pk=held.pk)


LONGEST_REASON = 200


def offer_to(handoff: Handoff, seat: Seat, desk: Desk, *, receipt: Mapping[str, Any], now: datetime) -> None:
    """Offer one handoff that is not stored as offered yet to a person a manager named."""
    _offer(handoff, seat, desk, receipt=receipt, now=now)
    _write([handoff], [handoff], desk, now=now)


@dataclass(frozen=True)
class _History:
    """Who handled each lead last, and who lost it in this episode."""

    handled: Mapping[int, tuple[int, datetime]]
    lost: Mapping[int, frozenset[int]]

    @classmethod
    def of(cls, waiting: Sequence[Handoff]) -> _History:
        rows = (
            Handoff.objects.filter(lead__in=[one.lead_id for one in waiting])
            .exclude(rep=None)
            .order_by("pk")
            .values_list("pk", "lead_id", "rep_id", "accepted_at", "state", "ended_at", "end_cause")
        )
        handled: dict[int, tuple[int, datetime]] = {}
        by_id: dict[int, int] = {}
        for pk, lead_id, rep, accepted_at, state, ended_at, cause in rows:
            if accepted_at is not None:
                handled[lead_id] = (rep, ended_at or accepted_at)
            if state == Handoff.RECALLED and cause in LOST_BY:
                by_id[pk] = rep
        lost = {
            one.pk: frozenset({by_id[one.previous_id]} if one.previous_id in by_id else ()) for one in waiting
        }
        return cls(handled, lost)


LOST_BY = ("ladder", "reassigned")
NOBODY = "nobody"  # in a receipt: members there are, and none of them may


@dataclass(frozen=True)
class Asked:
    """A waiting handoff with all that its choice stands on; `has_room`: the queue's day is not used up."""

    handoff: Handoff
    preferred: list[tuple[int, str]]
    lost: frozenset[int]
    queue: Queue | None
    has_room: bool = True


def asked_of(waiting: Sequence[Handoff], desk: Desk, *, now: datetime) -> list[Asked]:
    """What has to be known to decide on each of these."""
    history, asked = _History.of(waiting), []
    for one in waiting:
        preferred, lost = _preferred(one, desk, history, now=now), history.lost[one.pk]
        asked.append(Asked(one, preferred, lost, _queue(one, desk, preferred, lost)))
    rooms = {
        queue.pk: releasing.room(queue, [one.handoff for one in asked if one.queue == queue], desk, now=now)
        for queue in {one.queue for one in asked if one.queue and one.queue.release_per_day is not None}
    }
    return [replace(one, has_room=_has_room(one, rooms)) for one in asked]


def _has_room(one: Asked, rooms: Mapping[int, frozenset[int]]) -> bool:
    return one.queue is None or one.queue.pk not in rooms or one.handoff.pk in rooms[one.queue.pk]


def decide(asked: Asked, desk: Desk, *, now: datetime) -> bool:
    """Offer it, or let it wait; whether it was offered."""
    handoff, queue = asked.handoff, asked.queue
    if queue is None:
        _wait(handoff, None, routing.held_back([], "no_route"), now=now)
        return False
    candidates = desk.candidates(queue, asked.lost)
    if not asked.has_room:
        _wait(handoff, queue, routing.held_back(candidates, Handoff.CAPACITY), now=now)
        return False
    choice = routing.choose(queue.strategy, candidates, preferred=asked.preferred)
    desk.keep_credits(queue, choice.credits)
    if choice.winner is None:
        _wait(handoff, queue, choice.receipt, now=now)
        return False
    receipt = dict(choice.receipt) | {"queue": queue.slug}
    _offer(handoff, desk.seats[queue.pk][choice.winner], desk, receipt=receipt, now=now)
    return True


def _queue(
    handoff: Handoff, desk: Desk, preferred: Sequence[tuple[int, str]], lost: frozenset[int]
) -> Queue | None:
    """Where a preferred person can take it, else the queue it was given to while open, else the route's."""
    queue = desk.queue_of(handoff) or desk.queue_for(handoff.lane, values_of(handoff))
    seats = (desk.seat_of(user, handoff.lane, first=queue) for user, _ in preferred)
    return next((seat.queue for seat in seats if seat and not seat.excluded(lost)), queue)


def _wait(handoff: Handoff, queue: Queue | None, receipt: Mapping[str, Any], *, now: datetime) -> None:
    """Nobody for now: it waits where it is, and is looked at again; when the day is used up, on the next."""
    if handoff.queue_id != (queue.pk if queue else None):
        handoff.queue, handoff.version = queue, handoff.version + 1
    handoff.routing = dict(receipt) | {"at": now.isoformat()} | ({"queue": queue.slug} if queue else {})
    is_held_back = queue is not None and receipt["why"] == Handoff.CAPACITY
    handoff.waiting_because = Handoff.CAPACITY if is_held_back else Handoff.NOBODY
    handoff.route_at = now + AGAIN
    if queue is not None and is_held_back:
        handoff.route_at = release.next_day(queue.team.calendar.hours, now)


def _preferred(handoff: Handoff, desk: Desk, history: _History, *, now: datetime) -> list[tuple[int, str]]:
    """Who sent it back until its wake; the company's owner, or who stands in for them; whoever handled it
    within `sticky_days`."""
    wishes = []
    if back := handoff.evidence.get("back"):
        wishes.append((back["rep"], "same_rep"))
    company = handoff.lead.company
    if company is not None and company.owner_id is not None:
        wishes.append((company.owner_id, "company_owner"))
        wishes.append((desk.deputy_of(company.owner_id, handoff.lane), "deputy"))
    rep, at = history.handled.get(handoff.lead_id, (None, now))
    if rep is not None and now - at <= desk.sticky:
        wishes.append((rep, "recent_handler"))
    return [(user, why) for user, why in wishes if user is not None]


def _offer(handoff: Handoff, seat: Seat, desk: Desk, *, receipt: Mapping[str, Any], now: datetime) -> None:
    handoff.state, handoff.rep, handoff.queue = Handoff.OFFERED, seat.member.user, seat.queue
    handoff.waiting_because, handoff.route_at = "", None
    handoff.offered_at, handoff.version = now, handoff.version + 1
    handoff.routing = dict(receipt) | {"at": now.isoformat()}
    handoff.policy = desk.policies.get(seat.queue.policy_slug)
    handoff.targets = desk.targets_for(handoff)
    seat.open += 1
    seat.today += 1


def _write(waiting: Sequence[Handoff], offers: Sequence[Handoff], desk: Desk, *, now: datetime) -> None:
    rows.write(waiting, OFFER_FIELDS)
    desk.save_credits()
    timers.start_lane(offers, calendar_of=desk.calendar_of, now=now)
    telling.offered(offers, now=now)
    telling.nobody((one for one in waiting if one.routing.get("why") == NOBODY), now=now)
    whose_turn.refresh((handoff.lead_id for handoff in waiting), now=now)


OFFER_FIELDS = [
    "state", "rep", "queue", "waiting_because", "route_at", "offered_at", "version", "routing", "policy",
    "targets", "reserved_until",
]  # fmt: skip
