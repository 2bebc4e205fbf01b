"""The list of leads: what the reader may see, narrowed by the address, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from config.clock import now
from leads import editing, filters, marks, paging, stages, words
from leads.filters import LeadFilter, Problem
from leads.listing import Listing
from leads.models import User

COLUMNS = (
    "stage", "readiness", "fit", "interest", "readiness_class", "source", "last_reaction",
    "last_reaction_at", "next_side", "next_due_at", "clock_due_at", "clock_risk_at",
    "next_actor__family_name", "next_actor__given_name", "next_actor__email",
    "lead__name", "lead__email", "lead__external_id", "lead__department", "lead__title",
    "lead__outcome", "lead__wake_at", "lead__wake_trigger", "lead__company__name",
)  # fmt: skip
VIEWS: tuple[tuple[Promise, LeadFilter], ...] = (
    (_p("view", "All"), LeadFilter()),
    (_p("view", "My own"), LeadFilter(owner=filters.ME)),
    (_p("view", "Nearly ready"), LeadFilter(stages=(stages.MAL,), ready=(40, None))),
    (
        _p("view", "In sales' hands"),
        LeadFilter(stages=(stages.MQL, stages.SAL, stages.SQL), ordering="next_due_at"),
    ),
    (_p("view", "Due soon"), LeadFilter(sla=(filters.AT_RISK,), ordering="next_due_at")),
    (_p("view", "Overdue"), LeadFilter(sla=(filters.OVERDUE,), ordering="next_due_at")),
)
ORDERINGS: Mapping[str, Promise] = {
    "-readiness": _("Readiest first"),
    "readiness": _("Least ready first"),
    "next_due_at": _("Nearest due first"),
    "-id": _("Newest first"),
    "id": _("Oldest first"),
}
SLA_WORDS: Mapping[str, Promise] = {
    filters.OVERDUE: _("Overdue"),
    filters.AT_RISK: _("Due soon"),
    filters.IN_TIME: _("In time"),
    filters.NO_CLOCK: _("No clock running"),
}
PROBLEMS: Mapping[str, Promise] = {
    "unknown_choice": _("“%(value)s” cannot be chosen for “%(parameter)s”."),
    "not_a_number": _("“%(value)s” is not a number (%(parameter)s)."),
    "out_of_range": _("%(value)s is outside 0 to 100 (%(parameter)s)."),
    "too_long": _("“%(value)s” is too long (%(parameter)s)."),
    "unreadable": _("A part of the address could not be read (%(parameter)s)."),
}


def lead_list(request: HttpRequest) -> HttpResponse:
    """Bad parameters are named and left out; a cursor of another order begins the list again."""
    reading = filters.read(request.GET, user=request.user)
    chosen, moment = reading.chosen, now()
    listing = Listing(request.user, chosen, moment)
    try:
        page = listing.page(request.GET.get("cursor", ""), columns=COLUMNS)
    except paging.CursorRefused:
        return redirect(address(chosen))
    total, in_stages = listing.counts()
    said = marks.of([row["lead_id"] for row in page.rows], viewer=request.user, now=moment)
    shown = {
        "page": page,
        "rows": [(row, said.get(row["lead_id"], {})) for row in page.rows],
        "total": total,
        "most": paging.MOST,
        "now": moment,
        "query": chosen.query(),
        "chosen": chosen,
        "strip": list(_strip(chosen, in_stages)),
        "chips": list(_chips(chosen, request.user)),
        "views": list(_views(chosen, request.user)),
        "sources": [(one or filters.BLANK, words.source_label(one)) for one in listing.sources()],
        "classes": words.CLASSES.items(),
        "orderings": ORDERINGS.items(),
        "hidden": _hidden(chosen),
        "problems": [_sentence(problem) for problem in reading.problems],
        "helpful": _helpful(listing, request.user) if not total else None,
        "above": marks.above(request.user, now=moment),
        "may_add": editing.may_add(request.user),
    }
    return render(request, "leads/lead_list.html", shown)


def address(chosen: LeadFilter) -> str:
    """The list with this filter."""
    query = chosen.query()
    return reverse("lead-list") + (f"?{query}" if query else "")


@dataclass(frozen=True)
class Link:
    """A link of the list: where to, what it says, whether it is what one sees now, and a number."""

    url: str
    label: str
    is_on: bool = False
    count: int | None = None


def _strip(chosen: LeadFilter, counts: Mapping[str, int]) -> Iterator[Link]:
    """Every stage as a toggle with how many there are."""
    for stage in stages.STAGES:
        is_on = stage in chosen.stages
        wanted = {*chosen.stages} ^ {stage}
        narrowed = replace(chosen, stages=tuple(one for one in stages.STAGES if one in wanted))
        yield Link(address(narrowed), words.stage_label(stage), is_on, counts[stage])


def _views(chosen: LeadFilter, user: User) -> Iterator[Link]:
    """The views everybody has; `me` stands for the reader."""
    for label, view in VIEWS:
        mine = replace(view, owner=user.pk) if view.owner == filters.ME else view
        yield Link(address(view), str(label), is_on=chosen == mine)


def _chips(chosen: LeadFilter, user: User) -> Iterator[Link]:
    """Everything that narrows the list, each with the address that takes it out."""
    for one in chosen.sources:
        rest = tuple(source for source in chosen.sources if source != one)
        label = _t("Source: %(source)s") % {"source": words.source_label(one)}
        yield Link(address(replace(chosen, sources=rest)), label)
    for one in chosen.classes:
        others = tuple(code for code in chosen.classes if code != one)
        label = _t("Class: %(classes)s") % {"classes": words.class_label(one)}
        yield Link(address(replace(chosen, classes=others)), label)
    for name in chosen.active:
        if name not in ("stages", "sources", "classes"):
            yield Link(address(chosen.without(name)), _chip(chosen, name, user))


def _chip(chosen: LeadFilter, name: str, user: User) -> str:
    if name == "text":
        return _t("“%(text)s”") % {"text": chosen.text}
    if name == "ready":
        low, high = ("" if end is None else end for end in chosen.ready)
        return _t("Readiness: %(low)s–%(high)s") % {"low": low, "high": high}
    if name == "sla":
        return ", ".join(str(SLA_WORDS[one]) for one in chosen.sla)
    if name == "owner":
        return _t("Owner: %(name)s") % {"name": _owner(chosen.owner, user)}
    return _t("One queue")


def _owner(owner: int | str | None, user: User) -> str:
    if owner == filters.NOBODY:
        return _t("nobody")
    found = user if owner == user.pk else User.objects.filter(pk=owner).first()
    return found.name if found else _t("unknown")


def _hidden(chosen: LeadFilter) -> list[tuple[str, str]]:
    """What the form keeps of the address beside its own fields."""
    kept = replace(chosen, text="", ready=(None, None), ordering=filters.DEFAULT_ORDER)
    said = QueryDict(kept.query())
    return [(name, value) for name in said for value in said.getlist(name)]


def _helpful(listing: Listing, user: User) -> dict[str, Any] | None:
    """Of an empty list: the one condition whose removal shows most leads."""
    found = listing.most_helpful()
    if found is None:
        return None
    name, count = found
    chosen = listing.chosen
    what = {
        "stages": lambda: (
            _t("Stage: %(stages)s") % {"stages": ", ".join(words.stage_label(one) for one in chosen.stages)}
        ),
        "sources": lambda: (
            _t("Source: %(source)s")
            % {"source": ", ".join(words.source_label(one) for one in chosen.sources)}
        ),
        "classes": lambda: (
            _t("Class: %(classes)s")
            % {"classes": ", ".join(words.class_label(one) for one in chosen.classes)}
        ),
    }.get(name, lambda: _chip(chosen, name, user))()
    return {"what": what, "count": count, "url": address(chosen.without(name))}


def _sentence(problem: Problem) -> str:
    return str(PROBLEMS[problem.code]) % {"value": problem.value, "parameter": problem.parameter}
