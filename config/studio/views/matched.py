"""The list behind a number of a rule: whom it matched in 90 days, as far as the reader may see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from config.clock import now
from leads import paging
from leads.models import Standing
from leads.views.lead_list import COLUMNS
from scoring import matches, sentences
from scoring.models import Draft, ScoringModel
from scoring.permissions import may

ORDER = paging.ORDERS["-readiness"]


@require_safe
def of_draft(request: HttpRequest, pk: int, rule: str) -> HttpResponse:
    """Of a rule as a draft has it."""
    _insist(request)
    draft = get_object_or_404(Draft, pk=pk)
    return _list(request, draft.body, rule, back=f"/rules/drafts/{draft.pk}")


@require_safe
def in_force(request: HttpRequest, rule: str) -> HttpResponse:
    """Of a rule as it is in force."""
    _insist(request)
    version = ScoringModel.objects.in_force(now())
    if version is None:
        raise Http404
    return _list(request, version.body, rule, back="/rules")


def _insist(request: HttpRequest) -> None:
    if not may(request.user).read:
        raise Http404


def _list(request: HttpRequest, body: Mapping[str, Any], rule: str, *, back: str) -> HttpResponse:
    moment = now()
    found = matches.leads_of(body, rule, now=moment)
    if found is None:
        raise Http404
    reaches = [rows.filter(lead__in=found) for rows in Standing.objects.reaches_of(request.user)]
    try:
        place = paging.Cursor.read(request.GET.get("cursor", ""), ORDER)
    except paging.CursorRefused:
        return redirect(request.path)
    page = paging.cut(reaches, COLUMNS, ORDER, place)
    [half, one] = next(
        [half, one] for half in sentences.HALVES for one in body[half]["rules"] if one["id"] == rule
    )
    shown = {
        "said": sentences.rule(one, half),
        "page": page,
        "total": paging.count_each({"all": reaches})["all"],
        "most": paging.MOST,
        "sees_all": request.user.sees_all_leads,
        "now": moment,
        "back": back,
    }
    return render(request, "studio/matched.html", shown)
