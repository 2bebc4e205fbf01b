"""My queue: one lead after the other, the reasons to call it, and what came in meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext as _n
from django.utils.translation import pgettext as _p
from django.views.decorators.http import require_safe

from config.clock import now
from handoff import brief, desk, queueing
from handoff.models import Handoff
from leads import meetings, stages, words
from leads.models import Lead, User

MINUTE = timedelta(minutes=1)
MOST_ASKED = 3  # meetings asked about at once


@dataclass(frozen=True)
class Said:
    """What just happened, for the eye and for the live region; `kept` is what was typed for nothing."""

    text: str
    lead: Lead | None = None
    is_conflict: bool = False
    kept: str = ""


@dataclass(frozen=True)
class Panel:
    """The form that is open below the card: `send_back` or `contact`."""

    name: str
    form: forms.Form
    picks: list[dict[str, Any]]


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """The queue with its first lead opened."""
    scope = scope_of(request)
    work = queueing.read(scope, now())
    first = work.rows[0] if work.rows else None
    return show(request, scope, work, first, at=now())


@require_safe
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """The queue with this lead opened."""
    scope, work, row = opened(request, pk)
    return show(request, scope, work, row, at=now())


@require_safe
def new(request: HttpRequest) -> HttpResponse:
    """The bar that says what came in; 204 while nothing has."""
    scope = scope_of(request)
    since, known = _since(request.GET.get("since", "")), _numbers(request.GET.get("known", ""))
    count = queueing.new_since(scope, since, known) if since else 0
    if str(count) == request.GET.get("had", "0"):
        return HttpResponse(status=204)
    here = request.GET.get("here", "")
    query = {"since": request.GET["since"], "known": request.GET.get("known", ""), "had": count, "here": here}
    context = {"count": count, "news_url": _news_url(scope, query), "arrived": arrived(count)}
    context["show_url"] = _place(scope, int(here) if here.isascii() and here.isdigit() else None)
    return render(request, "handoff/queue_new.html", context)


def scope_of(request: HttpRequest) -> queueing.Scope:
    """Whose queue is asked for: 403 for those who have none, 404 for one that is not theirs to see."""
    try:
        return queueing.Scope.asked(request.user, request.GET.dict())
    except queueing.NoQueue as refused:
        raise PermissionDenied from refused
    except queueing.UnknownQueue as refused:
        raise Http404 from refused


def opened(request: HttpRequest, pk: int) -> tuple[queueing.Scope, queueing.Work, queueing.Row]:
    """The queue and one handoff in it, or beside it where the person may see it at all (else 404)."""
    scope = scope_of(request)
    work = queueing.read(scope, now())
    row = work.find(pk)
    if row is None:
        beside = Handoff.objects.visible_to(request.user).select_related(*NEEDED).prefetch_related("clocks")
        row = queueing.row_of(get_object_or_404(beside, pk=pk), request.user, now())
    return scope, work, row


NEEDED = ("lead__company", "lead__standing", "rep", "queue__team", "handed_by", "accepted_by", "ended_by")


def show(
    request: HttpRequest,
    scope: queueing.Scope,
    work: queueing.Work,
    row: queueing.Row | None,
    *,
    at: datetime,
    panel: Panel | None = None,
    said: Said | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page; a script takes out of it what changed."""
    pk = row.handoff.pk if row else None
    below, above = work.beside(pk, 1), work.beside(pk, -1)
    then = work.next_to_decide(pk)
    context = {
        "now": at,
        "scope": scope,
        "work": work,
        "groups": work.groups(),
        "row": row,
        "brief": brief.of(row.handoff, viewer=request.user, now=at) if row else None,
        "next_url": _card_url(scope, below),
        "previous_url": _card_url(scope, above),
        "card_url": _place(scope, pk),
        "then": then.handoff.pk if then else "",
        "panel": panel,
        "said": said,
        "spoken": _spoken(said, work) if said else "",
        "follows": queueing.follow_ups(request.user).count() if scope.is_own else 0,
        "today": queueing.today(request.user, midnight=_midnight(at)),
        "undoable": desk.undoable(request.user, now=at),
        "may_take": scope.is_own and desk.pull_queues_of(request.user).exists(),
        "loads": queueing.loads(scope) if scope.managed else [],
        "news_url": _news_url(scope, _news(work, at) | {"here": pk or ""}),
        **_path(request.user, scope, row, at),
        "takes_focus": said is not None or is_htmx(request),
    }
    response = render(request, "handoff/queue.html", context, status=status)
    if is_htmx(request) and request.method == "POST" and panel is None:
        response["HX-Push-Url"] = _place(scope, pk)
    return response


def _path(viewer: User, scope: queueing.Scope, row: queueing.Row | None, at: datetime) -> dict[str, Any]:
    """What comes after the answer: meetings that wait for a verdict, and the next steps of a lead in hand."""
    shown: dict[str, Any] = {
        "to_judge": meetings.to_judge(viewer, now=at)[:MOST_ASKED] if scope.is_own else ()
    }
    if row is None or row.handoff.state != Handoff.ACCEPTED:
        return shown
    lead, held = row.handoff.lead, row.handoff
    qualify = lead.stage == stages.SAL and desk.may_judge(viewer, lead, held)
    return shown | {"further": desk.further(viewer, lead, held), "qualify": qualify}


def is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def arrived(count: int) -> str:
    if not count:
        return ""
    return _n("%(n)s new handoff has come in.", "%(n)s new handoffs have come in.", count) % {"n": count}


def _spoken(said: Said, work: queueing.Work) -> str:
    """For the live region: what happened, to whom, and how many are left (UX 3.3)."""
    parts = [said.text]
    if said.lead is not None:
        company = said.lead.company.name if said.lead.company else ""
        who = [part for part in (words.customer(said.lead.display_name), company) if part]
        parts.append(_p("list", ", ").join(who) + _p("sentence end", "."))
    left = work.to_decide
    parts.append(_n("%(n)s left to decide.", "%(n)s left to decide.", left) % {"n": left})
    return sentences(parts)


def sentences(parts: list[str]) -> str:
    """Sentences one after the other; Japanese has no space between them."""
    return ("" if words.is_japanese() else " ").join(parts)


def _card_url(scope: queueing.Scope, row: queueing.Row | None) -> str:
    return _place(scope, row.handoff.pk) if row else ""


def _place(scope: queueing.Scope, pk: int | None) -> str:
    """Where a lead of the queue is seen; the queue itself without one."""
    return (reverse("queue-card", args=[pk]) if pk else reverse("queue")) + scope.query


def _news(work: queueing.Work, at: datetime) -> dict[str, Any]:
    known = ",".join(str(pk) for pk in queueing.just_shown(work, at))
    return {"since": at.astimezone(UTC).isoformat().replace("+00:00", "Z"), "known": known, "had": 0}


def _news_url(scope: queueing.Scope, query: dict[str, Any]) -> str:
    return reverse("queue-new") + (scope.query + "&" if scope.query else "?") + urlencode(query)


def _since(said: str) -> datetime | None:
    try:
        since = datetime.fromisoformat(said)
    except ValueError:
        return None
    return since if since.tzinfo is not None and 2000 <= since.year < 3000 else None


def _numbers(said: str) -> frozenset[int]:
    return frozenset(int(one) for one in said.split(",") if one.isascii() and one.isdigit() and len(one) < 19)


def _midnight(at: datetime) -> datetime:
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)


def sentence_of_ago(at: datetime, now: datetime) -> str:
    """How long ago, in words: 1分前, 1 min ago."""
    if now - at < MINUTE:
        return _t("just now")
    return _t("%(length)s ago") % {"length": words.duration(now - at)}
