"""The doors of leave: entered by whoever goes, or their manager, and taken back (PRODUCT 11).

What becomes of their leads when it begins is found by the sweep; where it has begun already, at once.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from handoff.desk.handing_on import left_behind, recall_left
from handoff.desk.permissions import insist
from handoff.desk.standing_in import turn_over, turns_due
from handoff.models import Queue
from handoff.refusals import DeskRefused
from leads import roles
from leads.models import Team, User
from leads.models.people import Leave

FAR = timedelta(days=3653)


def may_enter(by: User, user: User) -> bool:
    """One's own, that of a person in one's teams, and an administrator everybody's."""
    return by == user or people_of(by).filter(pk=user.pk).exists()


def people_of(by: User) -> QuerySet[User]:
    """Whose leave `by` may enter; oneself is among them."""
    here = User.objects.filter(is_active=True)
    if by.has_role(roles.ADMIN):
        return here
    mine = Q(pk=by.pk)
    if by.is_manager:
        teams = [team for team in Team.objects.all() if by.may_manage(team)]
        queues = Queue.objects.filter(team__in=teams, is_active=True)
        seated = User.objects.filter(memberships__queue__in=queues, memberships__is_active=True)
        mine |= Q(teams__in=teams) | Q(pk__in=seated.values("pk"))
    return here.filter(mine).distinct()


def leaves_of(by: User, *, now: datetime) -> QuerySet[Leave]:
    """Leave that is not over, of oneself and of whom one manages, in order of its beginning."""
    found = Leave.objects.filter(cancelled_at=None, user__in=people_of(by).values("pk"))
    found = found.filter(ends_on__gte=now.date() - timedelta(days=1))
    return found.select_related("user__deputy", "created_by").order_by("starts_on", "pk")


@transaction.atomic
def take_leave(
    user: User, *, starts_on: date, ends_on: date, by: User, now: datetime, accepted: str = Leave.DEPUTY
) -> Leave:
    """Days away, both included. Raises NotYours, DeskRefused."""
    insist(may_enter(by, user))
    held = User.objects.select_for_update(of=("self",)).get(pk=user.pk)  # two forms at once
    _insist_on_days(held, starts_on, ends_on, now=now)
    if accepted not in (Leave.DEPUTY, Leave.ROUTE):
        raise DeskRefused("unknown_choice", "accepted", value=accepted)
    leave = Leave.objects.create(
        user=held, starts_on=starts_on, ends_on=ends_on, accepted=accepted, created_at=now, created_by=by
    )
    _take_effect(now=now)
    return leave


@transaction.atomic
def cancel_leave(leave: Leave, *, by: User, now: datetime) -> Leave:
    """It does not take place, or ends early; what was given to others in the meantime stays with them."""
    insist(may_enter(by, leave.user))
    held = Leave.objects.select_for_update(of=("self",)).select_related("user").get(pk=leave.pk)
    if held.cancelled_at is not None:
        raise DeskRefused("leave_cancelled", "")
    if held.ends_on < held.user.today(now):
        raise DeskRefused("leave_over", "")
    held.cancelled_at = now
    held.save(update_fields=["cancelled_at"])
    _take_effect(now=now)
    return held


def _insist_on_days(user: User, starts_on: date, ends_on: date, *, now: datetime) -> None:
    today = user.today(now)
    if ends_on < starts_on:
        raise DeskRefused("ends_before", "ends_on")
    if ends_on < today:
        raise DeskRefused("leave_over", "ends_on")
    if ends_on > today + FAR:
        raise DeskRefused("too_far", "ends_on")
    others = Leave.objects.filter(
        user=user, cancelled_at=None, starts_on__lte=ends_on, ends_on__gte=starts_on
    )
    if others.exists():
        raise DeskRefused("leave_overlaps", "starts_on")


def _take_effect(*, now: datetime) -> None:
    recall_left(left_behind(now=now), now=now)
    turn_over(turns_due(now=now), now=now)
