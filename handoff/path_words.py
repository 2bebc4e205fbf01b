"""Meetings and opportunities in the reader's words: states, verdicts, amounts, and refusals as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from leads.models import Meeting
from leads.refusals import Quicker
from leads.words import colleague, is_japanese, label, section, stage_label

MODES: Mapping[str, Promise] = {
    "visit": _p("meeting mode", "Visit"),
    "online": _p("meeting mode", "Online"),
    "phone": _p("meeting mode", "Phone"),
}
MEETING_STATES: Mapping[str, Promise] = {
    "booked": _p("meeting", "Booked"),
    "held": _p("meeting", "Held"),
    "rescheduled": _p("meeting", "Moved to another time"),
    "no_show": _p("meeting", "They did not come"),
    "cancelled": _p("meeting", "Called off"),
}
VERDICTS: Mapping[str, Promise] = {"valid": _p("verdict", "Valid"), "invalid": _p("verdict", "Not valid")}
CONFIRMED: Mapping[str, Promise] = {
    "problem": _p("confirmed", "The problem"),
    "timing": _p("confirmed", "The timing"),
    "budget": _p("confirmed", "The budget"),
    "decision": _p("confirmed", "Who decides"),
}
OUTCOMES: Mapping[str, Promise] = {"won": _p("stage", "Won"), "lost": _p("stage", "Lost")}
SIGNS: Mapping[str, str] = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
WHOLE = {"JPY", "KRW", "VND", "CLP"}  # currencies without a smaller coin

REFUSALS: Mapping[str, Promise] = {
    "last_lane": _("There is no lane behind this one to pass the lead on to."),
    "not_far_enough": _("The next lane takes leads from “%(stage)s” on."),
    "meeting_or_reason": _("Book a meeting first, or say why this lead goes on without one."),
    "owns_it": _("This person owns the lead already."),
    "does_not_work_here": _("This person does not work here any more."),
    "one_at_a_time": _("Say what became of the meeting, or change it; not both at once."),
    "already_booked": _("A meeting with this lead is booked for that time already."),
    "ends_before_it_starts": _("The end must come after the start."),
    "too_long_a_meeting": _("A meeting lasts at most seven days."),
    "long_gone_by": _("This is more than 31 days ago; such a meeting cannot be written down any more."),
    "not_begun": _("This meeting has not begun yet."),
    "not_over": _("This meeting is not over yet. Judge it afterwards."),
    "not_a_web_address": _("Only addresses that begin with http:// or https:// are kept."),
    "too_many": _("At most %(most)s can be chosen here."),
    "not_an_amount": _("Enter an amount of 0 or more, in figures."),
    "too_large": _("This amount is too large; at most %(most)s."),
    "unknown_currency": _("Enter a currency as three letters, such as JPY or USD."),
    "day_gone_by": _("This day has gone by. Enter today or a later day."),
    "competitor_required": _(
        "Which competitor did they choose? The name is needed for the win and loss report."
    ),
    "not_closed": _("There is no opportunity here that was won or lost."),
}


def mode_label(code: str) -> str:
    return _of(MODES, code)


def meeting_state_label(code: str) -> str:
    return _of(MEETING_STATES, code)


def verdict_label(code: str) -> str:
    return _of(VERDICTS, code)


def confirmed_labels(confirmed: Mapping[str, Any]) -> list[str]:
    """What was made sure, in the order of the list, with the words somebody added."""
    said = [(code, confirmed[code]) for code in Meeting.CONFIRMED if confirmed.get(code)]
    return [_of(CONFIRMED, code) + (f" ({text})" if isinstance(text, str) else "") for code, text in said]


def reason_labels(kind: str, codes: Iterable[str]) -> list[str]:
    """Reasons of one list of the playbook; a code that left it stays as it is."""
    listed = section("reasons").get(kind) or {}
    return [label(listed[code]["label"]) if code in listed else code for code in codes]


def amount(value: Decimal | float, currency: str) -> str:
    """¥12,000,000 in English and 12,000,000円 in Japanese; others with their sign, else their letters."""
    whole = currency in WHOLE or value == int(value)
    figures = f"{value:,.0f}" if whole else f"{value:,.2f}"
    if currency == "JPY" and is_japanese():
        return f"{figures}円"
    return f"{SIGNS[currency]}{figures}" if currency in SIGNS else f"{figures} {currency}"


def quicker(found: Quicker) -> str:
    """Who was quicker and how it stands now."""
    said = {"name": colleague(found.by.name) if found.by else "", "state": _state(found.state)}
    if found.by is None:
        return _t("It moved on meanwhile: %(state)s.") % said
    if found.state == "done":
        return _t("%(name)s did this already.") % said
    if found.state in VERDICTS:
        return _t("%(name)s judged this meeting already: %(state)s.") % said
    if found.state in OUTCOMES:
        return _t("%(name)s closed this opportunity already: %(state)s.") % said
    if found.state in MEETING_STATES and found.state != Meeting.BOOKED:
        return _t("%(name)s changed this meeting already: %(state)s.") % said
    return _t("%(name)s changed it since you opened it. Look at it again.") % said


def _state(code: str) -> str:
    for words in (VERDICTS, OUTCOMES, MEETING_STATES):
        if code in words:
            return str(words[code])
    return stage_label(code)


def _of(words: Mapping[str, Promise], code: str) -> str:
    return str(words[code]) if code in words else code
