"""Pages of an opportunity: open it with its figures, change them, win or lose it; and the list of them."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods, require_safe

from config.clock import now
from handoff import desk, path_words
from handoff.desk.further import answers_further
from handoff.path_forms import CloseForm, OpportunityForm
from handoff.views.lead_page import seen_by
from handoff.views.path import attempt, back, page
from leads import opportunities, stages
from leads import words as ground
from leads.models import Lead, Opportunity

asks = require_http_methods(["GET", "HEAD", "POST"])
MOST = 200


@asks
def open_(request: HttpRequest, pk: int) -> HttpResponse:
    """The figures of a new opportunity; its owner, or who manages them, opens it."""
    lead, at = seen_by(request.user, pk), now()
    if not answers_further(request.user, lead, desk.open_handoff(lead)):
        raise PermissionDenied
    if request.method != "POST" and lead.stage not in (stages.SAL, stages.SQL):
        return _elsewhere(request, lead)
    form = OpportunityForm(request.POST or None, initial={"version": lead.version, "currency": "JPY"})
    one = attempt(
        request, form, lambda: desk.open_opportunity(lead, by=request.user, now=at, **form.answer())
    )
    if one is None:
        return page(request, "opportunity", lead, form, is_new=True)
    said = {"amount": path_words.amount(one.amount, one.currency)}
    messages.success(request, _t("Opportunity opened: %(amount)s.") % said)
    return redirect(back(request, lead))


@asks
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Other figures, the next step."""
    one, at = _seen(request, pk), now()
    first = {name: getattr(one, name) for name in (*opportunities.FIGURES, "version")}
    first["amount"] = f"{one.amount:f}".rstrip("0").rstrip(".") if "." in f"{one.amount:f}" else one.amount
    form = OpportunityForm(request.POST or None, initial=first)
    changed = attempt(
        request, form, lambda: desk.change_opportunity(one, by=request.user, now=at, **form.answer())
    )
    if changed is None:
        return page(request, "opportunity", one.lead, form, opportunity=one)
    messages.success(request, _t("The opportunity is changed."))
    return redirect(back(request, one.lead))


@asks
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Won, or lost and why."""
    one, at = _seen(request, pk), now()
    outcome = request.GET.get("outcome", "")
    first = {"version": one.version, "outcome": outcome if outcome in stages.OUTCOMES else None}
    form = CloseForm(request.POST or None, initial=first)
    closed = attempt(
        request, form, lambda: desk.close_opportunity(one, by=request.user, now=at, **form.answer())
    )
    if closed is None:
        return page(request, "close", one.lead, form, opportunity=one, picks=form.picks())
    said = {
        "who": ground.customer(one.lead.display_name),
        "outcome": ground.stage_label(closed.outcome or ""),
    }
    messages.success(request, _t("%(who)s: %(outcome)s.") % said)
    return redirect(back(request, one.lead))


@require_safe
def opportunity_list(request: HttpRequest) -> HttpResponse:
    """The opportunities of the leads one sees: what is open by its close, then what ended last."""
    mine = Opportunity.objects.filter(lead__in=Lead.objects.visible_to(request.user).values("pk"))
    mine = mine.select_related("lead__company", "owner")
    shown = {
        "open": mine.filter(outcome=None).order_by("expected_close", "pk")[:MOST],
        "closed": mine.exclude(outcome=None).order_by("-closed_at", "-pk")[:MOST],
        "now": now(),
    }
    return render(request, "handoff/opportunity_list.html", shown)


def _seen(request: HttpRequest, pk: int) -> Opportunity:
    """The opportunity, where the person may see its lead (else 404) and answers for it (else 403)."""
    mine = Opportunity.objects.filter(lead__in=Lead.objects.visible_to(request.user).values("pk"))
    rows = mine.select_related("lead__company", "lead__standing__team", "lead__owner", "owner", "closed_by")
    one = get_object_or_404(rows, pk=pk)
    if not answers_further(request.user, one.lead, desk.open_handoff(one.lead)):
        raise PermissionDenied
    return one


def _elsewhere(request: HttpRequest, lead: Lead) -> HttpResponse:
    at = ground.stage_label(lead.outcome or lead.stage)
    messages.info(request, _t("That is not possible now: this lead is at “%(stage)s”.") % {"stage": at})
    return redirect("lead", lead.pk)
