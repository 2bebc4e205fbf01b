"""Whose turn it is while somebody is away: the deputy acts for the owner, and hands back at their return."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import F, Q, QuerySet

from handoff import whose_turn
from handoff.away import Away, in_hand_of
from handoff.desk.opening import WORKED_ON
from handoff.models import Handoff, Queue
from leads import leavers, lifecycle
from leads.models import Lead, User

BATCH = 100


def turns_due(*, now: datetime, limit: int = BATCH) -> list[int]:
    """Leads in hand whose next actor is not who acts now: leave began, ended, or somebody left; and those
    on their way to somebody else that still name an owner who left."""
    away = Away.read(now=now)
    leaving = User.objects.filter(Q(is_active=False) | Q(ends_on__isnull=False)).values_list("pk", flat=True)
    asked = in_hand_of({*away.absences.of, *leaving})
    stood_in_for = Handoff.objects.accepted().filter(lead__in=Lead.objects.stood_in_for())
    asked += stood_in_for.select_related("lead", "queue__team__lead__deputy").order_by("pk")
    wrong = _wrong(asked, now=now) + _not_looked_after(away, limit)
    return list(dict.fromkeys(wrong + _on_their_way(Handoff.objects.all(), now=now)))[:limit]


@transaction.atomic
def turn_over(lead_ids: Iterable[int], *, now: datetime) -> int:
    """The next actor of each of these becomes who acts now; its owner, whoever accepts it."""
    ids = list(lead_ids)
    locked = lifecycle.lock(ids)
    left = _on_their_way(Handoff.objects.filter(lead__in=ids), now=now)
    lifecycle.hand_on([locked[pk] for pk in left], None, now=now)
    held = Handoff.objects.open().filter(lead__in=ids).select_related("lead", "queue__team__lead__deputy")
    wrong = _wrong(list(held.order_by("pk")), now=now)
    whose_turn.refresh(wrong, now=now)
    return len({*left, *wrong})


def _wrong(handoffs: Sequence[Handoff], *, now: datetime) -> list[int]:
    if not handoffs:
        return []
    away = Away.read(now=now, among=whose_turn.owners(handoffs))
    return [one.lead_id for one in handoffs if whose_turn.actor_of(one, away) != one.lead.next_actor_id]


def _not_looked_after(away: Away, limit: int) -> list[int]:
    """What waits in a queue, or was given up by its ladder, and is not the turn of who leads the team."""
    queues = Queue.objects.filter(team__lead__isnull=False).select_related("team__lead__deputy")
    heads = {one.pk: away.head_of(one) for one in queues}
    given_up = Handoff.objects.offered().filter(open_to_team=True, routing__has_key=whose_turn.KEPT)
    found: list[int] = []
    # With nobody to look after it, what was given up is its rep's still, and what waits is nobody's.
    for some, otherwise in ((Handoff.objects.waiting(), None), (given_up, F("rep"))):
        wrong = [Q(queue=pk) & ~Q(lead__next_actor=head or otherwise) for pk, head in heads.items()]
        rows = some.filter(reduce(or_, wrong)) if wrong else some.none()
        found += rows.order_by("pk").values_list("lead", flat=True)[:limit]
    return found


def _on_their_way(handoffs: QuerySet[Handoff], *, now: datetime) -> list[int]:
    """Passed on to the next lane by somebody who left since: nobody's until accepted (decision 0012)."""
    gone = leavers.gone(now=now)
    asked = Q(state__in=(Handoff.WAITING, Handoff.OFFERED), ended_at=None, lead__owner__in=gone)
    found = handoffs.filter(asked, lead__stage__in=WORKED_ON) if gone else handoffs.none()
    return list(found.order_by("pk").values_list("lead", flat=True))
