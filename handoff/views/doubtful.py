"""Handoffs that would not have happened with what is known today, and which event was taken back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.clock import now
from handoff import doubt
from handoff.models import Handoff
from handoff.views.sla import insist_on_seeing


@require_safe
def doubtful(request: HttpRequest) -> HttpResponse:
    """Newest first; `before` goes on where the last page stopped looking."""
    insist_on_seeing(request.user)
    before = number(request.GET.get("before", ""))
    doubts, further = doubt.page(Handoff.objects.visible_to(request.user), before=before)
    shown = {"now": now(), "doubts": doubts, "further": further}
    return render(request, "handoff/doubtful.html", shown)


def number(said: str) -> int | None:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else None
