"""Quiet at night: notices of a ladder wait for the recipient's working time (PRODUCT 6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from leads import business_time
from leads.models import Calendar, Team

AFTER_OPENING = timedelta(minutes=5)  # what gathered over night comes as one, at 9:05


def moments(
    user_ids: Iterable[int], *, now: datetime, settle: timedelta = timedelta()
) -> dict[int, datetime]:
    """When each of these people may be told: now (or after `settle`), else soon after their next opening."""
    hours = hours_of(user_ids)
    return {user: _moment(mine, now=now, settle=settle) for user, mine in hours.items()}


def hours_of(user_ids: Iterable[int]) -> dict[int, business_time.Calendar | None]:
    """Hours of the team somebody works in, else of the one they lead, else of the house; four queries."""
    ids = set(user_ids)
    found: dict[int, business_time.Calendar | None] = {}
    works_in = Team.objects.filter(members__in=ids).order_by("pk").values_list("members", "calendar")
    leads = Team.objects.filter(lead__in=ids).order_by("pk").values_list("lead", "calendar")
    of: dict[int, int] = {}
    for user, calendar in [*works_in, *leads]:
        if user in ids:
            of.setdefault(user, calendar)
    calendars = Calendar.objects.filter(Q(pk__in=set(of.values()))).in_bulk() if of else {}
    house = Calendar.of_the_house() if ids - of.keys() else None
    for user in ids:
        mine = calendars.get(of.get(user, 0)) or house
        found[user] = mine.hours if mine else None
    return found


def _moment(hours: business_time.Calendar | None, *, now: datetime, settle: timedelta) -> datetime:
    if hours is None or hours.is_open(now):
        return now + settle
    try:
        return hours.next_open(now) + AFTER_OPENING
    except business_time.NeverOpen:
        return now + settle
