"""Who is away from the work of a queue, and who acts for them meanwhile (PRODUCT 6, 11).

Somebody is away when they are on leave at the moment the queue's clocks run next: over a weekend it is the
Monday that counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Self

from django.db.models import Q

from handoff.models import Handoff, Policy, Queue
from leads import business_time
from leads.absence import Absences
from leads.models import User
from leads.models.people import Leave


def openings(
    queues: Iterable[Queue], policies: Mapping[str, Policy], *, now: datetime
) -> dict[int, datetime]:
    """When the clock of an offer of each queue would start to run."""
    return {one.pk: _opening(one.hours_under(policies.get(one.policy_slug)), now) for one in queues}


def _opening(hours: business_time.Calendar, now: datetime) -> datetime:
    try:
        return hours.next_open(now)
    except business_time.NeverOpen:
        return now


def in_hand_of(people: Collection[int]) -> list[Handoff]:
    """What these have accepted: the leads they own, and of leads without an owner what they took on."""
    if not people:
        return []
    accepted = Handoff.objects.accepted().select_related("lead__owner__deputy", "queue__team__lead__deputy")
    owned = accepted.filter(lead__owner__in=people).order_by("pk")
    return [*owned, *accepted.filter(lead__owner=None, rep__in=people).order_by("pk")]


@dataclass(frozen=True)
class Away:
    """Leave by queue; `gone` are people of whom we know that they do not work here any more."""

    now: datetime
    absences: Absences
    openings: Mapping[int, datetime]
    gone: Mapping[int, User]

    @classmethod
    def read(cls, *, now: datetime, among: Iterable[int] = ()) -> Self:
        """`among`: the people to be asked whether they still work here."""
        absences, opened = Absences.read(now=now), {}
        if absences.of:
            queues = Queue.objects.select_related("team__calendar")
            policies = {one.slug: one for one in Policy.objects.order_by("slug", "version")}
            opened = openings(queues, policies, now=now)
        leaving = User.objects.filter(Q(is_active=False) | Q(ends_on__isnull=False), pk__in=set(among))
        gone = {one.pk: one for one in leaving.prefetch_related("deputy") if not one.works_here(now)}
        return cls(now, absences, opened, gone)

    def leave_of(self, user: int | None, queue: int | None) -> Leave | None:
        return self.absences.at(user, self.openings.get(queue or 0, self.now))

    def actor_of(self, handoff: Handoff) -> int | None:
        """Who acts on an accepted handoff: its owner; while they are away their deputy, else the lead
        of the team."""
        owner = handoff.lead.owner_id or handoff.rep_id
        user = self._missing(owner, handoff.queue_id)
        if user is None:
            return owner
        lead = handoff.queue.team.lead if handoff.queue else None
        helpers = (one for one in (user.deputy, lead) if one and self.can_act(one, handoff.queue_id))
        return next((one.pk for one in helpers), owner)

    def head_of(self, queue: Queue | None) -> int | None:
        """Who looks after what nobody in the queue has: the lead of its team; while they are away their
        deputy, and where they left without one, who manages that side."""
        team = queue.team if queue else None
        if queue is None or team is None or team.lead is None or self.can_act(team.lead, queue.pk):
            return team.lead_id if team else None
        if self.has_deputy(team.lead, queue.pk):
            return team.lead.deputy_id
        if team.lead.works_here(self.now):
            return team.lead_id
        return next((one.pk for one in self._managers if one.side == team.side), None)

    @cached_property
    def _managers(self) -> list[User]:
        """Asked only where a team has lost its lead."""
        active = User.objects.filter(is_active=True).order_by("pk")
        return [one for one in active if one.is_manager and one.works_here(self.now)]

    def has_deputy(self, user: User, queue: int | None) -> bool:
        return user.deputy is not None and self.can_act(user.deputy, queue)

    def _missing(self, user: int | None, queue: int | None) -> User | None:
        leave = self.leave_of(user, queue)
        return leave.user if leave else self.gone.get(user or 0)

    def can_act(self, user: User, queue: int | None) -> bool:
        """They work here, and are not on leave when the queue's clocks run next."""
        return user.works_here(self.now) and self.leave_of(user.pk, queue) is None
