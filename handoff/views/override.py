"""A person sets the readiness of a lead by hand, or goes back to the computed number.

Each takes what the person saw. When somebody said otherwise meanwhile it is said who and when, and what was
typed stays: sent again it takes the other's place.
"""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods

from config.clock import now
from handoff.override_form import OverrideForm, SeenOverride
from handoff.views.lead_page import seen_by
from handoff.views.queue import sentence_of_ago
from leads.models import Lead
from scoring import gate_words, overriding, readiness
from scoring.overriding import OverrideChanged, OverrideRefused


@require_http_methods(["GET", "HEAD", "POST"])
def override(request: HttpRequest, pk: int) -> HttpResponse:
    """The form, and its answer; `end` takes back what counts now."""
    lead = seen_by(request.user, pk)
    if not overriding.may_override(request.user, lead):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, lead, OverrideForm())
    if not SeenOverride(request.POST).is_valid():
        raise BadRequest("version")  # our page sends it, a person cannot get it wrong
    return _ended(request, lead) if "end" in request.POST else _set(request, lead, OverrideForm(request.POST))


def _set(request: HttpRequest, lead: Lead, form: OverrideForm) -> HttpResponse:
    """Sent through the door, else the form again with what is wrong."""
    if not form.is_valid():
        return _page(request, lead, form)
    try:
        overriding.set_override(lead, by=request.user, now=now(), **form.answer())
    except OverrideChanged as changed:
        form.see(changed.version)
        return _page(request, lead, form, changed=changed)
    except OverrideRefused as refused:
        form.refuse(refused)
        return _page(request, lead, form)
    messages.success(request, _t("Set by hand. The computed number stands beside it."))
    return redirect("lead", lead.pk)


def _ended(request: HttpRequest, lead: Lead) -> HttpResponse:
    seen = SeenOverride(request.POST)
    seen.full_clean()
    try:
        overriding.end_override(lead, by=request.user, now=now(), **seen.cleaned_data)
        messages.success(request, _t("The computed number counts again."))
    except OverrideChanged as changed:
        return _page(request, lead, OverrideForm(), changed=changed)
    except OverrideRefused as refused:
        messages.error(request, gate_words.refusal(refused))
    return redirect("lead", lead.pk)


def _page(
    request: HttpRequest, lead: Lead, form: OverrideForm, *, changed: OverrideChanged | None = None
) -> HttpResponse:
    moment = now()
    seen = readiness.look(lead, now=moment)
    said = seen.override if seen else None
    form.initial = {"version": overriding.version_of(said, now=moment)}
    shown = {
        "lead": lead,
        "form": form,
        "now": moment,
        "computed": seen.points.readiness if seen else lead.standing.readiness,
        "override": said,
        "overtaken": f"{gate_words.overtaken(changed)} ({sentence_of_ago(changed.at or moment, moment)})"
        if changed
        else "",
    }
    status = 409 if changed else 422 if form.errors else 200
    return render(request, "handoff/override.html", shown, status=status)
