"""A calendar in the reader's words: its hours, its exceptions, and what is wrong with a refused one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext as _pt
from django.utils.translation import pgettext_lazy as _p

from leads import calendar_editing, words
from leads.calendar_definition import MIDNIGHT, DefinitionError, Exceptional, Rules, Windows, country_codes
from leads.calendar_editing import Change
from leads.models import Calendar

SENTENCES: Mapping[str, Promise] = {
    "not_a_mapping": _("“key: value” pairs are needed here"),
    "unknown_key": _("“%(value)s” is not part of a calendar"),
    "unknown_zone": _("“%(value)s” is not a time zone; write one like Asia/Tokyo"),
    "weekly_needed": _('the working hours of the week are needed, like mon: ["09:00-12:00", "13:00-18:00"]'),
    "unknown_weekday": _("“%(value)s” is not a weekday; write mon, tue, wed, thu, fri, sat or sun"),
    "windows_needed": _('a list of at most 24 hours is needed here, like ["09:00-12:00", "13:00-18:00"]'),
    "bad_window": _("“%(value)s” is not a stretch of time; write 09:00-18:00"),
    "holidays_needed": _("holidays are a country code, a list of dates, or both in one list"),
    "bad_holiday": _("“%(value)s” is neither a country code like JP nor a date like 2027-03-31"),
    "unknown_country": _("the public holidays of “%(value)s” are not known"),
    "exceptions_needed": _("exceptions are a list"),
    "bad_label": _("a label is text, or text in ja and en"),
    "one_of_date_range_every": _("an exception has either “date”, “from” with “to”, or “every”"),
    "bad_every": _("“%(value)s” is not a yearly day; write 12-29..01-03"),
    "bad_date": _("“%(value)s” is not a date; write 2027-03-31"),
    "range_backwards": _("“to” is before “from”"),
    "closed_yes_no": _("“closed” is true or false"),
    "closed_or_windows": _("an exception is either closed: true or has windows"),
    "bad_day": _("“%(value)s” is not the length of a working day in minutes (1 to 1440)"),
    "never_open": _("this calendar is closed for %(days)s days in a row, so nothing would ever become due"),
}


def sentence(error: DefinitionError) -> str:
    """What is wrong and what to write instead, in the active language."""
    said = SENTENCES[error.code]
    return str(said) % error.params if error.params else str(said)


CHANGES: Mapping[str, Promise] = {
    "added": _p("calendar", "Added: %(what)s"),
    "removed": _p("calendar", "Removed: %(what)s"),
    "week": _p("calendar", "The hours of the week"),
    "holidays": _p("calendar", "The public holidays"),
    "other": _p("calendar", "The name"),
}


def name(calendar: Calendar) -> str:
    return words.label(calendar.body.get("label") or calendar.body.get("name")) or calendar.slug


def week(rules: Rules) -> list[tuple[str, str]]:
    """Days of the week with their hours, neighbours alike in one row: Mon–Fri 9:00–12:00, 13:00–18:00."""
    if calendar_editing.never_closes(rules):
        return [(str(_p("calendar", "Every day")), _t("Round the clock"))]
    rows = []
    for windows, group in groupby(range(7), key=lambda day: rules.weekly[day]):
        days = [str(words.WEEKDAYS[day]) for day in group]
        many = f"{days[0]}{_pt('range', '–')}{days[-1]}"
        rows.append((many if len(days) > 2 else _pt("list", ", ").join(days), hours(windows)))
    return rows


def hours(windows: Windows) -> str:
    """9:00–12:00, 13:00–18:00; closed where there are none."""
    if not windows:
        return str(_p("calendar", "closed"))
    return _pt("list", ", ").join(
        f"{_clock(start)}{_pt('range', '–')}{_clock(end)}" for start, end in windows
    )


def days(one: Exceptional) -> str:
    """Which days an exception is about, in prose."""
    if one.every is not None:
        return _t("every year, %(days)s") % {"days": _span(*(_yearly(*end) for end in one.every))}
    assert one.first is not None and one.last is not None
    return _span(words.day(one.first), words.day(one.last))


def exception(one: Exceptional) -> str:
    """New Year: every year, 29 Dec–3 Jan, closed."""
    said = f"{days(one)}{_pt('list', ', ')}{hours(one.windows)}"
    label = words.label(one.label)
    return _t("%(name)s: %(what)s") % {"name": label, "what": said} if label else said


def stretch(first: date, last: date) -> str:
    """Days where their year is known: 12/28(月), 12/29(火)〜2027/1/3(日)."""
    return _span(words.short_day(first, first), words.short_day(last, first))


def month(on: date) -> str:
    """2026年12月, Dec 2026."""
    if words.is_japanese():
        return f"{on.year}年{on.month}月"
    return f"{words.MONTHS[on.month - 1]} {on.year}"


def holidays(calendar: Calendar) -> str:
    """Whose public holidays it keeps: JP; days of its own where no country is named."""
    return _pt("list", ", ").join(country_codes(calendar.body)) or _t("days of its own")


def change(one: Change) -> str:
    what = exception(calendar_editing.read(one.said)) if one.said else ""
    return str(CHANGES[one.what]) % {"what": what} if what else str(CHANGES[one.what])


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first}{_pt('range', '–')}{last}"


def _yearly(month: int, day: int) -> str:
    return f"{month}/{day}" if words.is_japanese() else f"{day} {words.MONTHS[month - 1]}"


def _clock(minute: int) -> str:
    if minute <= MIDNIGHT:
        return f"{minute // 60}:{minute % 60:02d}"
    return _t("%(time)s the next day") % {"time": _clock(minute - MIDNIGHT)}
