"""A person moves a lead from its page: hand over, nurture, not a fit, nurture again, worth a proposal.

Every form carries the version of the lead its person saw; a refusal stands beside its field and what was
typed stays.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods, require_POST

from config.clock import now
from handoff import desk, estimate_words, estimating, room_words, same_company, words
from handoff.forms import SeenForm
from handoff.models import Handoff
from handoff.move_forms import DisqualifyForm, HandOverForm, RecycleForm, ReopenForm
from handoff.refusals import DeskRefused, NotYours
from handoff.views.lead_page import Actions, seen_by
from handoff.views.path import back
from leads import lifecycle, stages
from leads import words as ground
from leads.models import Lead, User
from scoring import ledger
from scoring import words as score_words

Door = Callable[..., Lead]
asks = require_http_methods(["GET", "HEAD", "POST"])


@asks
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """The gate: the agreed definition asked of this lead, who would receive it, and how to begin."""
    lead = seen_by(request.user, pk)
    if gone := _moved_on(request, lead, _actions(request, lead).hand_over):
        return gone
    form = HandOverForm(request.POST or None, initial={"version": lead.version})
    said = _t("Handed over: %(who)s.") % {"who": ground.customer(lead.display_name)}
    done = _through(request, lead, form, lambda lead, **wish: desk.move(lead, to=stages.MQL, **wish), said)
    return done or _page(request, "hand_over", lead, form, **_gate(request.user, lead, now()))


@asks
def recycle(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to nurture from sales' hands, with reason and next step."""
    lead = seen_by(request.user, pk)
    if gone := _moved_on(request, lead, _actions(request, lead).recycle):
        return gone
    form = RecycleForm(request.POST or None, initial={"version": lead.version})
    done = _through(request, lead, form, desk.recycle, _t("Back to nurture."))
    return done or _page(request, "recycle", lead, form, picks=form.picks(now()))


@asks
def disqualify(request: HttpRequest, pk: int) -> HttpResponse:
    lead = seen_by(request.user, pk)
    if gone := _moved_on(request, lead, _actions(request, lead).disqualify):
        return gone
    form = DisqualifyForm(request.POST or None, initial={"version": lead.version})
    done = _through(request, lead, form, desk.disqualify, _t("It is marked as not a fit."))
    return done or _page(request, "disqualify", lead, form)


@asks
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    lead = seen_by(request.user, pk)
    if gone := _moved_on(request, lead, _actions(request, lead).reopen):
        return gone
    form = ReopenForm(request.POST or None, initial={"version": lead.version})
    said = _t("The opportunity goes on.") if lead.outcome else _t("It is nurtured again.")
    done = _through(request, lead, form, desk.reopen, said)
    return done or _page(request, "reopen", lead, form)


@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """A step forward that asks for nothing but the press: its owner judges the lead worth a proposal."""
    lead = seen_by(request.user, pk)
    form = SeenForm(request.POST)
    if request.POST.get("to") != stages.SQL or not form.is_valid():
        raise BadRequest("to")
    try:
        desk.move(lead, to=stages.SQL, by=request.user, now=now(), version=form.cleaned_data["version"])
        messages.success(request, _t("Now at “%(stage)s”.") % {"stage": ground.stage_label(stages.SQL)})
    except NotYours as refused:
        raise PermissionDenied from refused
    except (DeskRefused, stages.StageRefused, lifecycle.LeadChanged) as refused:
        messages.error(request, words.refusal(refused))
    return redirect(back(request, lead))


def _through(request: HttpRequest, lead: Lead, form: SeenForm, door: Door, said: str) -> HttpResponse | None:
    """The form sent through its door; None where it has to be shown (again)."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        door(lead, by=request.user, now=now(), **form.answer())  # type: ignore[attr-defined]
    except DeskRefused as refused:
        form.refuse(refused)
        return None
    except lifecycle.LeadChanged as changed:
        _show_anew(lead, form, changed)
        return None
    except stages.StageRefused as refused:
        form.add_error(None, words.refusal(refused))
        return None
    except NotYours as refused:
        raise PermissionDenied from refused
    messages.success(request, said)
    return redirect("lead", lead.pk)


def _is_overtaken(request: HttpRequest, lead: Lead) -> bool:
    """The form was opened on an older state of the lead: it is shown again, with what was typed."""
    return request.method == "POST" and request.POST.get("version") not in ("", None, str(lead.version))


def _show_anew(lead: Lead, form: SeenForm, changed: lifecycle.LeadChanged) -> None:
    """Say who was quicker; pressed again, the form acts on the lead as it is now."""
    lead.refresh_from_db()
    data = form.data.copy()
    data["version"] = str(lead.version)
    form.data = data
    form.overtaken = True  # type: ignore[attr-defined]
    form.add_error(None, _who_was_quicker(changed))


def _who_was_quicker(changed: lifecycle.LeadChanged) -> str:
    step = changed.last
    if step is None or step.actor is None:
        return words.refusal(changed)
    said = {
        "name": ground.colleague(step.actor.name),
        "stage": ground.stage_label(step.end),
        "at": ground.near(step.recorded_at, now()),
    }
    return _t("%(name)s moved it to “%(stage)s” (%(at)s). What you typed is still here.") % said


def _gate(viewer: User, lead: Lead, moment: datetime) -> dict[str, Any]:
    """Each condition of the definition in words, met or not, and whether it stops or warns."""
    gate = desk.gate(lead, now=moment)
    level = {(one.code, str(one.detail)): one.level for one in gate.conditions}
    checks = [
        {
            "what": score_words.check(one) if one.passed else score_words.shortfall(one),
            "passed": one.passed,
            "level": level.pop((one.code, str(one.detail)), "" if one.passed else "info"),
        }
        for one in gate.checks
    ]
    checks += [
        {"what": score_words.shortfall(one), "passed": False, "level": one.level}
        for one in gate.conditions
        if (one.code, str(one.detail)) in level
    ]
    told = estimating.of([lead], now=moment)
    earlier = Handoff.objects.filter(lead=lead, state=Handoff.SENT_BACK).select_related("ended_by")
    return {
        "now": moment,
        "gate": gate,
        "room": [room_words.sentence(day) for day in desk.days(now=moment) if day.queue == gate.queue],
        "sheet": ledger.of_judged(gate.seen) if gate.seen else None,
        "checks": checks,
        "sent_back": earlier.order_by("-ended_at").first(),
        "may_mend": any(one.level == "block" and one.code == "require" for one in gate.conditions),
        "same_company": same_company.at_work(lead, viewer=viewer),
        "estimates": estimate_words.rows(told.get(lead.pk, {}), {}, now=moment),
    }


def _actions(request: HttpRequest, lead: Lead) -> Actions:
    held = Handoff.objects.open().filter(lead=lead).first()
    return Actions.of(request.user, lead, held)


def _moved_on(request: HttpRequest, lead: Lead, allowed: bool) -> HttpResponse | None:
    """Where this form cannot be: back to the lead for whom its stage alone forbids it, else a refusal."""
    if allowed or _is_overtaken(request, lead):
        return None
    if request.method == "POST" or not (
        desk.may_hand_over(request.user) or desk.answers_for(request.user, lead)
    ):
        raise PermissionDenied
    now_at = ground.stage_label(lead.outcome or lead.stage)
    messages.info(request, _t("That is not possible now: this lead is at “%(stage)s”.") % {"stage": now_at})
    return redirect("lead", lead.pk)


def _page(request: HttpRequest, name: str, lead: Lead, form: SeenForm, **more: Any) -> HttpResponse:
    shown = {"lead": lead, "form": form} | more
    status = 409 if getattr(form, "overtaken", False) else 422 if form.errors else 200
    return render(request, f"handoff/{name}.html", shown, status=status)
