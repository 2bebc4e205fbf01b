"""Due times that run past the last year whose holidays a calendar holds: they may come too early."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

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
    found = (_past(calendar) for calendar in Calendar.objects.order_by("slug"))
    return [one for one in found if one is not None and one.count]


def _past(calendar: Calendar) -> Past | None:
    until = calendars.published_until(calendar)
    if until is None:
        return None
    after = datetime.combine(until + timedelta(days=1), time(), calendar.hours.timezone)
    live = Clock.objects.filter(state__in=(Clock.RUNNING, Clock.PAUSED), ended_at=None, due_at__gte=after)
    return Past(calendar, until, live.filter(calendar=calendar).count())
