"""What the pages further down the path share: a form through its door, and every refusal beside its field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from handoff import words
from handoff.forms import SeenForm
from handoff.refusals import Conflict, NotYours
from leads import lifecycle, stages
from leads.models import Lead
from leads.refusals import Quicker, Refused


def attempt(request: HttpRequest, form: SeenForm, act: Callable[[], Any]) -> Any:
    """What the door made of a form that was sent; None where the page is shown (again), with why.

    When somebody was quicker it is said who and when, and what was typed stays.
    """
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return act()
    except (Conflict, Quicker, lifecycle.LeadChanged) as quick:
        form.overtaken = True  # type: ignore[attr-defined]
        form.add_error(None, words.refusal(quick))
        if isinstance(quick, Quicker):
            data = form.data.copy()
            data["version"] = str(quick.version)  # pressed again, the form acts on it as it is now
            form.data = data
    except Refused as refused:
        form.refuse(refused)  # type: ignore[arg-type]
    except stages.StageRefused as refused:
        form.add_error(None, words.refusal(refused))
    except NotYours as refused:
        raise PermissionDenied from refused
    return None


def page(request: HttpRequest, name: str, lead: Lead, form: SeenForm, **more: Any) -> HttpResponse:
    status = 409 if getattr(form, "overtaken", False) else 422 if form.errors else 200
    shown = {"lead": lead, "form": form, "back": back(request, lead)} | more
    return render(request, f"handoff/{name}.html", shown, status=status)


def back(request: HttpRequest, lead: Lead) -> str:
    """Where the person came from, else the lead."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted and is_ours else reverse("lead", args=[lead.pk])
