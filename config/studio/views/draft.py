"""The page of a draft, and everything that is done with one: talked about, asked for, approved, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import Truncator
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.clock import now
from config.studio import checking, words
from config.studio.forms import CommentForm, RequestForm, SeenForm
from config.studio.views import overview
from leads.models import Lead
from scoring.models import Draft, ScoringModel
from scoring.rulemaking import change_words, drafting, rule_sentences
from scoring.rulemaking.drafting import DraftChanged, DraftRefused, NotYours

asks = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    overview.reader(request)
    return _page(request, found(pk))


@require_POST
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    overview.reader(request)
    here = found(pk)
    form = CommentForm(request.POST, rules=_rules(here))
    if not form.is_valid():
        return _page(request, here, comment_form=form)
    refused = through(form, lambda: drafting.comment(here, **form.cleaned_data, by=request.user, now=now()))
    return _page(request, here, comment_form=form) if refused else redirect("rules-draft", pk)


@asks
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask both sides for their yes, perhaps for a later moment."""
    if not overview.reader(request).write:
        raise PermissionDenied
    here = found(pk)
    form = RequestForm(request.POST or None, initial={"revision": here.revision})
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        if is_sound(form, here) and not through(
            form, lambda: drafting.request(here, **said, by=request.user, now=now())
        ):
            messages.success(request, _t("Approval is asked for."))
            return redirect("rules-draft", pk)
        seen_anew(form, here := found(pk))
    return _sheet(request, "request", here, form)


@asks
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """One cushion before it: what changes, once more, and what happens then."""
    side = overview.reader(request).side
    if not side:
        raise PermissionDenied
    here = found(pk)
    form = SeenForm(request.POST or None, initial={"revision": here.revision})
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        if is_sound(form, here) and not through(
            form, lambda: drafting.approve(here, **said, by=request.user, now=now())
        ):
            messages.success(request, _said(found(pk)))
            return redirect("rules-draft", pk)
        seen_anew(form, here := found(pk))
    publishes = set(drafting.approved_by(here)) | {side} >= set(drafting.SIDES)
    return _sheet(request, "approve", here, form, side=side, publishes=publishes)


@require_POST
def catch_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Look at it beside the newest version from now on."""
    return _press(request, pk, lambda here, seen: drafting.catch_up(here, revision=seen, **_who(request)))


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    return _press(request, pk, lambda here, seen: drafting.withdraw(here, **_who(request)))


def found(pk: int) -> Draft:
    """The draft with what its page needs. Raises Http404."""
    rows = Draft.objects.select_related(
        "base", "version__published_by", "created_by", "changed_by", "requested_by"
    ).prefetch_related("approvals__by")
    here = rows.filter(pk=min(pk, 2**63 - 1)).first()
    if here is None:
        raise Http404
    return here


def through(form: Any, door: Callable[[], object]) -> bool:
    """The door tried; a refusal stands in the form, and is answered with True."""
    try:
        door()
    except DraftRefused as refused:
        field = refused.field if refused.field in form.fields else None
        form.add_error(field, words.refusal(refused, now=now()))
    except DraftChanged as changed:
        form.overtaken = True
        form.add_error(None, words.refusal(changed, now=now()))
    except NotYours as refused:
        raise PermissionDenied from refused
    return bool(form.errors)


def is_sound(form: Any, here: Draft) -> bool:
    """The playbook's checker has nothing against these rules as they stand; else the form says what."""
    try:
        checking.checked(here.body)
    except checking.BodyRefused as refused:
        for one in refused.problems:
            form.add_error(None, f"{checking.path(one)}: {checking.sentence(one)}")
        return False
    return True


def seen_anew(form: Any, here: Draft) -> None:
    """What was typed stays; pressed again, the form acts on the draft as it is shown now."""
    form.data = form.data.copy()
    form.data["revision"] = str(here.revision)


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.user, "now": now()}


def _press(request: HttpRequest, pk: int, door: Callable[[Draft, int], object]) -> HttpResponse:
    """An act that asks for nothing but the press."""
    overview.reader(request)
    here, form = found(pk), SeenForm(request.POST)
    if not form.is_valid() or through(form, lambda: door(here, form.cleaned_data["revision"])):
        for error in form.non_field_errors():
            messages.error(request, error)
    return redirect("rules-draft", pk)


def _said(here: Draft) -> str:
    """What an approval led to."""
    if here.version is None:
        return _t("Your side has approved.")
    if here.version.in_force_from > now():
        return _t("Published as v%(n)s; it comes into force at the moment asked for.") % {
            "n": here.version.version
        }
    return _t("Published as v%(n)s. Every score follows within minutes.") % {"n": here.version.version}


def _page(request: HttpRequest, here: Draft, *, comment_form: CommentForm | None = None) -> HttpResponse:
    mine = here.opinions.filter(lead__in=Lead.objects.visible_to(request.user).values("pk"))
    shown = _about(here) | {
        "now": now(),
        "may": overview.reader(request),
        "is_open": here.state in drafting.OPEN,
        "comments": list(here.comments.select_related("by").order_by("at", "pk")),
        "rule_names": dict(_rules(here)),
        "opinions": list(mine.select_related("lead", "by").order_by("-at", "-pk")),
        "parts": overview.parts(here.body),
        "comment_form": comment_form or CommentForm(rules=_rules(here)),
    }
    return render(request, "studio/draft.html", shown, status=422 if comment_form else 200)


def _sheet(request: HttpRequest, name: str, here: Draft, form: Any, **more: Any) -> HttpResponse:
    shown = _about(here) | {"now": now(), "form": form} | more
    status = 409 if getattr(form, "overtaken", False) else 422 if form.errors else 200
    return render(request, f"studio/{name}.html", shown, status=status)


def _about(here: Draft) -> dict[str, Any]:
    """A draft and what it changes, beside the version it is based on."""
    newest = ScoringModel.objects.newest()
    return {
        "draft": here,
        "sides": overview.sides(here),
        "mine": drafting.approved_by(here),
        "changes": change_words.told(here.base.body if here.base else None, here.body),
        "newest": newest,
        "is_old": here.state in drafting.OPEN and newest != here.base,
    }


def _rules(here: Draft) -> list[tuple[str, str]]:
    """Its rules by id, with short names: what a comment may be about."""
    bodies = [rule for half in ("interest", "fit") for rule in here.body[half].get("rules", ())]
    return [(rule["id"], Truncator(rule_sentences.short_name(rule)).chars(60)) for rule in bodies]
