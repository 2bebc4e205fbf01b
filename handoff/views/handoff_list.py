"""The lists behind the numbers: handoffs as they stood at a moment, as many as the number said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.clock import now
from handoff import as_of, list_words, lists
from handoff.lists import HandoffFilter
from handoff.models import Clock, Handoff
from handoff.views.sla import insist_on_seeing, may_see_people
from leads.models import User

PAGE = 50
FAR = datetime.max.replace(tzinfo=UTC)


@require_safe
def handoff_list(request: HttpRequest) -> HttpResponse:
    """The handoffs behind a number, nearest due or newest first; as many as the number says."""
    insist_on_seeing(request.user)
    at = now()
    reading = lists.read(request.GET, user=request.user, now=at)
    chosen = reading.chosen if may_see_people(request.user) else reading.chosen.but(rep=None)
    seen = Handoff.objects.listed_for(request.user)
    wanted = [one.pk for one in chosen.stands(seen)] if chosen.sla else []
    found = chosen.narrow(seen) if not chosen.sla else as_of.handoffs_at(seen, chosen.at)
    count = len(wanted) if chosen.sla else found.count()
    page = min(_page(request), max(1, -(-count // PAGE)))
    part = slice((page - 1) * PAGE, page * PAGE)
    rows = _in_this_order(found, wanted[part]) if chosen.sla else list(_needed(found).order_by("-pk")[part])
    context = {
        "chosen": chosen,
        "heading": list_words.heading(chosen),
        "problems": reading.problems,
        "now": chosen.at,
        "count": count,
        "rows": [_row(one, chosen, request.user) for one in rows],
        "first": (page - 1) * PAGE + 1,
        "last": (page - 1) * PAGE + len(rows),
        "previous": _address(chosen, page - 1) if page > 1 else "",
        "next": _address(chosen, page + 1) if page * PAGE < count else "",
        "filters": _filters(chosen),
        "may_see_people": may_see_people(request.user),
        "here": request.get_full_path(),
    }
    return render(request, "handoff/handoff_list.html", context)


def _page(request: HttpRequest) -> int:
    said = request.GET.get("page", "")
    return int(said) if said.isascii() and said.isdigit() and 0 < len(said) < 7 and int(said) else 1


def _address(chosen: HandoffFilter, page: int) -> str:
    return f"?{chosen.query()}&page={page}"


def _needed(found: QuerySet[Handoff]) -> QuerySet[Handoff]:
    found = found.select_related("lead__company", "rep", "queue__team").prefetch_related("clocks")
    return found.annotate(first_offer=as_of.first_offer())


def _in_this_order(found: QuerySet[Handoff], pks: Sequence[int]) -> list[Handoff]:
    rows = {one.pk: one for one in _needed(found).filter(pk__in=pks)}
    return [rows[pk] for pk in pks if pk in rows]


@dataclass(frozen=True)
class Line:
    """A handoff of the list with the clock the list is about."""

    handoff: Any
    clock: Clock | None
    may_give: bool


def _row(handoff: Any, chosen: HandoffFilter, viewer: User) -> Line:
    clocks = list(handoff.clocks.all())
    if chosen.clock:
        clock = next((one for one in clocks if one.kind == chosen.clock), None)
    else:
        ours = [one for one in clocks if one.kind != Clock.ANSWER and one.due_at is not None]
        alive = [one for one in ours if _was_alive(one, chosen.at)]
        clock = min(alive, key=lambda one: one.due_at or FAR, default=None)
    may_give = handoff.is_open and viewer.may_manage(handoff.queue.team if handoff.queue else None)
    return Line(handoff, clock, may_give)


def _was_alive(clock: Clock, at: datetime) -> bool:
    return clock.started_at <= at and (clock.ended_at is None or clock.ended_at > at)


@dataclass(frozen=True)
class Chip:
    """One filter in words, and the address without it."""

    name: str
    value: str
    without: str


def _filters(chosen: HandoffFilter) -> list[Chip]:
    return [
        Chip(list_words.name_of(name), list_words.value_of(chosen, name), "?" + chosen.without(name).query())
        for name in chosen.active
    ]
