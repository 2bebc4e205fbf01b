"""`pull`: members take the next lead of their queue, and have it for ten minutes (PRODUCT 6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from handoff import news, release, routing, whose_turn
from handoff.desk.floor import Desk
from handoff.desk.handing_on import follow_on
from handoff.desk.offering import asked_of, offer_to
from handoff.desk.releasing import waiting_one
from handoff.models import Handoff, Queue
from handoff.refusals import DeskRefused, NotYours
from leads import lifecycle
from leads.models import Lead, User

RESERVED = timedelta(minutes=10)
EXPIRED = "expired"
BATCH = 100


def pull_queues_of(user: User) -> QuerySet[Queue]:
    """The queues from which this person takes."""
    return Queue.objects.filter(
        members__user=user, members__is_active=True, is_active=True, strategy=routing.PULL
    )


@transaction.atomic
def take_next(*, by: User, now: datetime, queue: Queue | None = None) -> Handoff | None:
    """The next lead for this person, offered to them alone; the one they hold already; or None.

    Hand-raisers first, then by readiness and waiting. Raises NotYours, and DeskRefused with what keeps them.
    """
    mine = [one for one in pull_queues_of(by) if queue in (None, one)]
    if not mine:
        raise NotYours
    held = Handoff.objects.offered().filter(rep=by, queue__in=mine, reserved_until__gt=now)
    if (first := held.order_by("reserved_until", "pk").first()) is not None:
        return first
    for pk, lead in _in_order(mine, now=now):
        if (taken := _take(pk, lead, by=by, now=now)) is not None:
            return taken
    return None


def _in_order(queues: list[Queue], *, now: datetime) -> list[tuple[int, int]]:
    """What waits there and is not held back, with its lead."""
    waiting = Handoff.objects.waiting().filter(queue__in=queues, waiting_because=Handoff.NOBODY)
    rows = {one.pk: one for one in waiting.select_related("lead__standing", "previous")}
    ordered = release.in_order([waiting_one(one) for one in rows.values()], now)
    return [(one.handoff, rows[one.handoff].lead_id) for one in ordered]


def _take(pk: int, lead: int, *, by: User, now: datetime) -> Handoff | None:
    """Nobody waits for a colleague who is just taking the same one: whoever comes second takes the next."""
    if not Lead.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=lead).exists():
        return None
    desk = Desk.opened(now=now)
    found = Handoff.objects.waiting().select_for_update(of=("self",)).filter(pk=pk)
    handoff = found.select_related("lead__company", "lead__campaign", "lead__standing", "previous").first()
    if handoff is None:
        return None
    [asked] = asked_of([handoff], desk, now=now)
    if asked.queue is None or not asked.has_room or by.pk not in desk.seats[asked.queue.pk]:
        return None
    candidates = desk.candidates(asked.queue, asked.lost)
    choice = routing.choose(asked.queue.strategy, candidates, preferred=asked.preferred, taken_by=by.pk)
    seat = desk.seats[asked.queue.pk][by.pk]
    if choice.winner is None:
        _insist_on_room(routing.excluded_because(seat.candidate(frozenset())))
        return None  # they had just this one before
    handoff.reserved_until = now + RESERVED
    offer_to(handoff, seat, desk, receipt=dict(choice.receipt) | {"queue": asked.queue.slug}, now=now)
    return handoff


def _insist_on_room(because: str | None) -> None:
    if because is not None:
        raise DeskRefused(because, "")


def reservations_due(*, now: datetime, limit: int = BATCH) -> list[int]:
    """Taken and not answered in time, longest first."""
    return list(_lapsed(now).order_by("reserved_until", "pk").values_list("pk", flat=True)[:limit])


@transaction.atomic
def end_reservations(handoff_ids: Iterable[int], *, now: datetime) -> int:
    """Each goes back to its queue, for anybody to take, also for who let it lapse."""
    mine = Handoff.objects.filter(pk__in=list(handoff_ids))
    lifecycle.hold(mine.values_list("lead_id", flat=True))
    held = list(_lapsed(now).filter(pk__in=mine).select_for_update(of=("self",)).select_related("lead"))
    new = [follow_on(one, one.queue, cause=EXPIRED, by=None, reason="", now=now) for one in held]
    news.waiting.announce(handoff_ids=[one.pk for one in new])
    whose_turn.refresh((one.lead_id for one in held), now=now)
    return len(held)


def _lapsed(now: datetime) -> QuerySet[Handoff]:
    return Handoff.objects.offered().filter(reserved_until__lte=now)
