"""A refused calendar in the reader's words: one sentence for each code of `leads.calendar_definition`."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leads.calendar_definition import DefinitionError

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
