"""A person sets the readiness of a lead by hand, or goes back to the computed number."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods

from config.clock import now
from handoff.override_form import OverrideForm
from handoff.views.lead_page import seen_by
from leads.models import Lead
from scoring import gate_words, overriding, readiness


@require_http_methods(["GET", "HEAD", "POST"])
def override(request: HttpRequest, pk: int) -> HttpResponse:
    """The form, and its answer; `end` takes back what counts now."""
    lead = seen_by(request.user, pk)
    if not overriding.may_override(request.user, lead):
        raise PermissionDenied
    if request.method == "POST" and "end" in request.POST:
        return _ended(request, lead)
    form = OverrideForm(request.POST or None)
    return _set(request, lead, form) or _page(request, lead, form)


def _set(request: HttpRequest, lead: Lead, form: OverrideForm) -> HttpResponse | None:
    """Sent through the door; None where the form has to be shown (again)."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        overriding.set_override(lead, by=request.user, now=now(), **form.answer())
    except overriding.OverrideRefused as refused:
        form.refuse(refused)
        return None
    messages.success(request, _t("Set by hand. The computed number stands beside it."))
    return redirect("lead", lead.pk)


def _ended(request: HttpRequest, lead: Lead) -> HttpResponse:
    try:
        overriding.end_override(lead, by=request.user, now=now())
        messages.success(request, _t("The computed number counts again."))
    except overriding.OverrideRefused as refused:
        messages.error(request, gate_words.refusal(refused))
    return redirect("lead", lead.pk)


def _page(request: HttpRequest, lead: Lead, form: OverrideForm) -> HttpResponse:
    moment = now()
    seen = readiness.look(lead, now=moment)
    shown = {
        "lead": lead,
        "form": form,
        "now": moment,
        "computed": seen.points.readiness if seen else lead.standing.readiness,
        "override": seen.override if seen else None,
    }
    return render(request, "handoff/override.html", shown, status=422 if form.errors else 200)
