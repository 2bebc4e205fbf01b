"""One lead: whose turn it is, how ready it is and why, where it has been, and what sales was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from config.clock import now
from handoff import (
    brief,
    desk,
    doubt,
    estimate_words,
    estimates,
    estimating,
    same_company,
    timeline,
    whose_turn,
)
from handoff import words as desk_words
from handoff.models import Clock, Decision, Handoff
from handoff.receipts import Reader
from handoff.views import lead_path, lead_why
from leads import editing, journey, roles, stages
from leads.models import Lead, User
from scoring import overriding
from scoring import words as score_words
from scoring.rulemaking import opinions

COLLEAGUES = 6
TABS = {
    "": _("Everything"),
    timeline.REACTIONS: _("Reactions"),
    timeline.CONTACTS: _("Contacts"),
    timeline.STAGES: _("Stages"),
    timeline.HANDOFFS: _("Handoffs"),
    timeline.CHANGES: _("Corrections"),
}


@dataclass(frozen=True)
class Actions:
    """What this person may do with this lead now; the page shows these buttons and no others."""

    hand_over: bool
    edit: bool
    recycle: bool
    disqualify: bool
    reopen: bool
    qualify: bool

    @classmethod
    def of(cls, user: User, lead: Lead, held: Handoff | None) -> Actions:
        answers = desk.answers_for(user, lead)
        decided = held is None or held.state == Handoff.ACCEPTED
        return cls(
            hand_over=lead.stage in (stages.LEAD, stages.MAL) and desk.may_hand_over(user),
            edit=editing.may_edit(user, lead),
            recycle=answers and lead.stage in stages.IN_SALES_HANDS and lead.outcome != stages.WON,
            disqualify=answers and lead.is_open,
            reopen=(answers and lead.stage == stages.DISQUALIFIED)
            or (lead.outcome is not None and desk.answers_further(user, lead, held)),
            qualify=lead.stage == stages.SAL and decided and desk.may_judge(user, lead, held),
        )


@require_safe
def lead_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a lead; 404 for whoever does not see it in full (PRODUCT 11)."""
    lead = seen_by(request.user, pk)
    moment = now()
    handoffs = _handoffs(lead)
    held = next((one for one in handoffs if one.is_open), None)
    way = journey.stops(lead)
    shown = {
        "lead": lead,
        "now": moment,
        "held": held,
        "told": held or next((one for one in handoffs if one.evidence), None),
        "handoffs": handoffs,
        "clocks": _clocks(held),
        "may": desk.may(request.user, held) if held else None,
        "may_recall": held is not None and desk.may_recall(request.user, held),
        "actions": Actions.of(request.user, lead, held),
        "marks": journey.marks(lead, way),
        "loops": [stop for stop in way if stop.is_backwards],
        "same_company": same_company.at_work(lead, viewer=request.user),
        "estimates": _estimates(lead, held, moment),
        "own_fields": _own_fields(lead),
        "colleagues": _colleagues(lead, request.user),
        "tasks": _tasks(lead, request.user),
        "opinions": [(one, score_words.opinion_label(one)) for one in opinions.of_lead(lead)],
        "is_masked": roles.PARTNER_CALLER in request.user.roles,
        "doubts": doubt.among(handoffs),
        "undoable": _undoable(handoffs, request.user, moment),
        "may_override": overriding.may_override(request.user, lead),
    }
    shown["why_not"] = _why_not(shown["told"], request.user)
    shown["told_lines"] = brief.strongest(shown["told"]) if shown["told"] else []
    shown |= lead_path.shown(lead, request.user, held, at=moment)
    shown |= _timeline(request, lead, handoffs, moment)
    shown |= lead_why.shown(request, lead, moment, handoffs=handoffs, entries=shown["entries"])
    return render(request, "handoff/lead.html", shown)


def seen_by(user: User, pk: int) -> Lead:
    """The lead with what its page needs, or 404."""
    rows = Lead.objects.visible_to(user)
    rows = rows.select_related(
        "company", "company__owner", "owner", "next_actor", "standing__team", "campaign"
    )
    return get_object_or_404(rows, pk=pk)


def _handoffs(lead: Lead) -> list[Handoff]:
    """Newest first, with their people, clocks and answers."""
    rows = Handoff.objects.filter(lead=lead)
    rows = rows.select_related(
        "rep", "queue__team", "handed_by", "accepted_by", "ended_by", "released_by", "policy"
    )
    found = list(rows.prefetch_related("clocks", timeline.DECISIONS).order_by("-pk"))
    for one in found:
        one.lead = lead
    return found


def _undoable(handoffs: list[Handoff], user: User, moment: datetime) -> list[Decision]:
    """The answer to this lead that the reader may still take back."""
    said = (decision for one in handoffs for decision in one.decisions.all())
    return [one for one in said if desk.may_undo(user, one, now=moment)]


def _clocks(held: Handoff | None) -> list[Clock]:
    """The clocks that still wait, nearest first."""
    if held is None:
        return []
    return sorted(whose_turn.alive(held), key=lambda clock: (clock.due_at is None, clock.due_at))


def _timeline(request: HttpRequest, lead: Lead, handoffs: list[Handoff], moment: datetime) -> dict[str, Any]:
    kind = request.GET.get("show", "")
    kind = kind if kind in timeline.KINDS else ""
    asked = request.GET.get("size", "")
    size = min(int(asked), 1000) if asked.isascii() and asked.isdigit() and len(asked) < 5 else timeline.SIZE
    size = max(size, timeline.SIZE)
    entries, has_more = timeline.of(lead, handoffs=handoffs, kind=kind, size=size, now=moment)
    return {
        "entries": entries,
        "tabs": [(name, label, name == kind) for name, label in TABS.items()],
        "more": f"?show={kind}&size={size * 3}#events" if has_more and size < 1000 else "",
    }


def _estimates(lead: Lead, held: Handoff | None, moment: datetime) -> tuple[estimate_words.Row, ...]:
    """As concluded today; what sales was told stands with its handoff."""
    told = estimating.of([lead], now=moment).get(lead.pk, {})
    return estimate_words.rows(told, held.confirmed if held else {}, now=moment)


def _own_fields(lead: Lead) -> dict[str, Any]:
    """The rest of what came in with their data: budget and timing are estimates, and marked as such."""
    return {name: value for name, value in lead.attributes.items() if name not in estimates.FIELD_OF}


def _colleagues(lead: Lead, user: User) -> list[dict[str, Any]]:
    """Others of the company: a card each, a link only to whom one sees in full."""
    if lead.company_id is None:
        return []
    rows = Lead.objects.filter(company=lead.company_id, merged_into=None).exclude(pk=lead.pk)
    found = list(rows.select_related("owner").order_by("-standing__readiness", "pk")[:COLLEAGUES])
    mine = set(
        Lead.objects.visible_to(user).filter(pk__in=[one.pk for one in found]).values_list("pk", flat=True)
    )
    return [{"lead": one, "is_mine": one.pk in mine} for one in found]


def _tasks(lead: Lead, user: User) -> list[dict[str, Any]]:
    """What is still to do, nearest due first, then what sales asked and was answered."""
    rows = lead.tasks.filter(Q(done_at=None) | Q(asked_by__isnull=False))
    rows = rows.select_related("assignee", "asked_by", "done_by")
    found = list(rows.order_by(F("done_at").asc(nulls_first=True), "due_at", "pk"))
    for one in found:
        one.lead = lead
    return [{"task": one, "may": one.done_at is None and desk.may_answer(user, one)} for one in found]


def _why_not(told: Handoff | None, viewer: User) -> list[tuple[str, str, bool]]:
    """Name, reason and whether it is the reader, of everybody who did not get it when it was routed."""
    reader = Reader(viewer)
    said = reader.why_not(told) if told else {}
    said |= {user: why for user, _, why in reader.passed_over(told)} if told else {}
    names = {user.pk: user.name for user in User.objects.filter(pk__in=said)} if said else {}
    return [
        (names.get(user, "–"), desk_words.why_not_label(why), user == viewer.pk) for user, why in said.items()
    ]
