"""The door of working calendars: an edit is a new version, and whoever counts by it hears of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import holidays
from django.db import transaction
from django.db.models import Max, QuerySet

from leads import business_time, news
from leads.calendar_definition import DefinitionError, country_codes
from leads.models import Calendar, CalendarVersion, Holiday, User

YEARS_BACK, YEARS_AHEAD = 2, 5
LONGEST_LABEL = 120


class CalendarRefused(Exception):
    """A definition that cannot be worked by: every error found."""

    def __init__(self, errors: Sequence[DefinitionError]) -> None:
        self.errors = list(errors)
        super().__init__("; ".join(str(error) for error in errors))


class CalendarChanged(Exception):
    """Somebody else changed it after it was seen: `edit` is the version now, with who and when."""

    def __init__(self, edit: CalendarVersion | None) -> None:
        self.edit = edit
        super().__init__("calendar changed")


@transaction.atomic
def save(
    slug: str, body: Mapping[str, Any], *, by: User | None, now: datetime, seen: int | None = None
) -> Calendar:
    """Create a calendar or change what it says; the same again changes nothing.

    `seen` is the version somebody looked at. Raises CalendarRefused, CalendarChanged.
    """
    refuse_unknown_countries(body)
    calendar = _held(slug, seen)
    if calendar is not None and calendar.body == dict(body):
        return calendar
    if calendar is None:
        calendar = Calendar(slug=slug, body=dict(body), version=0)
    elif _loses_country(calendar, body):
        calendar.holidays.all().delete()  # those of countries that stay are copied again
    calendar.body = dict(body)
    _next_version(calendar, by=by, now=now)
    copy_holidays(calendar, _years(now))
    news.calendar_changed.announce(calendar=calendar, now=now)
    return calendar


@transaction.atomic
def copy_year(slug: str, year: int, *, by: User, now: datetime, seen: int | None = None) -> Calendar:
    """The public holidays of one more year, as they are known today. Raises CalendarChanged."""
    calendar = _held(slug, seen)
    if calendar is None:
        raise Calendar.DoesNotExist
    if set(published(calendar.body, [year])) <= set(_kept(calendar)):
        return calendar
    _next_version(calendar, by=by, now=now)
    copy_holidays(calendar, [year])
    news.calendar_changed.announce(calendar=calendar, now=now)
    return calendar


def foresee(
    calendar: Calendar, body: Mapping[str, Any], *, now: datetime, year: int | None = None
) -> Calendar:
    """The calendar as it would be, not stored: with this definition, and the holidays of one more year.

    Raises CalendarRefused.
    """
    refuse_unknown_countries(body)
    changed = body != calendar.body
    years = [*(_years(now) if changed else ()), *([year] if year else ())]
    kept = {} if _loses_country(calendar, body) else _kept(calendar)
    draft = Calendar(pk=calendar.pk, slug=calendar.slug, body=dict(body), version=calendar.version + 1)
    draft.foreseen = business_time.Calendar.build(draft.body, published(body, years) | kept)
    return draft


def _held(slug: str, seen: int | None) -> Calendar | None:
    calendar = Calendar.objects.select_for_update().filter(slug=slug).first()
    if seen is not None and (calendar is None or calendar.version != seen):
        edits = CalendarVersion.objects.filter(calendar=calendar).select_related("recorded_by")
        raise CalendarChanged(edits.order_by("version").last())
    return calendar


def _next_version(calendar: Calendar, *, by: User | None, now: datetime) -> None:
    calendar.version += 1
    calendar.save()
    CalendarVersion.objects.create(
        calendar=calendar, version=calendar.version, body=calendar.body, recorded_at=now, recorded_by=by
    )


def _loses_country(calendar: Calendar, body: Mapping[str, Any]) -> bool:
    return bool(set(country_codes(calendar.body)) - set(country_codes(body)))


def _kept(calendar: Calendar) -> dict[date, str]:
    return dict(calendar.holidays.values_list("on", "label"))


def _years(now: datetime) -> range:
    return range(now.year - YEARS_BACK, now.year + YEARS_AHEAD + 1)


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


def copy_holidays(calendar: Calendar, years: Iterable[int]) -> None:
    """National holidays become rows of the calendar, so that no library update moves a deadline.

    Days copied before stay as they are.
    """
    Holiday.objects.bulk_create(
        [
            Holiday(calendar=calendar, on=day, label=label)
            for day, label in sorted(published(calendar.body, years).items())
        ],
        ignore_conflicts=True,
    )


def published(body: Mapping[str, Any], years: Iterable[int]) -> dict[date, str]:
    """The public holidays of a calendar's countries, as the library knows them today."""
    wanted: dict[date, str] = {}
    for code in country_codes(body):
        wanted |= national(code, years)
    return {day: label[:LONGEST_LABEL] for day, label in wanted.items()}


def published_until(calendar: Calendar) -> date | None:
    """The last day whose holidays the calendar holds: the end of its last copied or listed year.

    None where no holidays are kept at all: there is nothing that could be missing.
    """
    said = calendar.body.get("holidays") or []
    listed = [one for one in ([said] if isinstance(said, str) else said) if str(one)[:4].isdigit()]
    years = [date.fromisoformat(str(one)).year for one in listed]
    if country_codes(calendar.body):
        years = [last.year] if (last := _last_copied(calendar)) else []
    return date(max(years), 12, 31) if years else None


def with_last_holiday() -> QuerySet[Calendar]:
    """Calendars that know their last copied holiday, so that a list asks once."""
    return Calendar.objects.annotate(last_holiday=Max("holidays__on")).order_by("slug")


def _last_copied(calendar: Calendar) -> date | None:
    known: date | None = getattr(calendar, "last_holiday", None)
    return known or calendar.holidays.order_by("-on").values_list("on", flat=True).first()


def national(code: str, years: Iterable[int]) -> dict[date, str]:
    """The public holidays of a country, with their names in its own language."""
    own = holidays.country_holidays(code).default_language  # else the names are in the server's language
    found = holidays.country_holidays(code, years=years, language=own)
    return {day: str(found[day]) for day in found}
