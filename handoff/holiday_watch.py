"""Due times that run past the last year whose holidays a calendar holds: they may come too early."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q

from handoff.models import Clock
from leads import calendars, roles
from leads.models import Calendar, User


@dataclass(frozen=True)
class Past:
    """So many clocks of a calendar are due after the end of its last year of holidays."""

    calendar: Calendar
    until: date
    count: int


def past_holidays(user: User, *, now: datetime) -> list[Past]:
    """For whoever may change a calendar; nobody else could do anything about it."""
    if not user.has_role(roles.MANAGER, roles.ADMIN):
        return []
    return past(calendars.with_last_holiday())


def past(found: Iterable[Calendar]) -> list[Past]:
    """Of these calendars those with clocks that run past their holidays; one statement for all."""
    until = {one.pk: (one, day) for one in found if (day := calendars.published_until(one))}
    if not until:
        return []
    live = Clock.objects.filter(state__in=(Clock.RUNNING, Clock.PAUSED), ended_at=None)
    counts = live.aggregate(**{
        f"of_{pk}": Count("pk", filter=Q(calendar=pk, due_at__gte=_after(one, day)))
        for pk, (one, day) in until.items()
    })  # fmt: skip
    return [Past(one, day, count) for pk, (one, day) in until.items() if (count := counts[f"of_{pk}"])]


def _after(calendar: Calendar, day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), calendar.hours.timezone)
