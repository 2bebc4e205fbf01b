"""The ground floor in the reader's words: stages, kinds of activity, fields, causes, moments, names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext as _n
from django.utils.translation import pgettext_lazy as _p

from leads.models import PlaybookSection

STAGES: Mapping[str, Promise] = {
    "lead": _p("stage", "Lead"),
    "mal": _p("stage", "Marketing accepted"),
    "mql": _p("stage", "Ready for sales"),
    "sal": _p("stage", "Accepted by sales"),
    "sql": _p("stage", "Qualified"),
    "opportunity": _p("stage", "Opportunity"),
    "disqualified": _p("stage", "Not a fit"),
    "won": _p("stage", "Won"),
    "lost": _p("stage", "Lost"),
}
ABBREVIATIONS = {"mal": "MAL", "mql": "MQL", "sal": "SAL", "sql": "SQL"}
CAUSES: Mapping[str, Promise] = {
    "person": _p("cause", "by hand"),
    "rule": _p("cause", "by the definition"),
    "wake": _p("cause", "follow-up date"),
    "import": _p("cause", "import"),
    "merge": _p("cause", "merge"),
    "split": _p("cause", "split"),
    "undo": _p("cause", "undo"),
}
CLASSES: Mapping[str, Promise] = {
    "now": _p("class", "Now"),
    "future": _p("class", "Big, later"),
    "nurture": _p("class", "To nurture"),
    "out": _p("class", "Out of scope"),
}
CLASS_MEANINGS: Mapping[str, Promise] = {
    "now": _("Fit and interest are high."),
    "future": _("Fit is high, interest not yet."),
    "nurture": _("Interest is high, fit is not."),
    "out": _("Neither fit nor interest is high."),
}
ACTIVITIES: Mapping[str, Promise] = {
    "page_view": _("Viewed a page"),
    "pricing_view": _("Viewed the price page"),
    "email_open": _("Opened an e-mail"),
    "email_click": _("Pressed a link in an e-mail"),
    "document_download": _("Requested a document"),
    "webinar_attended": _("Attended a webinar"),
    "event_attended": _("Attended an event"),
    "card_exchanged": _("Exchanged business cards"),
    "survey_answer": _("Answered a survey"),
    "inquiry": _("Made an inquiry"),
    "demo_request": _("Asked for a demo"),
    "reply": _("Replied"),
    "unsubscribe": _("Stopped our mail"),
    "email_sent": _("E-mail sent"),
    "call_attempt": _("Called, not reached"),
    "call_connected": _("Called and talked"),
    "meeting_invited": _("Invited to a meeting"),
    "dm_sent": _("Direct message sent"),
    "note": _("Note"),
    "meeting_booked": _("Meeting booked"),
    "meeting_held": _("Meeting held"),
    "meeting_no_show": _("Did not come to the meeting"),
}
SIDES: Mapping[str, Promise] = {"marketing": _p("side", "Marketing"), "sales": _p("side", "Sales")}
RELATIONS: Mapping[str, Promise] = {
    "prospect": _p("relation", "Prospect"),
    "customer": _p("relation", "Customer"),
    "former_customer": _p("relation", "Former customer"),
    "partner": _p("relation", "Partner"),
    "competitor": _p("relation", "Competitor"),
}
ROLES: Mapping[str, Promise] = {
    "marketer": _("Marketing"),
    "inside_sales": _("Inside sales"),
    "field_sales": _("Field sales"),
    "manager": _("Manager"),
    "admin": _("Administrator"),
    "partner_caller": _("Partner caller"),
}
FIELDS: Mapping[str, Promise] = {
    "external_id": _p("field", "Number in your system"),
    "company.name": _p("field", "Company"),
    "email": _p("field", "E-mail"),
    "phone": _p("field", "Phone"),
    "name": _p("field", "Name"),
    "family_name": _p("field", "Family name"),
    "given_name": _p("field", "Given name"),
    "family_name_kana": _p("field", "Family name (kana)"),
    "given_name_kana": _p("field", "Given name (kana)"),
    "company": _p("field", "Company"),
    "company_domain": _p("field", "Company domain"),
    "domain": _p("field", "Company domain"),
    "department": _p("field", "Department"),
    "title": _p("field", "Title"),
    "industry": _p("field", "Industry"),
    "employees": _p("field", "Employees"),
    "country": _p("field", "Country"),
    "prefecture": _p("field", "Prefecture"),
    "relation": _p("field", "Relation"),
    "source": _p("field", "Source"),
    "campaign": _p("field", "Campaign"),
    "owner": _p("field", "Owner"),
    "stage": _p("field", "Stage"),
    "note": _p("field", "Note"),
    "mail_opt_out": _p("field", "Mail stopped"),
    "do_not_contact": _p("field", "Do not contact"),
    "created_at": _p("field", "Created"),
    "readiness": _p("field", "Readiness"),
    "fit": _p("field", "Fit"),
    "interest": _p("field", "Interest"),
    "attributes.budget": _p("estimate", "Budget"),
    "attributes.timing": _p("estimate", "Timing"),
    "opportunity.amount": _("Amount"),
    "opportunity.currency": _("Currency"),
    "opportunity.expected_close": _("Expected close"),
    "opportunity.next_step_on": _("Next step on"),
}
WEEKDAYS = (
    _p("weekday", "Mon"), _p("weekday", "Tue"), _p("weekday", "Wed"), _p("weekday", "Thu"),
    _p("weekday", "Fri"), _p("weekday", "Sat"), _p("weekday", "Sun"),
)  # fmt: skip
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_read: ContextVar[dict[str, Any] | None] = ContextVar("sections_read", default=None)


@contextmanager
def one_reading() -> Iterator[None]:
    """Inside (one request, one page) each section of the playbook is read at most once."""
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def section(name: str) -> Any:
    """The newest body of a section of the playbook, for words; see `one_reading`."""
    return kept(name, lambda: PlaybookSection.objects.current(name))


def kept(key: str, read: Callable[[], Any]) -> Any:
    """What `read` answers, asked at most once inside `one_reading`."""
    known = _read.get()
    if known is None:
        return read()
    if key not in known:
        known[key] = read()
    return known[key]


def is_japanese() -> bool:
    return (get_language() or "").startswith("ja")


def label(text: Any) -> str:
    """A text of the playbook: a sentence, or one per language; the other language where one is missing."""
    if not isinstance(text, Mapping):
        return "" if text is None else str(text)
    mine = "ja" if is_japanese() else "en"
    return str(text.get(mine) or text.get("en") or text.get("ja") or next(iter(text.values()), ""))


def stage_label(code: str, *, short: bool = True) -> str:
    """A stage as people say it; `short=False` adds the abbreviation: 引き渡し対象 (MQL)."""
    said = str(STAGES.get(code, code))
    return said if short or code not in ABBREVIATIONS else f"{said} ({ABBREVIATIONS[code]})"


def activity_label(type: str) -> str:
    """A kind of activity: built in, or added by the playbook."""
    if type in ACTIVITIES:
        return str(ACTIVITIES[type])
    added = section("activity_types").get(type)
    return label(added.get("label") or type) if added else type


def field_label(path: str) -> str:
    """A field by its path: `email`, `company.employees`, `attributes.budget`."""
    if path.startswith(("attributes.", "company.attributes.")):
        return str(FIELDS.get(path) or path.rpartition("attributes.")[2])
    name = path.rpartition(".")[2]
    return str(FIELDS.get(path) or FIELDS.get(name) or path)


def cause_label(code: str) -> str:
    return str(CAUSES.get(code, code))


def side_label(code: str) -> str:
    return str(SIDES.get(code, code))


def relation_label(code: str) -> str:
    return str(RELATIONS.get(code, code))


def role_label(code: str) -> str:
    return str(ROLES.get(code, code))


def class_label(code: str) -> str:
    """今すぐ, 大型将来, 育成, 対象外; empty for a lead that was never scored."""
    return str(CLASSES.get(code, ""))


def source_label(source: str) -> str:
    """Where a lead came from, as imported; a blank one has a name of its own."""
    return source or _t("No source")


def customer(name: str) -> str:
    """A customer in a sentence: 様 in Japanese, the bare name in English (UX 5)."""
    return f"{name} 様" if is_japanese() else name


def colleague(name: str) -> str:
    """A colleague in a sentence: さん in Japanese, the bare name in English (UX 5)."""
    return f"{name}さん" if is_japanese() else name


def day(on: date, *, year: bool = True) -> str:
    """A date in prose: 2026年11月22日(日), Sun 22 Nov 2026."""
    if is_japanese():
        return f"{f'{on.year}年' if year else ''}{on.month}月{on.day}日({WEEKDAYS[on.weekday()]})"
    return f"{WEEKDAYS[on.weekday()]} {on.day} {MONTHS[on.month - 1]}{f' {on.year}' if year else ''}"


def moment(at: datetime) -> str:
    """A moment in prose, in the reader's zone: 2026年11月22日(日) 10:30, Sun 22 Nov 2026, 10:30."""
    here = timezone.localtime(at)
    return f"{day(here.date())}{' ' if is_japanese() else ', '}{here:%H:%M}"


def near(at: datetime, now: datetime) -> str:
    """A moment as short as it is clear: 11:30 today, 11/24(火) 11:30 this year, with the year beyond."""
    here, today = timezone.localtime(at), timezone.localtime(now)
    clock = f"{here.hour}:{here:%M}"
    if here.date() == today.date():
        return clock
    return f"{short_day(here.date(), today.date())} {clock}"


def until(at: datetime, now: datetime) -> str:
    """A deadline as short as it is clear; one at midnight ends the day before, and is named by that day."""
    here, today = timezone.localtime(at), timezone.localtime(now).date()
    if here.hour or here.minute:
        return near(at, now)
    last = here.date() - timedelta(days=1)
    return str(_p("day", "today")) if last == today else short_day(last, today)


def short_day(on: date, today: date) -> str:
    """A date in a narrow place: 11/24(火), Tue 24 Nov; with its year when that is another."""
    if is_japanese():
        year = f"{on.year}/" if on.year != today.year else ""
        return f"{year}{on.month}/{on.day}({WEEKDAYS[on.weekday()]})"
    return day(on, year=on.year != today.year)


def duration(length: timedelta) -> str:
    """Rounded down: 48分, 1時間10分, 12時間, 1日3時間, 4日 (days of 24 h)."""
    minutes = max(0, int(length.total_seconds() // 60))
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        # Beside several days nobody asks for the hours, beside so many hours nobody for the minutes.
        hours = hours if days == 1 else 0
        return _join(
            _n("%(n)s day", "%(n)s days", days) % {"n": days}, hours and _t("%(n)s h") % {"n": hours}
        )
    if hours >= 10:
        return _t("%(n)s h") % {"n": hours}
    if hours:
        return _join(_t("%(n)s h") % {"n": hours}, minutes and _t("%(n)s min") % {"n": minutes})
    return _t("%(n)s min") % {"n": minutes}


def business_minutes(minutes: float) -> str:
    """Counted business time never turns into days: a day is not 24 hours there."""
    hours, rest = divmod(int(minutes + 1e-6), 60)  # what adding floats leaves
    if not hours:
        return _t("%(n)s min") % {"n": rest}
    return _join(_t("%(n)s h") % {"n": hours}, rest and _t("%(n)s min") % {"n": rest})


def _join(first: str, second: str | int) -> str:
    return f"{first}{'' if is_japanese() else ' '}{second}" if second else first
