"""Working calendars: who counts by which, and what each says about the days to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, pairwise
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import pgettext as _p
from django.views.decorators.http import require_safe

from config.clock import now
from handoff import calendar_form, calendar_use, holiday_watch
from handoff.calendar_form import ExceptionForm, YearForm
from leads import calendar_editing, calendar_words, calendars
from leads.calendar_definition import country_codes
from leads.calendar_editing import Entry, Special
from leads.models import Calendar, CalendarVersion

A_YEAR = 366
MOST_VERSIONS = 20
YEARS_AHEAD = 10


@dataclass(frozen=True)
class Line:
    """One calendar of the list."""

    calendar: Calendar
    use: calendar_use.Use
    until: date | None
    past: int


@require_safe
def calendar_list(request: HttpRequest) -> HttpResponse:
    """The calendars one may read: hours, users, and how far their holidays reach."""
    readable = calendar_use.readable_by(request.user).values("pk")
    found = list(calendars.with_last_holiday().filter(pk__in=readable))
    uses = calendar_use.uses(found)
    past = {one.calendar.pk: one.count for one in holiday_watch.past(found)}
    lines = [Line(one, uses[one.pk], calendars.published_until(one), past.get(one.pk, 0)) for one in found]
    return render(request, "handoff/calendar_list.html", {"lines": lines})


@require_safe
def calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """One calendar: the week, a year ahead, what may be changed, and every version."""
    return page(request, seen(request, slug))


def seen(request: HttpRequest, slug: str) -> Calendar:
    """A calendar one may read; everybody else's answers 404."""
    readable = calendar_use.readable_by(request.user).values("pk")
    return get_object_or_404(calendars.with_last_holiday().filter(pk__in=readable), slug=slug)


def page(
    request: HttpRequest,
    one: Calendar,
    *,
    form: ExceptionForm | None = None,
    wrong: BaseForm | None = None,
    lost: CalendarVersion | None = None,
    refused: Sequence[str] = (),
) -> HttpResponse:
    """The page, with a form that is shown again; 409 where somebody was quicker, 422 where it is wrong."""
    at, rules = now(), one.hours.rules
    today = at.astimezone(one.hours.timezone).date()
    use = calendar_use.uses([one])[one.pk]
    may_edit = use.may_edit(request.user)
    coming = calendar_editing.specials(rules, today, A_YEAR)
    shown = {
        "calendar": one,
        "use": use,
        "may_edit": may_edit,
        "rules": rules,
        "today": today,
        "now": at,
        "months": _months(coming),
        "later": _elsewhere(one, coming, today, ahead=True),
        "past": _elsewhere(one, coming, today, ahead=False),
        "until": calendars.published_until(one),
        "running_past": holiday_watch.past([one]),
        "form": form or (_form(request, one) if may_edit else None),
        "kinds": calendar_form.KINDS,
        "years": YearForm(years=years_of(one, at), initial={"version": one.version}) if may_edit else None,
        "versions": _versions(one),
        "lost": lost,
        "refused": [*refused, *_errors(wrong)],
    }
    status = 409 if lost else 422 if refused or wrong or (form is not None and form.errors) else 200
    return render(request, "handoff/calendar.html", shown, status=status)


def years_of(one: Calendar, at: datetime) -> list[int]:
    """Years whose public holidays may be copied: from this one to the first that is missing."""
    until = calendars.published_until(one)
    if not country_codes(one.body):
        return []
    last = min(max(until.year + 1 if until else at.year, at.year), at.year + YEARS_AHEAD)
    return list(range(last, at.year - 1, -1))


def _form(request: HttpRequest, one: Calendar) -> ExceptionForm | None:
    """The form as the address asks for it: of an exception (`change`), a kind of days, a day to work on."""
    asked = request.GET
    entry = calendar_editing.find(one.body, asked.get("change", ""))
    if not asked and calendar_editing.never_closes(one.hours.rules):
        return None  # whoever wants an exception all the same asks for one
    shown: dict[str, Any] = {"state": calendar_form.CLOSED, "kind": calendar_form.DATE}
    if entry is not None:
        shown = calendar_form.initial_of(entry.read) | {"key": entry.key}
    elif asked.get("work"):
        shown |= {"state": calendar_form.OPEN, "on": asked["work"][:10]}
    kind = asked.get("kind", shown["kind"])
    kind = kind if kind in calendar_form.FIELDS_OF else calendar_form.DATE
    return ExceptionForm(kind=kind, initial=shown | {"kind": kind, "version": one.version})


def _months(coming: Sequence[Special]) -> list[tuple[str, list[Special]]]:
    return [
        (calendar_words.month(group[0].first), group)
        for _, rows in groupby(coming, key=lambda one: (one.first.year, one.first.month))
        if (group := list(rows))
    ]


def _elsewhere(one: Calendar, coming: Sequence[Special], today: date, *, ahead: bool) -> list[Entry]:
    """Exceptions with nothing to show in the year ahead: those to come after it, or those that are over."""
    shown = {special.key for special in coming}
    rest = [(entry, entry.read) for entry in calendar_editing.entries(one.body) if entry.key not in shown]
    return [entry for entry, said in rest if (said.last is None or said.last >= today) == ahead]


def _versions(one: Calendar) -> list[tuple[CalendarVersion, list[str]]]:
    """The newest versions, each with what it changed."""
    rows = list(one.versions.select_related("recorded_by").order_by("-version")[: MOST_VERSIONS + 1])
    found = [(new, _changes(old.body, new.body)) for new, old in pairwise(rows)]
    if len(rows) <= MOST_VERSIONS:
        found += [(last, [str(_p("calendar", "Made"))]) for last in rows[-1:]]
    return found


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    said = [calendar_words.change(one) for one in calendar_editing.changes(before, after)]
    return said or [str(_p("calendar", "Public holidays copied"))]


def _errors(wrong: BaseForm | None) -> list[str]:
    return [str(one) for errors in wrong.errors.values() for one in errors] if wrong else []
