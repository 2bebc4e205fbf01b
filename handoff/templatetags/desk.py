"""The desk's words in templates: `{% load desk %}`."""

from __future__ import annotations

from datetime import date, datetime

from django import template
from django.utils import timezone

from handoff import words
from handoff.models import Handoff
from leads import words as ground

register = template.Library()

register.filter("clock_name", words.clock_label)
register.filter("clock_state", words.clock_state_label)
register.filter("state_name", words.state_label)
register.filter("trigger_name", words.trigger_label)
register.filter("result_name", words.result_label)
register.filter("channel_name", words.channel_label)
register.filter("next_step_name", words.next_step_label)
register.filter("why_name", words.why_label)
register.filter("end_name", words.end_label)


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
def opening(handoff: Handoff) -> str:
    return words.opening_line(handoff)


@register.filter
def team_name(team: object) -> str:
    return words.label(getattr(team, "label", None)) or str(team)
