"""Queues as a manager sees them: who works there, with what weight, load and leave; who would be next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_POST, require_safe

from config.clock import now
from handoff import desk, queueing, release, words
from handoff.desk.floor import Desk, Seat
from handoff.desk.rehearsing import Rehearsed, next_of, rehearse
from handoff.desk.releasing import waiting_one
from handoff.models import Handoff, Queue
from handoff.refusals import Conflict, DeskRefused, NotYours
from leads.absence import Absences
from leads.models.people import Leave

SHOWN, TRIED = 20, 10


@dataclass(frozen=True)
class Line:
    """A member with today's load, and their leave now or to come."""

    seat: Seat
    leaves: Sequence[Leave]


@dataclass(frozen=True)
class Shown:
    """A queue with its people, its day and what is held back."""

    queue: Queue
    lines: list[Line]
    day: desk.Day | None
    held: list[Handoff]


@require_safe
def queues(request: HttpRequest) -> HttpResponse:
    """The queues one manages; `try` names the one whose next leads are rehearsed."""
    managed = queueing.managed_by(request.user)
    if not managed:
        raise PermissionDenied
    at = now()
    tried = next((one for one in managed if one.slug == request.GET.get("try")), None)
    if tried is None and "try" in request.GET:
        raise Http404
    shown = {
        "queues": _shown(managed, at),
        "tried": tried,
        "rehearsed": _rehearsed(tried, at) if tried else [],
        "now": at,
    }
    return render(request, "handoff/queues.html", shown)


@require_POST
def let_pass(request: HttpRequest, pk: int) -> HttpResponse:
    """A waiting lead passes the limit of its queue's day."""
    handoff = get_object_or_404(Handoff.objects.visible_to(request.user), pk=pk)
    said = request.POST.get("version", "")
    version = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None
    try:
        passed = desk.let_pass(
            handoff, by=request.user, now=now(), reason=request.POST.get("reason", ""), version=version
        )
    except NotYours as refused:
        raise PermissionDenied from refused
    except (Conflict, DeskRefused) as refused:
        messages.error(request, words.refusal(refused))
    else:
        offered = passed.state == Handoff.OFFERED
        said = _t("It is offered.") if offered else _t("It is offered as soon as anybody can take it.")
        messages.success(request, said)
    return redirect("queues")


def _shown(managed: Sequence[Queue], at: datetime) -> list[Shown]:
    floor, absences = Desk.read(now=at), Absences.read(now=at)
    days = {day.queue.pk: day for day in desk.days(now=at)}
    held = _held([queue.pk for queue in managed], at)
    return [
        Shown(
            queue,
            [
                Line(seat, absences.of.get(user, ()))
                for user, seat in floor.seats[queue.pk].items()
                if seat.member.is_active
            ],
            days.get(queue.pk),
            held.get(queue.pk, [])[:SHOWN],
        )
        for queue in managed
    ]


def _held(queues: list[int], at: datetime) -> dict[int, list[Handoff]]:
    """What waits for the next day of each queue, in the order in which it would go on."""
    rows = Handoff.objects.waiting().filter(queue__in=queues, waiting_because=Handoff.CAPACITY)
    by_pk = {one.pk: one for one in rows.select_related("lead__company", "lead__standing", "previous")}
    held: dict[int, list[Handoff]] = {}
    for one in release.in_order([waiting_one(one) for one in by_pk.values()], at):
        handoff = by_pk[one.handoff]
        held.setdefault(handoff.queue_id or 0, []).append(handoff)
    return held


def _rehearsed(queue: Queue, at: datetime) -> list[Rehearsed]:
    """What waits in the queue, else the next leads that nobody knows."""
    waiting = Handoff.objects.waiting().filter(queue=queue, route_at__lte=at).order_by("created_at", "pk")
    return rehearse(waiting[:TRIED], now=at) or next_of(queue, count=TRIED, now=at)
