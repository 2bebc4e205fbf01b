"""The desk's words in templates: `{% load desk %}`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext as _p

from handoff import (
    brief,
    clock_words,
    doubt,
    estimate_words,
    list_words,
    notice_words,
    path_words,
    reports,
    same_company,
    same_company_words,
    task_words,
    undo_words,
    words,
)
from handoff.models import Handoff
from leads import calendar_words, stages
from leads import words as ground
from leads.calendar_editing import Entry, Special
from leads.journey import Stop
from leads.models import Lead, Opportunity, User
from scoring import gate_words, ledger
from scoring import words as score_words
from scoring.condition_words import NO, YES, value_label
from scoring.models import Override

register = template.Library()
BEFORE_SALES = (stages.LEAD, stages.MAL, stages.MQL)

register.filter("clock_name", words.clock_label)
register.filter("clock_state", words.clock_state_label)
register.filter("state_name", words.state_label)
register.filter("trigger_name", words.trigger_label)
register.filter("result_name", words.result_label)
register.filter("channel_name", words.channel_label)
register.filter("next_step_name", words.next_step_label)
register.filter("task_kind", task_words.kind_label)
register.filter("task_outcome", task_words.outcome_label)
register.filter("answer_name", undo_words.answer_label)
register.filter("undo_button", undo_words.button)
register.filter("undo_until", undo_words.until)
register.filter("step_key", words.next_step_key)
register.filter("why_name", words.why_label)
register.filter("strategy_name", words.strategy_label)
register.filter("end_name", words.end_label)
register.filter("team_name", words.team_label)
register.filter("queue_name", words.queue_label)
register.filter("estimate_name", estimate_words.label)
register.filter("mask_phone", brief.mask_phone)
register.filter("mask_email", brief.mask_email)
register.filter("notice_kind", notice_words.kind_label)
register.filter("lane_name", list_words.lane_label)
register.filter("age_name", list_words.age_label)
register.filter("because", clock_words.because)
register.filter("change_cause", clock_words.cause)
register.filter("ladder_acts", clock_words.acts)
register.filter("step_state", clock_words.step_state)
register.filter("message_state", clock_words.message_state)
register.filter("clock_asks", clock_words.asked)
register.filter("depth", clock_words.depth)
register.filter("calendar_name", calendar_words.name)
register.filter("calendar_holidays", calendar_words.holidays)
register.filter("week", calendar_words.week)
register.filter("windows", calendar_words.hours)
register.filter("group_name", score_words.group_label)


register.filter("meeting_mode", path_words.mode_label)
register.filter("meeting_state", path_words.meeting_state_label)
register.filter("verdict_name", path_words.verdict_label)
register.filter("sure", path_words.confirmed_labels)


@register.simple_tag
def on_it(one: same_company.AtWork, viewer: User, now: datetime) -> str:
    """Who is working on somebody of the same company."""
    return same_company_words.sentence(one, viewer=viewer, now=now)


@register.filter
def days_short(one: Special) -> str:
    """The days of an exception or a holiday, below their month: 12/28(月), 12/29(火)〜2027/1/3(日)."""
    return calendar_words.stretch(one.first, one.last)


@register.filter
def exception_said(entry: Entry) -> str:
    """An exception in a sentence: 仕事納め: 2026年12月28日(月), 9:00〜12:00."""
    return calendar_words.exception(entry.read)


@register.filter
def money(one: Opportunity) -> str:
    """An amount in its currency."""
    return path_words.amount(one.amount, one.currency)


@register.filter
def reasons_of(codes: Iterable[str], kind: str) -> list[str]:
    """Reasons of one list of the playbook."""
    return path_words.reason_labels(kind, codes)


@register.filter
def override_note(said: Override, now: datetime) -> str:
    """A readiness set by hand: the number, by whom and until when."""
    return gate_words.override_note(said, now=now)


@register.filter
def taken_back(one: doubt.TakenBack) -> str:
    """Why an event that counted then does not count any more."""
    return words.taken_back_label(one.because)


@register.filter
def news_note(news: ledger.News, now: datetime) -> str:
    return score_words.news_note(news, now=now)


@register.simple_tag
def gate_checks(sheet: ledger.Ledger | None, lead: Lead) -> list[gate_words.Check]:
    """Every condition of the definition for this lead, met or not, with what there is.

    Nothing once sales has it: "not yet" would be wrong there, whatever its score has become since.
    """
    return gate_words.checks(sheet) if sheet and lead.stage in BEFORE_SALES else []


@register.filter
def reason_name(code: str, kind: str = "send_back") -> str:
    """A reason of the playbook, or the words a manager wrote."""
    return words.reason_label(kind, code) if code else ""


@register.filter
def short_date(on: date | datetime, now: datetime) -> str:
    """A day in a narrow place: 11/24(火), Tue 24 Nov; with its year when that is another."""
    if isinstance(on, datetime):
        on = timezone.localtime(on).date()
    return ground.short_day(on, timezone.localtime(now).date())


@register.filter
def fields(paths: Iterable[str]) -> str:
    """Fields by their paths, as a list in a sentence."""
    return _p("list", ", ").join(dict.fromkeys(ground.field_label(path) for path in paths))


@register.filter
def opening(handoff: Handoff) -> str:
    return words.opening_line(handoff)


@register.simple_tag
def behind(kept: reports.Kept, result: str, count: int) -> SafeString:
    """A number of a promise, as a link to its list."""
    address = f"{reverse('handoff-list')}?{kept.of(result).query()}"
    return format_html('<a href="{}">{}</a>', address, f"{count:,}")


@register.filter
def heat(count: int) -> int:
    """How dark a cell of the heat map is: 0 for none, then by ones, threes, sevens, twelves, more."""
    return sum(count >= least for least in (1, 3, 6, 10, 15))


@register.filter
def reason_any(code: str) -> str:
    """A reason whichever list of the playbook it stands in; a sentence somebody wrote stays as it is."""
    return words.any_reason(code)


@register.filter
def points(number: float | Decimal) -> str:
    """A number of points as short as it is exact: 50, 33.5."""
    return f"{float(number):.2f}".rstrip("0").rstrip(".")


@register.filter
def share(part: float | Decimal, whole: float) -> str:
    """A part of a whole as a width from 0 to 100 for a bar."""
    return f"{max(0.0, min(100.0, float(part) / whole * 100)):.1f}" if whole else "0"


@register.filter
def value_of(value: Any, path: str) -> str:
    """A stored value of a field as people say it: yes and no for a switch, a dash for nothing."""
    if isinstance(value, bool):
        return str(YES if value else NO)
    if path == "owner" and value:
        return ground.kept("names of people", _names).get(value, "–")
    return "–" if value in (None, "", {}) else value_label(path, str(value))


def _names() -> dict[int, str]:
    return {user.pk: user.name for user in User.objects.all()}


@register.filter
def masked(value: Any, path: str) -> str:
    """The same for a partner caller, who reads neither number nor address (PRODUCT 11)."""
    hide = {"phone": brief.mask_phone, "email": brief.mask_email}.get(path)
    return hide(str(value)) if hide and value else value_of(value, path)


@register.filter
def dwell(stop: Stop, now: datetime) -> str:
    """How long a lead stayed in a stage."""
    return ground.duration(stop.dwell(now))
