"""A lead goes to somebody else: its handoff ends as recalled and a new one follows it.

A manager says so (`reassign`), or the person it was offered to no longer works there (`recall_left`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Self

from django.db import transaction
from django.db.models import Q

from handoff import news, telling, timers, whose_turn
from handoff.away import Away, in_hand_of
from handoff.desk.answers import note_handler
from handoff.desk.floor import Desk, Seat
from handoff.desk.holding import take, win
from handoff.desk.next_steps import PASS_ON
from handoff.desk.offering import offer_to
from handoff.desk.permissions import insist, may
from handoff.models import Handoff, Queue, QueueMember
from handoff.refusals import DeskRefused
from leads import leavers, lifecycle
from leads.models import User
from leads.models.people import Leave

REASSIGNED, MEMBER_LEFT = "reassigned", "member_left"
BATCH = 100


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
    if held.rep is not None:
        note_handler(held, held.rep, now=now)
    new = follow_on(held, seat.queue if seat else queue, cause=REASSIGNED, by=by, reason=reason, now=now)
    if seat is None:
        news.waiting.announce(handoff_ids=[new.pk])
        whose_turn.refresh([held.lead_id], now=now)
        return new
    receipt = desk.named(seat, by=by, reason=reason)
    offer_to(new, seat, desk, receipt=receipt, now=now)
    return new


def pass_on(
    held: Handoff, *, to: User | None, by: User, reason: str, note: str = "", now: datetime
) -> Handoff:
    """Who has it gives it to a colleague of the lane: a send-back whose next step is a person.

    Held by the caller. Raises DeskRefused at `to`.
    """
    if to is None:
        raise DeskRefused("required", "to")
    desk = Desk.opened(now=now)
    seat = _seat(held, to, None, desk)
    assert seat is not None
    note_handler(held, held.rep or by, now=now)
    new = follow_on(held, seat.queue, cause=REASSIGNED, by=by, reason=reason, now=now)
    if note.strip():
        new.note = note.strip()
        new.save(update_fields=["note"])
    held.next_step = PASS_ON
    held.save(update_fields=["next_step"])
    receipt = {"winner": to.pk, "why": "passed_on", "by": by.pk, "reason": reason, "candidates": []}
    offer_to(new, seat, desk, receipt=receipt, now=now)
    return new


def colleagues(handoff: Handoff, *, now: datetime) -> list[User]:
    """To whom it can be passed on: who is at work in a queue of its lane, in the order of the playbook."""
    rows = QueueMember.objects.filter(
        queue__lane=handoff.lane, queue__is_active=True, is_active=True, user__is_active=True
    ).exclude(user=handoff.rep_id)
    found = rows.select_related("user").order_by("queue__position", "position", "pk")
    away = Away.read(now=now)
    return list({one.user_id: one.user for one in found if away.can_act(one.user, one.queue_id)}.values())


def _seat(held: Handoff, to: User | None, queue: Queue | None, desk: Desk) -> Seat | None:
    """Where the named person works in this lane. Raises DeskRefused when they cannot take it."""
    if queue is not None and queue.lane != held.lane:
        raise DeskRefused("other_lane", "queue")
    if to is None:
        return None
    seat = desk.seat_of(to.pk, held.lane, first=queue or held.queue)
    if seat is None:
        raise DeskRefused("not_a_member", "to")
    if held.rep_id == to.pk:
        raise DeskRefused("already_theirs", "to")
    if seat.is_on_leave:
        raise DeskRefused("on_leave", "to")
    return seat


def left_behind(*, now: datetime, limit: int = BATCH) -> list[int]:
    """Handoffs that are routed anew because their rep is not there, of offers the longest offered first.

    Offered ones of who left the queue, the company or is on leave; accepted ones of who is on leave and
    wants them routed, and of who left the company without anybody to stand in.
    """
    crew = _Crew.read(now=now)
    empty = [Q(queue=queue, rep__in=reps) for queue, reps in crew.empty_seats().items()]
    offers = Handoff.objects.offered().filter(reduce(or_, empty)) if empty else Handoff.objects.none()
    found = list(offers.order_by("offered_at", "pk").values_list("pk", flat=True)[:limit])
    held = in_hand_of([*crew.away.absences.of, *crew.gone])
    return (found + [one.pk for one in held if crew.lacks(one)])[:limit]


@transaction.atomic
def recall_left(handoff_ids: Iterable[int], *, now: datetime) -> int:
    """Nobody would act on these: each is recalled, and a new waiting one goes to routing at once."""
    mine = Handoff.objects.filter(pk__in=list(handoff_ids), ended_at=None)
    lifecycle.hold(mine.values_list("lead_id", flat=True))
    held = mine.select_for_update(of=("self",)).select_related("lead__owner__deputy").order_by("pk")
    crew = _Crew.read(now=now)
    left = [one for one in held if crew.lacks(one)]
    new = [follow_on(one, one.queue, cause=MEMBER_LEFT, by=None, reason="", now=now) for one in left]
    news.waiting.announce(handoff_ids=[one.pk for one in new])
    whose_turn.refresh((one.lead_id for one in left), now=now)
    return len(left)


@dataclass(frozen=True)
class _Crew:
    """Who is there to act on what they were given: seats are those of active members of active queues."""

    away: Away
    gone: frozenset[int]
    seats: frozenset[tuple[int, int]]

    @classmethod
    def read(cls, *, now: datetime) -> Self:
        gone = frozenset(user.pk for user in leavers.gone(now=now))
        members = QueueMember.objects.filter(is_active=True, queue__is_active=True).exclude(user__in=gone)
        seats = frozenset(members.order_by().values_list("queue_id", "user_id"))
        return cls(Away.read(now=now), gone, seats)

    def empty_seats(self) -> dict[int, list[int]]:
        """By queue, who has offers there and would not answer them."""
        taken = Handoff.objects.offered().order_by().values_list("queue_id", "rep_id").distinct()
        found: dict[int, list[int]] = defaultdict(list)
        for queue, rep in taken:
            if not self._sits(queue, rep):
                found[queue].append(rep)
        return found

    def lacks(self, handoff: Handoff) -> bool:
        """Nobody acts on it: who it is offered to is not there, nor anybody for its owner."""
        if handoff.state == Handoff.OFFERED:
            return not self._sits(handoff.queue_id, handoff.rep_id)
        if handoff.state != Handoff.ACCEPTED:
            return False
        owner, queue = handoff.lead.owner, handoff.queue_id
        leave = self.away.leave_of(handoff.lead.owner_id or handoff.rep_id, queue)
        if leave is not None and leave.accepted == Leave.ROUTE:
            return True
        return owner is not None and owner.pk in self.gone and not self.away.has_deputy(owner, queue)

    def _sits(self, queue: int | None, rep: int | None) -> bool:
        return (queue, rep) in self.seats and self.away.leave_of(rep, queue) is None


def follow_on(
    held: Handoff, queue: Queue | None, *, cause: str, by: User | None, reason: str, now: datetime
) -> Handoff:
    """End one handoff and open the next of its chain: same evidence, brief, trigger, clocks of the lane."""
    win(
        held, state=Handoff.RECALLED, end_cause=cause, reason=reason[:60], ended_at=now, ended_by=by,
        open_to_team=False,
    )  # fmt: skip
    new = Handoff.objects.create(
        lead=held.lead, lane=held.lane, queue=queue, waiting_because=Handoff.NOBODY, trigger=held.trigger,
        previous=held, handed_by=held.handed_by, opening_line=held.opening_line, note=held.note,
        evidence=held.evidence, confirmed=held.confirmed, created_at=now, route_at=now,
    )  # fmt: skip
    timers.pass_on(held, new)
    timers.cancel([held.pk], now=now)
    lifecycle.give_to(held.lead, None, by=by, now=now)
    telling.ended([held], now=now)
    return new
