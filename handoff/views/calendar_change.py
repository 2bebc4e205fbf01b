"""A change of a calendar: looked at first, with every due time it would move, then saved as a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_POST

from config.clock import now
from handoff import calendar_use, recount
from handoff.calendar_form import ExceptionForm, RemoveForm, YearForm
from handoff.models import Clock, DueChange, Handoff
from handoff.views.calendars import page, seen, years_of
from leads import calendar_editing, calendar_words, calendars
from leads.calendar_definition import DefinitionError
from leads.calendars import CalendarChanged, CalendarRefused
from leads.models import Calendar, User

NEAREST, LOOKED_AT = 10, 200
EXCEPTION, REMOVE, HOLIDAYS = "exception", "remove", "holidays"
LOOK, SAVE, EDIT = "look", "save", "edit"


@dataclass(frozen=True)
class Plan:
    """What somebody thinks of: the definition it makes, or the year it copies, and how to say it."""

    said: str
    body: Mapping[str, Any]
    year: int | None = None


@dataclass(frozen=True)
class Moved:
    """What a plan would move: how many, and the nearest ones that the reader may see."""

    running: int
    paused: int
    overdue: int
    nearest: list[tuple[DueChange, Handoff]] = field(default_factory=list)

    @property
    def count(self) -> int:
        return self.running + self.paused


@require_POST
def change(request: HttpRequest, slug: str) -> HttpResponse:
    """`what` (exception, remove, holidays), and what to `do`: look at it, save it, go on editing it."""
    one = seen(request, slug)
    if not calendar_use.uses([one])[one.pk].may_edit(request.user):
        raise PermissionDenied
    what, do, at = request.POST.get("what"), request.POST.get("do", LOOK), now()
    form = _form(request, one, what, at)
    kept = form if isinstance(form, ExceptionForm) else None
    if not form.is_valid():
        return page(request, one, form=kept, wrong=None if kept else form)
    if do == EDIT:
        return page(request, one, form=kept)
    try:
        if form.cleaned_data["version"] != one.version:
            raise CalendarChanged(one.versions.select_related("recorded_by").order_by("version").last())
        plan = _plan(one, form)
        if plan is None:
            return page(request, one, form=kept)
        if do == SAVE:
            return _saved(request, one, plan, at)
        moved = _moved(request.user, calendars.foresee(one, plan.body, now=at, year=plan.year), at)
    except CalendarRefused as refused:
        return _refused(request, one, kept, refused.errors)
    except CalendarChanged as changed:
        return _overtaken(request, slug, kept, changed)
    shown = {"calendar": one, "plan": plan, "moved": moved, "form": form, "what": what, "now": at}
    return render(request, "handoff/calendar_change.html", shown)


def _form(request: HttpRequest, one: Calendar, what: str | None, at: datetime) -> forms.Form:
    if what == EXCEPTION:
        return ExceptionForm(request.POST, kind=request.POST.get("kind", ""))
    if what == REMOVE:
        return RemoveForm(request.POST)
    if what == HOLIDAYS:
        return YearForm(request.POST, years=years_of(one, at))
    raise Http404


def _plan(one: Calendar, form: forms.Form) -> Plan | None:
    """What the form asks for; None where an exception cannot be, with the reason at its field."""
    said = form.cleaned_data
    if isinstance(form, YearForm):
        text = _t("The public holidays of %(year)s are copied.") % {"year": said["year"]}
        return Plan(text, one.body, said["year"])
    entry = calendar_editing.find(one.body, said["key"])
    if entry is None and said["key"]:
        raise Http404
    if isinstance(form, ExceptionForm):
        return _exception(one, form, said["key"])
    assert entry is not None
    text = _t("Removed: %(what)s") % {"what": calendar_words.exception(entry.read)}
    return Plan(text, calendar_editing.without(one.body, entry.key))


def _exception(one: Calendar, form: ExceptionForm, key: str) -> Plan | None:
    said = form.said()
    try:
        other = calendar_editing.clash(one.body, said, key)
        text = calendar_words.exception(calendar_editing.read(said))
    except DefinitionError as error:
        form.blame(error)
        return None
    if other is not None:
        what = calendar_words.exception(other.read)
        sentence = _t("Another exception says how one of these days is: %(what)s") % {"what": what}
        form.add_error(form.when[0].name, sentence)
        return None
    return Plan(text, calendar_editing.put(one.body, said, key))


def _moved(user: User, draft: Calendar, at: datetime) -> Moved:
    found = recount.foresee(draft, now=at)
    paused = sum(one.clock.state == Clock.PAUSED for one in found)
    overdue = sum(one.new is not None and one.new < at <= (one.old or at) for one in found)
    return Moved(len(found) - paused, paused, overdue, _nearest(user, found))


def _nearest(user: User, found: Sequence[DueChange]) -> list[tuple[DueChange, Handoff]]:
    near = found[:LOOKED_AT]
    rows = Handoff.objects.visible_to(user).filter(pk__in={one.clock.handoff_id for one in near})
    known = rows.select_related("lead__company", "rep").in_bulk()
    seen_ = [(one, known[one.clock.handoff_id]) for one in near if one.clock.handoff_id in known]
    return seen_[:NEAREST]


def _saved(request: HttpRequest, one: Calendar, plan: Plan, at: datetime) -> HttpResponse:
    by: dict[str, Any] = {"by": request.user, "now": at, "seen": one.version}
    if plan.year:
        saved = calendars.copy_year(one.slug, plan.year, **by)
    else:
        saved = calendars.save(one.slug, plan.body, **by)
    if saved.version == one.version:
        messages.success(request, _t("Nothing was changed: the calendar says so already."))
    else:
        said = _t("Saved as version %(n)s. Running and paused clocks are counted anew.")
        messages.success(request, said % {"n": saved.version})
    return redirect("calendar", one.slug)


def _refused(
    request: HttpRequest, one: Calendar, form: ExceptionForm | None, errors: Sequence[DefinitionError]
) -> HttpResponse:
    if form is None:
        return page(request, one, refused=[calendar_words.sentence(error) for error in errors])
    for error in errors:
        form.blame(error)
    return page(request, one, form=form)


def _overtaken(
    request: HttpRequest, slug: str, form: ExceptionForm | None, changed: CalendarChanged
) -> HttpResponse:
    """Who was quicker, the calendar as it is now, and what was typed, ready to be looked at again."""
    one = seen(request, slug)
    if form is not None:
        then = one.versions.filter(version=form.cleaned_data["version"]).first()
        entry = calendar_editing.find(then.body, form.cleaned_data["key"]) if then else None
        typed = request.POST.copy()
        typed["version"] = str(one.version)
        typed["key"] = calendar_editing.key_of(one.body, entry.said) if entry else ""
        form = ExceptionForm(typed, kind=form.days)
    return page(request, one, form=form, lost=changed.edit)
