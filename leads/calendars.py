"""The door of working calendars: an edit is a new version, and whoever counts by it hears of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import holidays
from django.db import transaction

from leads import business_time, news
from leads.calendar_definition import DefinitionError, country_codes
from leads.models import Calendar, CalendarVersion, Holiday, User

YEARS_BACK, YEARS_AHEAD = 2, 5


class CalendarRefused(Exception):
    """A definition that cannot be worked by: every error found."""

    def __init__(self, errors: Sequence[DefinitionError]) -> None:
        self.errors = list(errors)
        super().__init__("; ".join(str(error) for error in errors))


@transaction.atomic
def save(slug: str, body: Mapping[str, Any], *, by: User | None, now: datetime) -> Calendar:
    """Create a calendar or change what it says; the same again changes nothing. Raises CalendarRefused."""
    refuse_unknown_countries(body)
    calendar = Calendar.objects.select_for_update().filter(slug=slug).first()
    if calendar is not None and calendar.body == dict(body):
        return calendar
    if calendar is None:
        calendar = Calendar.objects.create(slug=slug, body=dict(body), version=1)
    else:
        left = set(country_codes(calendar.body)) - set(country_codes(body))
        calendar.body = dict(body)
        calendar.version += 1
        calendar.save(update_fields=["body", "version"])
        if left:
            calendar.holidays.all().delete()  # those of countries that stay are copied again
    CalendarVersion.objects.create(
        calendar=calendar, version=calendar.version, body=calendar.body, recorded_at=now, recorded_by=by
    )
    copy_holidays(calendar, now=now)
    news.calendar_changed.announce(calendar=calendar, now=now)
    return calendar


def refuse_unknown_countries(body: Mapping[str, Any]) -> None:
    """What the rules find wrong, and countries whose holidays nobody knows."""
    errors = business_time.check_definition(body)
    if not errors:
        known = holidays.list_supported_countries()
        errors = [
            DefinitionError("unknown_country", ("holidays",), value=code)
            for code in country_codes(body)
            if code not in known
        ]
    if errors:
        raise CalendarRefused(errors)


def copy_holidays(calendar: Calendar, *, now: datetime) -> None:
    """National holidays become rows of the calendar, so that no library update moves a deadline.

    Days copied before stay as they are.
    """
    wanted: dict[date, str] = {}
    for code in country_codes(calendar.body):
        wanted |= national(code, range(now.year - YEARS_BACK, now.year + YEARS_AHEAD + 1))
    Holiday.objects.bulk_create(
        [Holiday(calendar=calendar, on=day, label=label[:120]) for day, label in sorted(wanted.items())],
        ignore_conflicts=True,
    )


def published_until(calendar: Calendar) -> date | None:
    """The last day whose holidays the calendar holds: the end of its last copied or listed year.

    None where no holidays are kept at all: there is nothing that could be missing.
    """
    said = calendar.body.get("holidays") or []
    listed = [one for one in ([said] if isinstance(said, str) else said) if str(one)[:4].isdigit()]
    years = [date.fromisoformat(str(one)).year for one in listed]
    if country_codes(calendar.body):
        years = [day.year for day in calendar.holidays.order_by("-on").values_list("on", flat=True)[:1]]
    return date(max(years), 12, 31) if years else None


def national(code: str, years: range) -> dict[date, str]:
    """The public holidays of a country, with their names in its own language."""
    own = holidays.country_holidays(code).default_language  # else the names are in the server's language
    found = holidays.country_holidays(code, years=years, language=own)
    return {day: str(found[day]) for day in found}
