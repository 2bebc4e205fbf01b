"""A choice of handoffs in the reader's words: the names of its filters and of their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from handoff import words
from handoff.lists import HandoffFilter
from leads import words as ground
from leads.models import Team, User

NAMES: Mapping[str, Promise] = {
    "states": _p("field", "State"),
    "lane": _p("field", "Lane"),
    "queue": _p("field", "Queue"),
    "team": _p("field", "Team"),
    "rep": _p("field", "Rep"),
    "source": _p("field", "Source"),
    "sla": _p("field", "Due"),
    "clock": _p("field", "Promise"),
    "result": _p("field", "Result"),
    "first": _p("field", "Offered from"),
    "last": _p("field", "Offered until"),
    "age": _p("field", "Business days there"),
    "actor": _p("field", "Next actor"),
}
SLA: Mapping[str, Promise] = {"overdue": _("Overdue"), "risk": _("Due soon"), "today": _("Due today")}
RESULTS: Mapping[str, Promise] = {
    "decided": _("met or missed"),
    "answered": _("answered"),
    "late": _("later than promised"),
    "met": _("Met"),
    "met_late": _("Met late"),
    "breached": _("Overdue"),
    "open": _("not answered yet"),
    "lost": _("ended while overdue"),
    "excused": _("excused"),
}
AGES: Mapping[str, Promise] = {
    "0-1": _p("age", "0–1 days"),
    "2-3": _p("age", "2–3 days"),
    "4-7": _p("age", "4–7 days"),
    "8-14": _p("age", "8–14 days"),
    "15-": _p("age", "15 days and more"),
}
LANES: Mapping[int, Promise] = {1: _("marketing to inside sales"), 2: _("inside to field sales")}


def name_of(name: str) -> str:
    return str(NAMES[name])


def value_of(chosen: HandoffFilter, name: str) -> str:
    """The value of one filter in words."""
    return _say(name, getattr(chosen, name))


def heading(chosen: HandoffFilter) -> str:
    """What the list is about, in a few words: the name of the number it came from."""
    if chosen.sla:
        return str(SLA[chosen.sla])
    if chosen.actor:
        return _t("No next actor")
    if chosen.result and chosen.clock:
        parts = {"clock": words.clock_label(chosen.clock), "result": str(RESULTS[chosen.result])}
        return _t("%(clock)s: %(result)s") % parts
    if chosen.result:
        return str(RESULTS[chosen.result])
    if len(chosen.states) == 1:
        return words.state_label(chosen.states[0])
    return _t("Handoffs")


def lane_label(lane: int) -> str:
    return str(LANES.get(lane, lane))


def age_label(age: str) -> str:
    return str(AGES.get(age, age))


def _say(name: str, value: Any) -> str:
    if name == "states":
        return _t(" or ").join(words.state_label(one) for one in value)
    if name == "team":
        found = Team.objects.filter(slug=value).first()
        return words.team_label(found) if found else value
    if name == "rep":
        person = User.objects.filter(pk=value).first()
        return person.name if person else str(value)
    if isinstance(value, date):
        return ground.day(value)
    said: Callable[[Any], Any] = {  # type: ignore[assignment]
        "lane": lane_label, "source": ground.source_label, "sla": SLA.__getitem__, "clock": words.clock_label,
        "result": RESULTS.__getitem__, "age": age_label, "actor": lambda _: _t("nobody"),
    }.get(name, str)  # fmt: skip
    return str(said(value))
