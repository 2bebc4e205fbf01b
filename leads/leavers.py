"""Whoever leaves the company: what they had in hand on this floor goes to who works here (PRODUCT 11).

Their handoffs are the desk's, which asks the same question; see docs/decisions/0100 for all that they had.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from leads import companies, lifecycle, opportunities, roles, stages
from leads.models import Company, Involvement, Lead, Meeting, Opportunity, Task, User

PEOPLE = 5  # at once; of each so many leads, and few of what is told one by one
LEADS, FEW = 1000, 100


def gone(*, now: datetime) -> list[User]:
    """Who was let go, or is past their last day, each with their deputy."""
    leaving = User.objects.filter(Q(is_active=False) | Q(ends_on__isnull=False))
    return [one for one in leaving.prefetch_related("deputy").order_by("pk") if not one.works_here(now)]


def due(*, now: datetime, limit: int = PEOPLE) -> list[int]:
    """People who left and have something in hand still; while nobody works here it stays with them."""
    left = [one.pk for one in gone(now=now)]
    holding = {pk for rows, whose in _held(left) for pk in rows.values_list(whose, flat=True).distinct()}
    return sorted(holding)[:limit] if holding and _at_work(now=now) else []


@transaction.atomic
def settle(user_ids: Iterable[int], *, now: datetime) -> int:
    """Give what these people had to others, a batch of each kind; returns how many of them had left."""
    wanted, here = set(user_ids), _at_work(now=now)
    left = [one for one in gone(now=now) if one.pk in wanted] if here else []
    list(_accounts().select_for_update().filter(owner__in=left).order_by("pk").values_list("pk"))
    leads = lifecycle.lock(_leads(left))
    for one in left:
        heir = _heir(one, here)
        _hand_over_accounts(one, heir, now=now)
        _hand_over_opportunities(one, heir, now=now)
        _hand_over_tasks(one, heir, here)
        _hand_over_meetings(one, heir)
        _hand_over_nurtured(one, leads.values(), here, now=now)
        _supporting().filter(user=one).delete()
    return len(left)


def _at_work(*, now: datetime) -> list[User]:
    active = User.objects.filter(is_active=True).order_by("pk")
    return [one for one in active if one.works_here(now)]


def _heir(user: User, here: list[User]) -> User:
    """Who takes on what cannot be without a person: their deputy, else the lead of a team of theirs, else
    who manages their side, else whoever works there, else whoever works here."""
    side = [one for one in here if one.side == user.side]
    leads = [team.lead for team in user.teams.select_related("lead").order_by("pk")]
    managers = [one for one in side if one.is_manager]
    return next(one for one in (user.deputy, *leads, *managers, *side, *here) if one in here)


def _deputy(user: User, here: list[User]) -> User | None:
    return user.deputy if user.deputy in here else None


# ── what somebody may have in hand ───────────────────────────────────────────


def _held(left: list[int]) -> list[tuple[QuerySet[Any], str]]:
    """Rows that wait for somebody who left, and the field that says for whom."""
    rows = (
        (_nurtured(), "owner"), (_proposing(), "owner"), (_accounts(), "owner"), (_tasks(), "assignee"),
        (_tasks_of_owners(), "lead__owner"), (_booked(), "user"), (_supporting(), "user"),
    )  # fmt: skip
    return [(found.filter(**{f"{whose}__in": left}), whose) for found, whose in rows] if left else []


def _nurtured() -> QuerySet[Lead]:
    """Whoever owns a lead before sales has accepted it follows up what they sent back, or brought it."""
    return Lead.objects.filter(stage__in=(stages.LEAD, stages.MAL, stages.MQL), merged_into=None)


def _proposing() -> QuerySet[Opportunity]:
    return Opportunity.objects.filter(outcome=None)


def _accounts() -> QuerySet[Company]:
    return Company.objects.all()


def _tasks() -> QuerySet[Task]:
    return Task.objects.filter(done_at=None)


def _tasks_of_owners() -> QuerySet[Task]:
    """Tasks of sales that name nobody: the lead's owner is asked."""
    return _tasks().filter(assignee=None, side=roles.SALES)


def _booked() -> QuerySet[Any]:
    """Who goes to meetings that are to come, or of which nobody has said what became of them."""
    return Meeting.ours.through.objects.filter(meeting__state=Meeting.BOOKED)


def _supporting() -> QuerySet[Involvement]:
    return Involvement.objects.filter(kind=Involvement.SUPPORTER)


def _leads(left: list[User]) -> list[int]:
    """What is changed below: the lock comes before every row that belongs to a lead."""
    found: list[int] = []
    for one in left:
        found += _nurtured().filter(owner=one).order_by("pk").values_list("pk", flat=True)[:LEADS]
        found += _proposing().filter(owner=one).order_by("lead").values_list("lead", flat=True)[:FEW]
    return found


# ── to whom it goes ──────────────────────────────────────────────────────────


def _hand_over_accounts(user: User, heir: User, *, now: datetime) -> None:
    shelf = companies.Stored(by=None, now=now)
    for company in _accounts().filter(owner=user).order_by("pk")[:FEW]:
        company.owner = heir
        shelf.change(company, [("owner", user.pk, heir.pk)])


def _hand_over_opportunities(user: User, heir: User, *, now: datetime) -> None:
    for one in _proposing().filter(owner=user).order_by("lead")[:FEW]:
        opportunities.change(one, by=None, now=now, owner=heir)


def _hand_over_tasks(user: User, heir: User, here: list[User]) -> None:
    """What one person of marketing was asked, all of marketing is asked; sales' tasks are one person's."""
    theirs = _tasks().filter(assignee=user)
    theirs.filter(side=roles.MARKETING).update(assignee=_deputy(user, here))
    theirs.update(assignee=heir)
    _tasks_of_owners().filter(lead__owner=user).update(assignee=heir)


def _hand_over_meetings(user: User, heir: User) -> None:
    for seat in _booked().filter(user=user).select_related("meeting"):
        seat.meeting.ours.add(heir)
        seat.delete()


def _hand_over_nurtured(user: User, held: Iterable[Lead], here: list[User], *, now: datetime) -> None:
    """Their deputy follows up in their place; without one marketing does, as of any lead without an owner.

    What is offered by now is its rep's: whoever accepts it will own it (docs/decisions/0012).
    """
    mine = [lead for lead in held if lead.owner_id == user.pk and lead.stage != stages.OPPORTUNITY]
    nurtured = [lead for lead in mine if lead.stage != stages.MQL]
    lifecycle.hand_on(nurtured, _deputy(user, here), now=now)
    lifecycle.hand_on([lead for lead in mine if lead not in nurtured], None, now=now)
