"""Whose turn it is while somebody is away: the deputy acts for the owner, and hands back at their return."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from handoff import whose_turn
from handoff.away import Away
from handoff.desk.opening import WORKED_ON
from handoff.models import Handoff
from leads import leavers, lifecycle

BATCH = 100
LEADER = "queue__team__lead"


def turns_due(*, now: datetime, limit: int = BATCH) -> list[int]:
    """Leads in hand whose next actor is not who acts now: leave began, ended, or somebody left; and those
    on their way to somebody else that still name an owner who left."""
    wrong = _wrong(_in_question(now), now=now) + _on_their_way(Handoff.objects.all(), now=now)
    return list(dict.fromkeys(wrong))[:limit]


@transaction.atomic
def turn_over(lead_ids: Iterable[int], *, now: datetime) -> int:
    """The next actor of each of these becomes who acts now; its owner, whoever accepts it."""
    ids = list(lead_ids)
    locked = lifecycle.lock(ids)
    left = _on_their_way(Handoff.objects.filter(lead__in=ids), now=now)
    lifecycle.hand_on([locked[pk] for pk in left], None, now=now)
    wrong = _wrong(_in_question(now).filter(lead__in=ids), now=now)
    whose_turn.refresh(wrong, now=now)
    return len({*left, *wrong})


def _on_their_way(handoffs: QuerySet[Handoff], *, now: datetime) -> list[int]:
    """Passed on to the next lane by somebody who left since: nobody's until accepted (decision 0012)."""
    gone = leavers.gone(now=now)
    asked = Q(state__in=(Handoff.WAITING, Handoff.OFFERED), ended_at=None, lead__owner__in=gone)
    found = handoffs.filter(asked, lead__stage__in=WORKED_ON) if gone else handoffs.none()
    return list(found.order_by("pk").values_list("lead", flat=True))


def _in_question(now: datetime) -> QuerySet[Handoff]:
    """The few handoffs that somebody else may have to act on than their lead says."""
    away = Away.read(now=now)
    accepted = Q(state=Handoff.ACCEPTED) & (_stood_in_for("lead__owner", "rep") | away.on_leave())
    given_up = Q(state=Handoff.OFFERED, routing__has_key=whose_turn.KEPT)
    led = _stood_in_for(LEADER, LEADER) | Q(**{f"{LEADER}__in": list(away.absences.of)})
    looked_after = (Q(state=Handoff.WAITING) | given_up) & Q(**{f"{LEADER}__isnull": False}) & led
    return Handoff.objects.filter(accepted | looked_after, ended_at=None).order_by("pk")


def _stood_in_for(whose: str, otherwise: str) -> Q:
    """It is not the turn of this person, or they are leaving."""
    leaving = Q(**{f"{whose}__is_active": False}) | Q(**{f"{whose}__ends_on__isnull": False})
    return leaving | ~Q(lead__next_actor=Coalesce(whose, otherwise)) | Q(lead__next_actor=None)


def _wrong(held: QuerySet[Handoff], *, now: datetime) -> list[int]:
    rows = list(held.select_related("lead", "queue__team__lead__deputy"))
    if not rows:
        return []
    away = Away.read(now=now, among=whose_turn.owners(rows))
    return [one.lead_id for one in rows if whose_turn.actor_of(one, away) != one.lead.next_actor_id]
