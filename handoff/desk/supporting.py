"""Supporters (支援者): they see a lead, log what they do for it and are told; they never hold a clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from handoff import telling
from handoff.desk.further import further
from handoff.desk.permissions import insist
from handoff.models import Handoff
from handoff.refusals import DeskRefused
from leads import lifecycle
from leads.models import Involvement, Lead, User


@transaction.atomic
def add_supporter(lead: Lead, *, user: User, by: User, now: datetime) -> None:
    """Its owner or their manager asks somebody to help. The same one twice is one. Raises DeskRefused."""
    held = _hold(lead, by)
    if user.pk == held.owner_id:
        raise DeskRefused("owns_it", "user")
    if not user.works_here(now):
        raise DeskRefused("does_not_work_here", "user")
    telling.supports(stay(held, [user], now=now), by=by, now=now)


@transaction.atomic
def remove_supporter(lead: Lead, *, user: User, by: User, now: datetime) -> None:
    """Who handled the lead before goes on seeing it."""
    held = _hold(lead, by)
    Involvement.objects.filter(lead=held, user=user, kind=Involvement.SUPPORTER).delete()


def stay(lead: Lead, users: Iterable[User | None], *, now: datetime) -> list[Involvement]:
    """These people support the lead from now on; returns those who did not before."""
    found = [
        Involvement.objects.get_or_create(
            lead=lead, user=user, kind=Involvement.SUPPORTER, defaults={"since": now}
        )
        for user in users
        if user is not None
    ]
    return [one for one, is_new in found if is_new]


def supporters_of(lead: Lead) -> list[User]:
    """Longest at it first."""
    rows = Involvement.objects.filter(lead=lead, kind=Involvement.SUPPORTER).select_related("user")
    return [one.user for one in rows.order_by("since", "pk")]


def audience(lead: Lead, *, but: User | None = None) -> list[User]:
    """Who is told what happens to a lead: its owner and its supporters, not whoever did it."""
    people = [lead.owner, *supporters_of(lead)]
    return list(dict.fromkeys(one for one in people if one is not None and one != but))


def _hold(lead: Lead, by: User) -> Lead:
    held = lifecycle.lock([lead.pk])[lead.pk]
    open_one = Handoff.objects.open().filter(lead=held).select_related("queue__team").first()
    insist(further(by, held, open_one).support)
    return held
