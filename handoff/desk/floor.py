"""The desk as it stands at one moment: queues, members, loads, policies and hours, read once for a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Q

from handoff import clocks, routing
from handoff.away import openings
from handoff.models import Handoff, Policy, Queue, QueueMember
from handoff.values import values_of
from leads import business_time, rows
from leads.absence import Absences
from leads.models import Calendar, PlaybookSection, User
from leads.predicates import matches


@dataclass
class Seat:
    """A member of a queue with their load right now."""

    queue: Queue
    member: QueueMember
    is_at_work: bool
    is_on_leave: bool = False
    open: int = 0
    today: int = 0

    def candidate(self, lost: frozenset[int]) -> routing.Candidate:
        member = self.member
        return routing.Candidate(
            user=member.user_id,
            weight=member.weight,
            credit=member.credit,
            open=self.open,
            today=self.today,
            max_open=member.max_open,
            max_per_day=member.max_per_day,
            is_active=self.is_at_work,
            just_lost_it=member.user_id in lost,
            on_leave=self.is_on_leave,
        )

    def excluded(self, lost: frozenset[int]) -> bool:
        return routing.excluded_because(self.candidate(lost)) is not None


@dataclass
class Desk:
    """Queues by playbook order, locked so that two routers never spend the same credit."""

    queues: list[Queue]
    seats: dict[int, dict[int, Seat]]
    policies: dict[str, Policy]
    routes: Mapping[str, Any]
    sticky: timedelta
    used: Mapping[int, int]
    changed: set[int] = field(default_factory=set)

    @classmethod
    def opened(cls, *, now: datetime) -> Desk:
        """The desk, its queues locked; the caller is in a transaction and holds its leads already."""
        held = Queue.objects.select_for_update(no_key=True).filter(is_active=True)
        list(held.order_by("pk").values_list("pk"))
        return cls.read(now=now)

    @classmethod
    def read(cls, *, now: datetime) -> Desk:
        """The desk for looking only."""
        queues = list(
            Queue.objects.filter(is_active=True).select_related("team__calendar").order_by("position", "pk")
        )
        section = PlaybookSection.objects.current("routing")
        policies = {one.slug: one for one in Policy.objects.order_by("slug", "version")}
        seats = _seats(queues, openings(queues, policies, now=now), now=now)
        sticky = timedelta(days=section.get("sticky_days", 0))
        used = count_today(queues, seats, now=now)
        return cls(queues, seats, policies, section.get("lanes") or {}, sticky, used)

    def queue_of(self, handoff: Handoff) -> Queue | None:
        """The queue it was given to, while that is open and of its lane."""
        mine = (queue for queue in self.queues if queue.pk == handoff.queue_id)
        return next((queue for queue in mine if queue.lane == handoff.lane), None)

    def queue_for(self, lane: int, values: Mapping[str, Any]) -> Queue | None:
        """The queue of the first route that fits and is open, in the order of the playbook."""
        by_slug = {queue.slug: queue for queue in self.queues}
        for one in self.routes.get(str(lane), ()):
            if one["queue"] in by_slug and matches(one.get("when") or {}, values):
                return by_slug[one["queue"]]
        return next((queue for queue in self.queues if queue.lane == lane), None)

    def seat_of(self, user: int, lane: int, *, first: Queue | None = None) -> Seat | None:
        """Where this person works in the lane, in `first` if they do."""
        order = sorted(
            (q for q in self.queues if q.lane == lane),
            key=lambda q: (q.pk != (first.pk if first else 0), q.position),
        )
        seats = (self.seats[q.pk].get(user) for q in order)
        return next((seat for seat in seats if seat and seat.is_at_work), None)

    def deputy_of(self, user: int, lane: int) -> int | None:
        """Who stands in for a member of the lane while they are on leave."""
        seat = self.seat_of(user, lane)
        return seat.member.user.deputy_id if seat and seat.is_on_leave else None

    def candidates(self, queue: Queue, lost: frozenset[int]) -> list[routing.Candidate]:
        return [seat.candidate(lost) for seat in self.seats[queue.pk].values()]

    def named(self, seat: Seat, *, by: User, reason: str) -> dict[str, Any]:
        """The receipt of an offer to somebody whom a person named."""
        candidates = self.candidates(seat.queue, frozenset())
        receipt = routing.named(candidates, seat.member.user_id, by=by.pk, reason=reason)
        return receipt | {"queue": seat.queue.slug}

    def keep_credits(self, queue: Queue, credits: Mapping[int, float]) -> None:
        for user, credit in credits.items():
            member = self.seats[queue.pk][user].member
            if member.credit != credit:
                member.credit = credit
                self.changed.add(queue.pk)

    def save_credits(self) -> None:
        members = [seat.member for pk in self.changed for seat in self.seats[pk].values()]
        if members:
            rows.write(members, ["credit"])

    def calendar_of(self, handoff: Handoff) -> Calendar:
        assert handoff.queue is not None
        return handoff.queue.calendar_under(handoff.policy, handoff.rep)

    def hours_of(self, handoff: Handoff) -> business_time.Calendar:
        return self.calendar_of(handoff).hours

    def targets_for(self, handoff: Handoff) -> dict[str, Any]:
        """Minutes by clock of the first target that fits, frozen at the offer."""
        if handoff.policy is None:
            return {}
        hours = self.hours_of(handoff)
        return clocks.targets_of(handoff.policy.body, values_of(handoff), hours.day_minutes)


def _seats(
    queues: list[Queue], opened: Mapping[int, datetime], *, now: datetime
) -> dict[int, dict[int, Seat]]:
    """`opened`: whoever is on leave or gone when the clock would start to run gets no offer."""
    seats: dict[int, dict[int, Seat]] = {queue.pk: {} for queue in queues}
    by_pk, absences = {queue.pk: queue for queue in queues}, Absences.read(now=now)
    members = QueueMember.objects.filter(queue__in=queues).select_related("user").order_by("position", "pk")
    for member in members:
        user, opening = member.user, opened[member.queue_id]
        is_at_work = member.is_active and user.works_here(now)
        is_on_leave = absences.at(user.pk, opening) is not None
        seats[member.queue_id][user.pk] = Seat(by_pk[member.queue_id], member, is_at_work, is_on_leave)
    held = Handoff.objects.filter(
        queue__in=queues, state__in=(Handoff.OFFERED, Handoff.ACCEPTED), ended_at=None
    )
    for queue, rep, count in held.values_list("queue", "rep").annotate(n=Count("pk")).order_by():
        if rep in seats[queue]:
            seats[queue][rep].open = count
    return seats


def count_today(queues: list[Queue], seats: dict[int, dict[int, Seat]], *, now: datetime) -> dict[int, int]:
    """Offers since midnight in the zone of the queue's team: of each member into their seat, of each queue
    as the answer. A lead that goes from hand to hand uses up the queue's day once."""
    begins, used = {queue.pk: _midnight(queue, now) for queue in queues}, dict.fromkeys(seats, 0)
    if not begins:
        return used
    today = reduce(or_, (Q(queue=pk, offered_at__gte=since) for pk, since in begins.items()))
    rows = Handoff.objects.filter(today).values_list("queue", "rep").order_by()
    for queue, rep, offers, first in rows.annotate(
        offers=Count("pk"), first=Count("pk", filter=Q(previous__offered_at=None))
    ):
        used[queue] += first
        if rep in seats[queue]:
            seats[queue][rep].today = offers
    return used


def _midnight(queue: Queue, now: datetime) -> datetime:
    local = now.astimezone(queue.team.calendar.hours.timezone)
    return datetime.combine(local.date(), time(), local.tzinfo)
