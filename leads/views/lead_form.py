"""A person adds a lead, or corrects one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _t

from config.clock import now
from leads import editing, intake
from leads.forms import LeadForm, initial
from leads.models import Lead

TEMPLATE = "leads/lead_form.html"


def add(request: HttpRequest) -> HttpResponse:
    """A new lead; whoever looks like the same person is shown before anything is stored."""
    if not editing.may_add(request.user):
        raise PermissionDenied
    form = LeadForm(request.POST or None, initial={"company_relation": "prospect"})
    if request.method != "POST" or not form.is_valid():
        return _page(request, form)
    twins = editing.twins(form.typed["email"], form.typed["phone"])
    if twins and not form.cleaned_data["anyway"]:
        return _page(request, form, twins=twins, status=409)
    lead = intake.receive(_values(request, form), by=request.user, now=now(), is_somebody_else=True).lead
    messages.success(request, _t("The lead is saved."))
    return redirect("lead", lead.pk)


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Corrections of a lead; what somebody else changed meanwhile is shown, never overwritten unseen."""
    lead = get_object_or_404(Lead.objects.visible_to(request.user).select_related("company"), pk=pk)
    if not editing.may_edit(request.user, lead):
        raise PermissionDenied
    start = initial(editing.values_of(lead)) | {"seen": editing.seen_until(lead)}
    form = LeadForm(request.POST or None, initial=start)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form, lead=lead)
    try:
        editing.save(lead, form.typed, seen=form.cleaned_data["seen"] or 0, by=request.user, now=now())
    except editing.Overtaken as overtaken:
        again = _seeing(form, editing.seen_until(lead))
        return _page(request, again, lead=lead, theirs=overtaken.changes, status=409)
    messages.success(request, _t("Saved."))
    return redirect("lead", lead.pk)


def _values(request: HttpRequest, form: LeadForm) -> dict[str, Any]:
    """What was typed, as the intake takes it; a rep's own find is theirs."""
    typed = {name: value for name, value in form.typed.items() if value not in ("", None)}
    company = {
        name.removeprefix(editing.COMPANY_PREFIX): typed.pop(name)
        for name in list(typed)
        if name.startswith(editing.COMPANY_PREFIX)
    }
    if company.get("name"):
        typed["company"] = company
    if request.user.is_rep:
        typed["owner"] = request.user
    return typed | {"name": editing.full_name(form.typed)}


def _seeing(form: LeadForm, seen: int) -> LeadForm:
    """The same words typed, now knowing of the other's change."""
    data = form.data.copy()
    data["seen"] = str(seen)
    again = LeadForm(data, initial=form.initial)
    again.is_valid()
    return again


def _page(request: HttpRequest, form: LeadForm, status: int = 0, **more: Any) -> HttpResponse:
    status = status or (422 if form.errors else 200)
    return render(request, TEMPLATE, {"form": form, "lead": None} | more, status=status)
