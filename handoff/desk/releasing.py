"""`release_per_day` at work: whom a queue's day has room for, and what marketing may still hand over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from handoff import release
from handoff.desk.floor import Desk, count_today
from handoff.models import Handoff, Queue
from scoring.readiness import HAND_RAISER


def room(queue: Queue, asked: Iterable[Handoff], desk: Desk, *, now: datetime) -> frozenset[int]:
    """Which handoffs the day still takes: those `asked` for and all that wait in the queue are ranked."""
    here = {one.pk: one for one in asked}
    others = Handoff.objects.waiting().filter(queue=queue, route_at__lte=now).exclude(pk__in=here)
    others = others.select_related("lead__standing", "previous")
    waiting = [waiting_one(one) for one in (*here.values(), *others)]
    return release.chosen(waiting, limit=queue.release_per_day or 0, used=desk.used[queue.pk], now=now)


def passes(handoff: Handoff) -> bool:
    """Hand-raisers always, what was offered once already, and what a manager let pass."""
    before = handoff.previous
    was_offered = before is not None and before.offered_at is not None
    return handoff.trigger == HAND_RAISER or was_offered or handoff.released_by_id is not None


def waiting_one(one: Handoff) -> release.Waiting:
    """A waiting handoff as the rules of release see it; its lead's standing and `previous` are read."""
    return release.Waiting(one.pk, one.lead.standing.readiness, one.created_at, passes(one))


@dataclass(frozen=True)
class Day:
    """What a queue with a limit took today, and what waits for its next day."""

    queue: Queue
    limit: int
    used: int
    waiting: int

    @property
    def left(self) -> int:
        return max(self.limit - self.used, 0)


def days(*, now: datetime, lane: int | None = None) -> list[Day]:
    """Every queue with a limit, in playbook order."""
    limited = Queue.objects.filter(is_active=True, release_per_day__isnull=False)
    queues = list(limited.select_related("team__calendar").order_by("position", "pk"))
    queues = [one for one in queues if lane in (None, one.lane)]
    used = count_today(queues, {one.pk: {} for one in queues}, now=now)
    held = Handoff.objects.waiting().filter(queue__in=queues, waiting_because=Handoff.CAPACITY)
    waiting = Counter(held.values_list("queue", flat=True)) if queues else Counter()
    return [Day(one, one.release_per_day or 0, used[one.pk], waiting[one.pk]) for one in queues]
