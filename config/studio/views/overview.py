"""The rules page: the rules in force as sentences, versions, drafts on their way, opinions that wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import pgettext as _p
from django.views.decorators.http import require_POST, require_safe

from config.clock import now
from config.studio.forms import AnswerForm, BeginForm
from leads.models import Lead, User
from scoring import words as score_words
from scoring.models import Draft, Opinion, ScoringModel
from scoring.rulemaking import drafting, opinions, sentences
from scoring.rulemaking.marked import Sentence
from scoring.rulemaking.permissions import Permissions, may

MOST_OPINIONS = 100
IN_FORCE, SCHEDULED, PAST, PASSED_OVER = "in_force", "scheduled", "past", "passed_over"


def reader(request: HttpRequest) -> Permissions:
    """What this person may do with rules. Raises PermissionDenied for whoever may not even read them."""
    allowed = may(request.user)
    if not allowed.read:
        raise PermissionDenied
    return allowed


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The first page of the studio."""
    return page(request)


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """A draft of the newest rules, and at once to its editor."""
    if not reader(request).write:
        raise PermissionDenied
    form, base = BeginForm(request.POST), ScoringModel.objects.newest()
    if base is None:
        raise Http404
    if not form.is_valid():
        return page(request, begin=form)
    draft = drafting.begin(**form.cleaned_data, body=base.body, base=base, by=request.user, now=now())
    return redirect(reverse("rules-edit", args=[draft.pk]) + "?at=top")


def page(
    request: HttpRequest, *, begin: BeginForm | None = None, answer: tuple[int, AnswerForm] | None = None
) -> HttpResponse:
    """The page, with a form that has to be shown again where one was refused."""
    allowed, moment = reader(request), now()
    rows = ScoringModel.objects.select_related("published_by", "draft").defer("body", "draft__body")
    versions = list(rows.order_by("-version"))
    here = standing(versions, moment)
    body = here[0].body if here else None
    shown = {
        "now": moment,
        "may": allowed,
        "in_force": here[0] if here else None,
        "scheduled": [one for one in versions if state_of(one, versions, moment) == SCHEDULED],
        "parts": parts(body) if body else [],
        "versions": [(one, state_of(one, versions, moment)) for one in versions],
        "drafts": drafts(),
        "opinions": grouped(request.user, body, answer),
        "form": begin or BeginForm(),
    }
    return render(request, "studio/rules.html", shown, status=422 if begin or answer else 200)


def standing(versions: Sequence[ScoringModel], moment: datetime) -> list[ScoringModel]:
    """The version in force, as a list of at most one; `versions` are newest first (`in_force`, in memory)."""
    begun = [one for one in versions if one.in_force_from <= moment]
    return begun[:1] or list(versions[-1:])


def state_of(version: ScoringModel, versions: Sequence[ScoringModel], moment: datetime) -> str:
    """In force, scheduled, past, or passed over: a later version came before its moment did."""
    here = standing(versions, moment)[0]
    if version == here:
        return IN_FORCE
    if version.version > here.version:
        return SCHEDULED
    later = [one.in_force_from for one in versions if one.version > version.version]
    return PASSED_OVER if min(later) <= version.in_force_from else PAST


def parts(body: Mapping[str, Any]) -> list[tuple[str, str, list[Sentence]]]:
    """A body as sentences under their headings; the code of each part is its anchor."""
    return [
        ("interest", str(_p("field", "Interest")), sentences.half(body, "interest")),
        ("fit", str(_p("field", "Fit")), sentences.half(body, "fit")),
        ("mql", _t("When a lead is ready for sales"), sentences.definition(body)),
        ("around", _t("For all rules"), sentences.around(body)),
        ("opening", _t("Opening lines"), sentences.openings(body)),
    ]


def drafts() -> list[dict[str, Any]]:
    """What is on its way, changed last first, with the yeses that count."""
    rows = Draft.objects.filter(state__in=drafting.OPEN).select_related("base", "changed_by")
    rows = rows.defer("body", "base__body").prefetch_related("approvals__by").order_by("-changed_at", "-pk")
    return [{"draft": one, "sides": sides(one)} for one in rows]


def sides(draft: Draft) -> list[tuple[str, Any]]:
    """Each side with its yes to the draft as it stands, or None."""
    said = drafting.approved_by(draft)
    return [(side, said.get(side)) for side in drafting.SIDES]


def grouped(
    user: User, body: Mapping[str, Any] | None, answer: tuple[int, AnswerForm] | None = None
) -> list[tuple[str, list[tuple[Opinion, AnswerForm]]]]:
    """Opinions that wait, by rule, of the leads this person sees; who said most stands first."""
    mine = opinions.waiting().filter(lead__in=Lead.objects.visible_to(user).values("pk"))
    rows = list(mine.select_related("lead__company", "by", "event", "draft")[:MOST_OPINIONS])
    rows.sort(key=lambda one: one.rule)
    found = [(rule, list(said)) for rule, said in groupby(rows, key=lambda one: one.rule)]
    found.sort(key=lambda one: -len(one[1]))
    return [
        (score_words.opinion_label(said[0], body=body), [(one, _form(one, answer)) for one in said])
        for rule, said in found
    ]


def _form(opinion: Opinion, answer: tuple[int, AnswerForm] | None) -> AnswerForm:
    if answer and answer[0] == opinion.pk:
        return answer[1]
    return AnswerForm(auto_id=f"id_%s_{opinion.pk}")
