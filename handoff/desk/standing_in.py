"""Whose turn it is while somebody is away: the deputy acts for the owner, and hands back at their return."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from handoff import whose_turn
from handoff.away import Away
from handoff.models import Handoff
from leads import lifecycle

BATCH = 100


def turns_due(*, now: datetime, limit: int = BATCH) -> list[int]:
    """Leads in hand whose next actor is not who acts now: leave began, ended, or somebody left."""
    return _wrong(_in_question(now), now=now)[:limit]


@transaction.atomic
def turn_over(lead_ids: Iterable[int], *, now: datetime) -> int:
    """The next actor of each of these becomes who acts now."""
    ids = list(lead_ids)
    lifecycle.lock(ids)
    wrong = _wrong(_in_question(now).filter(lead__in=ids), now=now)
    whose_turn.refresh(wrong, now=now)
    return len(wrong)


def _in_question(now: datetime) -> QuerySet[Handoff]:
    """The few accepted handoffs that somebody else may have to act on than they say."""
    held = Handoff.objects.filter(state=Handoff.ACCEPTED, ended_at=None)
    leaving = Q(lead__owner__is_active=False) | Q(lead__owner__ends_on__isnull=False)
    stood_in = ~Q(lead__next_actor=Coalesce("lead__owner", "rep")) | Q(lead__next_actor=None)
    return held.filter(leaving | stood_in | Away.read(now=now).on_leave()).order_by("pk")


def _wrong(held: QuerySet[Handoff], *, now: datetime) -> list[int]:
    rows = list(held.select_related("lead", "queue__team__lead"))
    away = Away.read(now=now, among=whose_turn.owners(rows))
    return [one.lead_id for one in rows if away.actor_of(one) != one.lead.next_actor_id]
