"""The page of one clock: an auditor reads a breach from it alone; pausing it, and excusing its breach."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.clock import now
from handoff import calendar_use, clock_story, desk, pausing, words
from handoff.clock_story import Story
from handoff.models import Clock, Handoff
from handoff.pause_form import ExcuseForm, PauseForm
from handoff.refusals import Conflict, DeskRefused, NotYours


@require_safe
def clock(request: HttpRequest, pk: int) -> HttpResponse:
    """When it started, what counted, what moved it, who was told, what happened next."""
    return _page(request, _seen(request, pk), ExcuseForm())


@require_POST
def excuse(request: HttpRequest, pk: int) -> HttpResponse:
    """A manager excuses the breach; it stays one, and the figures are shown with and without it."""
    one, form = _seen(request, pk), ExcuseForm(request.POST)
    if form.is_valid():
        try:
            desk.excuse(one, by=request.user, now=now(), reason=form.cleaned_data["reason"])
            messages.success(request, _t("Excused. Reports show the figures with and without it."))
            return redirect("clock", pk)
        except DeskRefused as refused:
            form.add_error(refused.field or None, words.refusal(refused))
        except NotYours as refused:
            raise PermissionDenied from refused
    return _page(request, one, form)


@require_http_methods(["GET", "HEAD", "POST"])
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a clock of this handoff rest until the day the customer named."""
    handoff = _handoff(request, pk)
    if not pausing.may_pause(request.user, handoff):
        raise PermissionDenied
    kinds = [one.kind for one in handoff.clocks.filter(ended_at=None).exclude(state=Clock.BREACHED)]
    initial = {"version": handoff.version, "clock": request.GET.get("clock", "")}
    form = PauseForm(request.POST or None, kinds=kinds, reasons=pausing.reasons_of(handoff), initial=initial)
    lost = ""
    if request.method == "POST" and form.is_valid():
        try:
            row = pausing.pause(handoff, by=request.user, now=now(), **form.answer())
            messages.success(request, _t("Paused. The due time has moved."))
            return redirect("clock", row.pk)
        except Conflict as conflict:
            lost = words.refusal(conflict)
        except DeskRefused as refused:
            form.refuse(refused)
    shown = {"handoff": handoff, "lead": handoff.lead, "form": form, "lost": lost}
    return render(request, "handoff/pause.html", shown, status=409 if lost else 422 if form.errors else 200)


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """End a pause early; the clock goes on from now."""
    one = _seen(request, pk)
    try:
        pausing.resume(one.handoff, clock=one.kind, by=request.user, now=now())
        messages.success(request, _t("The clock goes on from now."))
    except (Conflict, DeskRefused) as refused:
        messages.error(request, words.refusal(refused))
    except NotYours as refused:
        raise PermissionDenied from refused
    return redirect("clock", pk)


def _seen(request: HttpRequest, pk: int) -> Clock:
    return get_object_or_404(clock_story.visible_to(request.user), pk=pk)


def _handoff(request: HttpRequest, pk: int) -> Handoff:
    found = Handoff.objects.visible_to(request.user).select_related("lead__company", "queue__team", "policy")
    return get_object_or_404(found, pk=pk)


def _page(request: HttpRequest, one: Clock, form: ExcuseForm) -> HttpResponse:
    handoff, at = one.handoff, now()
    story = Story(one, at)
    counted_by = story.counted_by.pk if story.counted_by else None
    may_pause = (
        one.kind in pausing.KINDS and one.ended_at is None and pausing.may_pause(request.user, handoff)
    )
    shown = {
        "clock": one,
        "story": story,
        "reads_calendar": calendar_use.readable_by(request.user).filter(pk=counted_by).exists(),
        "lead": handoff.lead,
        "now": at,
        "form": form,
        "may_excuse": one.breached_at and not one.excused_at and desk.may_excuse(request.user, one),
        "may_pause": may_pause and one.state == Clock.RUNNING and bool(pausing.reasons_of(handoff)),
        "may_resume": may_pause and one.state == Clock.PAUSED,
    }
    return render(request, "handoff/clock.html", shown, status=422 if form.errors else 200)
