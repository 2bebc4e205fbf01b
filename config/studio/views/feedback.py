"""What became of the leads: the table by rule and value, what can be learned, and the lists behind it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_POST, require_safe

from config.clock import now
from config.studio import feedback_words as words
from leads.models import Lead
from scoring.lessons import feedback, proposing
from scoring.lessons.comparing import Comparison, Tally
from scoring.lessons.feedback import Row
from scoring.lessons.proposing import Offer
from scoring.models import CountedDecision, FeedbackCount, Simulation
from scoring.past import decisions
from scoring.rulemaking.permissions import may

PAGE = 50
REFUSED = "refused"
CHOICES = {"": decisions.RESULTS, REFUSED: decisions.REFUSED} | {one: (one,) for one in decisions.RESULTS}
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would reckon with what begins like this


def reader(request: HttpRequest) -> None:
    """Who may change the rules sees what came of them. Raises PermissionDenied for everybody else."""
    if not may(request.user).write:
        raise PermissionDenied


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The proposals, and the plain table beside them."""
    reader(request)
    moment, count = now(), feedback.latest()
    shown = {
        "now": moment,
        "count": count,
        "whole": Tally(count.result["n"], count.result["accepted"]) if count else Tally(0, 0),
        "whole_rate": words.rate(Tally(count.result["n"], count.result["accepted"])) if count else "",
        "offers": [_Offered(one, count) for one in proposing.offers(count)] if count else [],
        "groups": _groups(count) if count else [],
        "is_counting": feedback.due(now=moment),
    }
    return render(request, "studio/feedback.html", shown)


@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Count now, not tomorrow."""
    reader(request)
    feedback.ask_again()
    messages.success(request, _t("It is being counted again. Reload this page in a moment."))
    return redirect("rules-feedback")


@require_POST
def begin(request: HttpRequest, key: str) -> HttpResponse:
    """A draft with the change of a proposal, to look at and to edit."""
    reader(request)
    try:
        proposal, body = proposing.proposed(key)
        title = words.draft_title(proposal, body)
        draft = proposing.begin(key=key, title=title, by=request.user, now=now())
    except proposing.Gone:
        told = _t("This is not proposed any more: it was counted anew, or the rules have changed.")
        messages.warning(request, told)
        return redirect("rules-feedback")
    return redirect("rules-draft", draft.pk)


@require_safe
def table(request: HttpRequest) -> HttpResponse:
    """The table as a file for spreadsheets; it names no lead."""
    reader(request)
    count = feedback.latest()
    if count is None:
        raise Http404
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="feedback-{count.until:%Y-%m-%d}.csv"'
    write = csv.writer(answer).writerow
    answers = (words.RESULTS["accepted"], words.REFUSED)
    write((_t("Kind"), _t("Value"), _t("Decisions"), *answers, _t("Difference")))
    for group, lines in _groups(count):
        for one in lines:
            cells = (group, one.label, one.row.n, one.row.accepted, one.row.refused, one.difference)
            write(map(_safe, cells))
    return answer


def _safe(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell


@require_safe
def behind(request: HttpRequest) -> HttpResponse:
    """The decisions behind a number: as many as it says. Who may not see a lead sees that there is one."""
    reader(request)
    count, key, result = feedback.latest(), request.GET.get("of", ""), request.GET.get("result", "")
    if count is None or result not in CHOICES:
        raise Http404
    since = _moment(request.GET.get("since", ""))
    found = feedback.behind(count, key, CHOICES[result], since=since)
    trait = feedback.trait_of(count, key)
    if key and trait is None:
        raise Http404
    n, number = found.count(), _page(request)
    number = min(number, max(1, -(-n // PAGE)))
    rows = _rows(found[(number - 1) * PAGE : number * PAGE], request)
    shown = {
        "heading": words.trait_label(trait, count.body) if trait else _t("All decisions"),
        "result": words.result_label(result),
        "count": count,
        "since": since or count.since,
        "n": n,
        "rows": rows,
        "first": (number - 1) * PAGE + 1,
        "last": (number - 1) * PAGE + len(rows),
        "previous": _address(request, number - 1) if number > 1 else "",
        "next": _address(request, number + 1) if number * PAGE < n else "",
    }
    return render(request, "studio/feedback_list.html", shown)


# ── the page ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Line:
    """A row of the table in words, with how far it is from the rest."""

    row: Row
    label: str
    compared: Comparison
    is_clear: bool

    @property
    def key(self) -> str:
        return self.row.trait.key

    @property
    def rate(self) -> str:
        return words.rate(self.compared.own)

    @property
    def difference(self) -> str:
        return words.difference(self.compared, is_clear=self.is_clear)


def _groups(count: FeedbackCount) -> list[tuple[str, list[_Line]]]:
    whole, differ = Tally(count.result["n"], count.result["accepted"]), set(count.result["clear"])
    return [
        (words.group_label(group), [_line(row, count, whole, differ) for row in rows])
        for group, rows in feedback.table(count).items()
    ]


def _line(row: Row, count: FeedbackCount, whole: Tally, differ: set[str]) -> _Line:
    own = Tally(row.n, row.accepted)
    compared = Comparison(row.trait.key, own, whole.without(own))
    return _Line(row, words.value_label(row.trait, count.body), compared, row.trait.key in differ)


@dataclass(frozen=True)
class _Offered:
    """A proposal in words."""

    offer: Offer
    count: FeedbackCount

    @property
    def key(self) -> str:
        return self.offer.proposal.trait.key

    @property
    def title(self) -> str:
        return words.trait_label(self.offer.proposal.trait, self.count.body)

    @property
    def finding(self) -> str:
        return words.finding(self.offer.proposal)

    @property
    def difference(self) -> str:
        return words.difference(self.offer.proposal.found, is_clear=True)

    @property
    def change(self) -> str:
        return words.change(self.offer.proposal.change)

    @property
    def effect(self) -> Sequence[str]:
        return words.effect(self.offer.simulation)

    @property
    def is_tried(self) -> bool:
        tried = self.offer.simulation
        return tried is not None and tried.state == Simulation.DONE

    @property
    def since(self) -> str:
        since = self.offer.proposal.since
        return since.isoformat() if since else ""

    @property
    def query(self) -> str:
        said = {"of": self.key} | ({"since": self.since} if self.since else {})
        return urlencode(said)


# ── the list ─────────────────────────────────────────────────────────────────


def _rows(found: QuerySet[CountedDecision], request: HttpRequest) -> list[dict[str, Any]]:
    rows = list(found.select_related("lead__company"))
    mine = _seen_by(request, (row.lead_id for row in rows))
    return [
        {
            "at": row.at,
            "lead": row.lead if row.lead_id in mine else None,
            "result": words.RESULTS[row.result],
            "kind": row.result,
            "reason": row.reason,
        }
        for row in rows
    ]


def _seen_by(request: HttpRequest, ids: Iterable[int]) -> set[int]:
    visible = Lead.objects.visible_to(request.user).filter(pk__in=list(ids))
    return set(visible.values_list("pk", flat=True))


def _page(request: HttpRequest) -> int:
    said = request.GET.get("page", "")
    return int(said) if said.isascii() and said.isdigit() and 0 < len(said) < 7 and int(said) else 1


def _address(request: HttpRequest, number: int) -> str:
    said = {name: request.GET[name] for name in ("of", "result", "since") if request.GET.get(name)}
    return "?" + urlencode(said | {"page": number})


def _moment(said: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(said) if said else None
    except ValueError as wrong:
        raise Http404 from wrong
    if moment is not None and moment.tzinfo is None:
        raise Http404
    return moment
