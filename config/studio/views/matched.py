"""The list behind a number of a rule: whom it matched in 90 days, as far as the reader may see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from config.clock import now
from config.studio.views import overview
from config.studio.views.draft import found
from leads import paging
from leads.models import Standing
from leads.views.lead_list import COLUMNS
from scoring.models import ScoringModel
from scoring.rulemaking import matches, rule_sentences, sentences

ORDER = paging.ORDERS["-readiness"]


@require_safe
def of_draft(request: HttpRequest, pk: int, rule: str) -> HttpResponse:
    """Of a rule as a draft has it."""
    overview.reader(request)
    return _list(request, found(pk).body, rule, back=reverse("rules-draft", args=[pk]))


@require_safe
def in_force(request: HttpRequest, rule: str) -> HttpResponse:
    """Of a rule as it is in force."""
    overview.reader(request)
    version = ScoringModel.objects.in_force(now())
    if version is None:
        raise Http404
    return _list(request, version.body, rule, back=reverse("rules"))


def _list(request: HttpRequest, body: Mapping[str, Any], rule: str, *, back: str) -> HttpResponse:
    moment = now()
    behind = matches.leads_of(body, rule, now=moment)
    if behind is None:
        raise Http404
    reaches = [rows.filter(lead__in=behind) for rows in Standing.objects.reaches_of(request.user)]
    try:
        place = paging.Cursor.read(request.GET.get("cursor", ""), ORDER)
    except paging.CursorRefused:
        return redirect(request.path)
    page = paging.cut(reaches, COLUMNS, ORDER, place)
    [half, one] = next(
        [half, one] for half in sentences.HALVES for one in body[half]["rules"] if one["id"] == rule
    )
    shown = {
        "said": rule_sentences.rule(one, half),
        "page": page,
        "total": paging.count_each({"all": reaches})["all"],
        "most": paging.MOST,
        "sees_all": request.user.sees_all_leads,
        "now": moment,
        "back": back,
    }
    return render(request, "studio/matched.html", shown)
