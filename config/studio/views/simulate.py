"""A draft tried on the past: choose a stretch, watch it run, read what it found, open every list."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.clock import now
from config.studio import trial_chart, trial_words
from config.studio.trial_forms import TrialForm
from config.studio.views import overview
from config.studio.views.draft import found
from handoff import words as desk_words
from handoff.models import Queue
from leads.models import Lead
from scoring.models import Draft, SimulatedLead, Simulation
from scoring.replay import trials
from scoring.replay.trial_rows import KINDS

PAGE = 50
SHOWN = 10
DAY = timedelta(days=1)
asks = require_http_methods(["GET", "HEAD", "POST"])


@asks
def simulate(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose how far back; and what was tried of this draft before."""
    allowed, draft = overview.reader(request), found(pk)
    form = TrialForm(request.POST or None, initial={"days": "90"})
    if request.method == "POST":
        if not allowed.write:
            raise PermissionDenied
        if form.is_valid() and (asked := _asked(form, draft, request)):
            return redirect("rules-simulation", asked.pk)
    before = draft.simulations.select_related("asked_by").order_by("-asked_at", "-pk")[:SHOWN]
    shown = {
        "draft": draft,
        "may": allowed,
        "form": form,
        "now": now(),
        "before": [(one, trial_words.short(one)) for one in before],
    }
    return render(request, "studio/simulate.html", shown, status=422 if form.errors else 200)


@require_safe
def simulation(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is; once it is through, what it found, words first."""
    allowed, here = overview.reader(request), found_one(pk)
    shown: dict[str, Any] = {"simulation": here, "draft": here.draft, "may": allowed, "now": now()}
    shown |= {
        "is_open": here.state in (Simulation.WAITING, Simulation.RUNNING),
        "is_old": here.draft is not None and here.draft.revision != here.revision,
        "last": here.until - timedelta.resolution,
        "failure": trial_words.failure(here),
    }
    if here.state == Simulation.DONE:
        shown |= {
            "findings": trial_words.findings(here),
            "caveats": trial_words.caveats(here),
            "numbers": trial_words.numbers(here),
            "chart": trial_chart.weekly(here.result["weeks"]),
            "weeks": trial_words.weeks(here),
            "queues": _queues(here),
        }
    return render(request, "studio/simulation.html", shown)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    if not overview.reader(request).write:
        raise PermissionDenied
    trials.cancel(found_one(pk), now=now())
    return redirect("rules-simulation", pk)


@require_safe
def behind(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The leads behind one number, as far as the reader may see them; page by page by key."""
    overview.reader(request)
    here = found_one(pk)
    if kind not in KINDS or here.state != Simulation.DONE:
        raise Http404
    mine = here.leads.filter(kind=kind, lead__in=Lead.objects.visible_to(request.user).values("pk"))
    rows, previous, following = _cut(mine.select_related("lead__company"), request)
    names = desk_words.queue_names(Queue.objects.select_related("team"))
    shown = {
        "simulation": here,
        "kind": kind,
        "heading": trial_words.kind_label(kind),
        "rows": [trial_words.Row.of(one, names) for one in rows],
        "count": mine.count(),
        "whole": here.result["kinds"][kind],
        "previous": previous,
        "next": following,
        "now": now(),
    }
    return render(request, "studio/simulation_list.html", shown)


def found_one(pk: int) -> Simulation:
    rows = Simulation.objects.select_related("draft__base", "asked_by")
    here = rows.filter(pk=min(pk, 2**63 - 1)).first()
    if here is None:
        raise Http404
    return here


def _asked(form: TrialForm, draft: Draft, request: HttpRequest) -> Simulation | None:
    """Whole days of the rules' zone, up to this moment."""
    moment = now()
    since = days_before(moment, int(form.cleaned_data["days"]), ZoneInfo(draft.body["timezone"]))
    try:
        return trials.ask(
            body=draft.body,
            since=since,
            until=_whole_minute(moment),
            draft=draft,
            by=request.user,
            now=moment,
        )
    except trials.TrialRefused as refused:
        form.add_error(None, trial_words.refusal(refused))
        return None


def days_before(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The midnight with which so many days up to and with today began."""
    today = moment.astimezone(zone).date()
    return datetime.combine(today - (days - 1) * DAY, time(), zone)


def _whole_minute(moment: datetime) -> datetime:
    """So that a second press within the minute finds the first one."""
    return moment.replace(second=0, microsecond=0)


def _queues(here: Simulation) -> list[dict[str, Any]]:
    """Handoffs by queue beside what its queue lets through a day."""
    queues = list(Queue.objects.select_related("team"))
    most, names = {one.slug: one.release_per_day for one in queues}, desk_words.queue_names(queues)
    return [
        one
        | {
            "name": names.get(one["queue"], one["queue"]),
            "release": most.get(one["queue"]),
            "sides": trial_words.loads(here, one),
        }
        for one in here.result["queues"]
    ]


def _cut(mine: Any, request: HttpRequest) -> tuple[list[SimulatedLead], int | None, int | None]:
    """A page after or before a row's number, and the numbers to go on from either way."""
    after, before = (_number(request.GET.get(name, "")) for name in ("after", "before"))
    if before is not None:
        rows = list(mine.filter(pk__lt=before).order_by("-pk")[: PAGE + 1])
        more, rows = len(rows) > PAGE, rows[:PAGE][::-1]
        return rows, rows[0].pk if rows and more else None, rows[-1].pk if rows else None
    rows = list(mine.filter(pk__gt=after or 0).order_by("pk")[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return rows, rows[0].pk if rows and after else None, rows[-1].pk if rows and more else None


def _number(said: str) -> int | None:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else None
