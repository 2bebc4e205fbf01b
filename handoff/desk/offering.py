"""Routing at work: waiting handoffs are offered to one person each, with a receipt and their clocks.

What to decide is in `handoff.routing` (rules); here a batch of handoffs is locked, decided and written.
Lock order: leads by id, queues by id, handoffs (ARCHITECTURE, decision 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from handoff import routing, timers, whose_turn
from handoff.desk.floor import Desk, Seat
from handoff.models import Clock, Handoff, Queue
from leads import lifecycle, stages
from leads.models import Lead

BATCH = 100
AGAIN = timedelta(seconds=60)


def waiting_due(*, now: datetime, limit: int = BATCH) -> list[int]:
    """Waiting handoffs whose turn to be looked at has come, longest first."""
    found = Handoff.objects.waiting().filter(route_at__lte=now).order_by("route_at", "pk")
    return list(found.values_list("pk", flat=True)[:limit])


@transaction.atomic
def route(handoff_ids: Iterable[int], *, now: datetime) -> int:
    """Offer each of these waiting handoffs to somebody eligible; returns how many found a person."""
    wanted = dict(Handoff.objects.waiting().filter(pk__in=list(handoff_ids)).values_list("pk", "lead_id"))
    lifecycle.lock(wanted.values())
    desk = Desk.opened(now=now)
    waiting = list(
        Handoff.objects.waiting()
        .select_for_update(of=("self",))
        .filter(pk__in=wanted)
        .select_related("lead__company", "lead__campaign", "lead__standing")
        .order_by("created_at", "pk")
    )
    history = _History.of(waiting)
    offers = [offer for one in waiting if (offer := _decide(one, desk, history, now=now))]
    _write(waiting, offers, desk, now=now)
    return len(offers)


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


def _decide(handoff: Handoff, desk: Desk, history: _History, *, now: datetime) -> Handoff | None:
    values = desk.values_of(handoff)
    queue = handoff.queue if handoff.queue_id else desk.queue_for(handoff.lane, values)
    preferred = _preferred(handoff, desk, history, now=now)
    for user, _ in preferred:
        seat = desk.seat_of(user, handoff.lane, first=queue)
        if seat and not seat.excluded(history.lost[handoff.pk]):
            queue = seat.queue
            break
    if queue is None:
        handoff.routing, handoff.route_at = {"winner": None, "why": "no_route", "candidates": []}, now + AGAIN
        return None
    handoff.queue = queue
    choice = routing.choose(
        queue.strategy, desk.candidates(queue, history.lost[handoff.pk]), preferred=preferred
    )
    desk.keep_credits(queue, choice.credits)
    if choice.winner is None:
        handoff.routing, handoff.route_at = dict(choice.receipt), now + AGAIN
        return None
    _offer(handoff, desk.seats[queue.pk][choice.winner], desk, receipt=choice.receipt, now=now)
    return handoff


def _preferred(handoff: Handoff, desk: Desk, history: _History, *, now: datetime) -> list[tuple[int, str]]:
    """The company's owner, then whoever handled the lead within `sticky_days` (PRODUCT 6)."""
    wishes = []
    company = handoff.lead.company
    if company is not None and company.owner_id is not None:
        wishes.append((company.owner_id, "company_owner"))
    if back := handoff.evidence.get("back"):
        wishes.append((back["rep"], "same_rep"))
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
    Handoff.objects.bulk_update(waiting, OFFER_FIELDS, batch_size=200)
    desk.save_credits()
    carried = _carried(offers)
    clocks: list[Clock] = []
    for handoff in offers:
        clocks += _clocks(handoff, desk, carried.get(handoff.previous_id or 0), now=now)
    Clock.objects.bulk_create(clocks)
    whose_turn.refresh((handoff.lead_id for handoff in waiting), now=now)


OFFER_FIELDS = [
    "state", "rep", "queue", "waiting_because", "route_at", "offered_at", "version", "routing", "policy",
    "targets",
]  # fmt: skip


def _carried(offers: Sequence[Handoff]) -> dict[int, list[Clock]]:
    """Clocks of the lane that go on under a reassigned handoff, by the previous one."""
    found: dict[int, list[Clock]] = {}
    for clock in Clock.objects.filter(handoff__next__in=[one.pk for one in offers], kind=Clock.FIRST_CONTACT):
        found.setdefault(clock.handoff_id, []).append(clock)
    return found


def _clocks(handoff: Handoff, desk: Desk, carried: Sequence[Clock] | None, *, now: datetime) -> list[Clock]:
    hours = desk.hours_of(handoff)
    started = [timers.carry_over(clock, handoff) for clock in carried or ()]
    have = {clock.kind for clock in started}
    for kind in (Clock.ACCEPT, Clock.FIRST_CONTACT):
        if kind in handoff.targets and kind not in have and not _is_worked_on(handoff.lead, kind, carried):
            started.append(timers.start(handoff, kind, handoff.targets[kind], at=now, hours=hours))
    return started


def _is_worked_on(lead: Lead, kind: str, carried: Sequence[Clock] | None) -> bool:
    """A lead already at work in this episode had its first contact clock, or came in without one."""
    return kind == Clock.FIRST_CONTACT and lead.stage in (stages.SAL, stages.SQL) and carried is None


def queue_named(slug: str) -> Queue | None:
    return Queue.objects.filter(slug=slug, is_active=True).first()
