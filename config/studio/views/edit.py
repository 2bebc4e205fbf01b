"""The editor of a draft: every rule as a sentence, changed one at a time; each saved change is a revision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from config.clock import now
from config.playbook.words import alone
from config.studio import definition_forms, editing, rule_forms, suggestions, undoing
from config.studio import words as studio_words
from config.studio.editing import Gone
from config.studio.rule_forms import PartForm
from config.studio.sheet import anchor, name_of, place_of, section_of, sheet, speakers
from config.studio.views import overview
from config.studio.views.draft import found
from scoring.models import Draft
from scoring.rulemaking import drafting
from scoring.rulemaking import figures as rule_figures
from scoring.rulemaking.sentences import HALVES

FORMS: Mapping[str, type[PartForm]] = {
    "fit": rule_forms.FitForm,
    "interest": rule_forms.InterestForm,
    "response": rule_forms.ResponseForm,
    "limits": definition_forms.LimitsForm,
    "classes": definition_forms.ClassesForm,
    "mql": definition_forms.MqlForm,
    "require": definition_forms.RequireForm,
    "fast_track": definition_forms.FastTrackForm,
    "exclude": definition_forms.ExcludeForm,
    "complete": definition_forms.CompleteForm,
    "by_hand": definition_forms.ByHandForm,
    "opening": definition_forms.OpeningForm,
    "timezone": definition_forms.TextForm,
}
MANY = ("fit", "interest", "require", "fast_track", "exclude", "opening")  # there can be another one
TITLES: Mapping[str, Promise] = {
    "fit": _("A rule of fit"),
    "interest": _("A rule of interest"),
    "response": _("Our acts and their answers"),
    "limits": _("The most fit and interest can be"),
    "classes": _("Where high begins"),
    "mql": _("When a lead is ready for sales"),
    "require": _("What is required"),
    "fast_track": _("Hand-raisers"),
    "exclude": _("Who is never handed over"),
    "complete": _("What counts as complete"),
    "by_hand": _("Handing over by hand"),
    "opening": _("Opening line"),
    "timezone": _("Time zone"),
}
DONE: Mapping[str, Promise] = {
    "add": _("Added: %(what)s"),
    "change": _("Changed: %(what)s"),
    "up": _("Moved up: %(what)s"),
    "down": _("Moved down: %(what)s"),
    "off": _("Switched off: %(what)s"),
    "on": _("Switched on: %(what)s"),
    "remove": _("Removed: %(what)s"),
}


@require_safe
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole draft as sentences, and beside each rule whom it matched, as far as that was counted."""
    draft = _draft(request, pk)
    if draft.state not in drafting.OPEN:
        return redirect(page_of(draft))
    known, at = rule_figures.of(draft.body), request.GET.get("at", "")
    sections = sheet(draft.body, known.became)
    return render(
        request,
        "studio/edit.html",
        {
            "draft": draft,
            "page": page_of(draft),
            "sections": sections,
            "figures": known,
            "undo": undoing.last(request, draft),
            "at": at,
            "at_row": any(row.anchor == at for section in sections for row in section.rows),
            "is_requested": draft.state == Draft.REQUESTED,
        },
    )


@require_safe
def figures(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom each rule matched, as far as it was counted by now, for the page that is open already."""
    draft = _draft(request, pk)
    known = rule_figures.of(draft.body)
    rows = [row for section in sheet(draft.body, known.became) for row in section.rows]
    shown = {"draft": draft, "rows": rows, "figures": known, "is_news": True}
    return render(request, "studio/edit_figures.html", shown)


def part(request: HttpRequest, pk: int, part: str, key: str = "") -> HttpResponse:
    """One rule in its form. What is wrong stays typed; a draft that was changed meanwhile is said so."""
    draft = _draft(request, pk)
    if part not in FORMS or (key and part not in MANY):
        raise Http404
    is_new = part in MANY and not key
    try:
        item = None if is_new else editing.find(draft.body, part, key)
    except Gone:
        messages.warning(request, _t("That rule is not there any more."))
        return redirect(edit_address(draft))
    form = _form(request, draft, part, item, name=f"{anchor(part, key)}-field")
    context = {"draft": draft, "part": part, "key": key, "item": item, "is_new": is_new, "form": form}
    if request.method != "POST":
        return _page(request, context)
    if "more" in request.POST:
        form.ask_nothing_yet()
        return _page(request, context)
    if isinstance(form, definition_forms.TextForm) and form.is_valid():
        form.insist_on(part)
    return _save(request, context) if form.is_valid() else _page(request, context, status=422)


@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Up, down, off, on, remove: one press, one revision."""
    draft = _draft(request, pk)
    said = {name: request.POST.get(name, "") for name in ("part", "key", "do")}
    part, key, do = said.values()
    try:
        what = name_of(draft.body, part, key)
        body = _acted(draft.body, part, key, do)
    except (Gone, KeyError):
        messages.warning(request, _t("That rule is not there any more."))
        return redirect(edit_address(draft))
    problems = editing.check(body, before=draft.body)[1]
    if problems:
        messages.warning(request, _t("That is not possible: %(why)s") % {"why": _sentence(body, problems[0])})
        return redirect(edit_address(draft))
    try:
        _keep(request, draft, body, revision=_revision(request), said=str(DONE[do]) % {"what": what})
    except drafting.DraftChanged as changed:
        messages.warning(request, _overtaken(changed))
    where = f"?at={section_of(part)}" if do == "remove" else f"#{anchor(part, key)}"
    return redirect(edit_address(draft) + where)


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """The body before one's own last change, as one more revision."""
    draft = _draft(request, pk)
    step = undoing.last(request, draft)
    if step is None:
        messages.warning(request, _t("There is nothing of yours to take back: the draft was changed since."))
        return redirect(edit_address(draft))
    try:
        held = drafting.edit(draft, body=step.body, revision=_revision(request), by=request.user, now=now())
    except drafting.DraftChanged as changed:
        messages.warning(request, _overtaken(changed))
    else:
        undoing.forget(request, held)
    more = undoing.last(request, draft)
    return redirect(edit_address(draft) + ("" if more else "?at=top"))


def page_of(draft: Draft) -> str:
    """The draft's own page: trial, comments, approval."""
    return reverse("rules-draft", args=[draft.pk])


def edit_address(draft: Draft) -> str:
    return reverse("rules-edit", args=[draft.pk])


def _draft(request: HttpRequest, pk: int) -> Draft:
    """The draft, for somebody who may write rules."""
    if not overview.reader(request).write:
        raise PermissionDenied
    return found(pk)


def _form(request: HttpRequest, draft: Draft, part: str, item: Any, *, name: str) -> PartForm:
    """The form of this part, or the plain text of it where somebody asked for that."""
    kind = definition_forms.TextForm if "as_text" in request.GET else FORMS[part]
    offered = suggestions.for_leads(request.user)
    if kind is definition_forms.TextForm and part in HALVES and item is not None:
        item = {name: value for name, value in item.items() if name != "id"}
    form = kind(
        request.POST if request.method == "POST" else None,
        item=item,
        revision=draft.revision,
        own_paths=offered.own_paths,
        groups=suggestions.groups_in(draft.body),
        speakers=speakers(draft.body, item) if part == "opening" else (),
        name=name,
    )
    form.lists = offered.lists
    return form


def _save(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    draft, part, key, form = (context[name] for name in ("draft", "part", "key", "form"))
    body, key = _changed(draft.body, part, key, form.said(), is_new=context["is_new"])
    tidy, problems = editing.check(body, before=draft.body)
    for problem in problems:
        _blame(form, body, part, key, problem)
    if problems:
        return _page(request, context, status=422)
    said = str(DONE["add" if context["is_new"] else "change"]) % {"what": name_of(body, part, key)}
    try:
        _keep(request, draft, tidy, revision=form.cleaned_data["revision"], said=said)
    except drafting.DraftChanged as changed:
        form.see(changed.revision)
        return _page(request, context | {"overtaken": _overtaken(changed)}, status=409)
    except drafting.DraftRefused:
        form.add_error(None, _t("No rule can be made of this. Look at its conditions again."))
        return _page(request, context, status=422)
    return redirect(f"{edit_address(draft)}?{urlencode({'at': anchor(part, key)})}#saved")


def _changed(
    body: Mapping[str, Any], part: str, key: str, item: Any, *, is_new: bool
) -> tuple[dict[str, Any], str]:
    """The body with the item in it, and the key by which it stands there."""
    if part in editing.MAPPINGS:
        name = next(iter(item), "") if isinstance(item, dict) else ""
        value = item[name] if name else item
        same = is_new or key == name
        changed = (
            editing.change(body, part, name, value) if same else editing.rename(body, part, key, name, value)
        )
        return changed, name
    if not is_new:
        return editing.change(body, part, key, item), key
    wish = {"id": item.get("type") or item.get("group") or "rule"} if part in HALVES else {}
    added = editing.add(body, part, item | wish if wish else item)
    rules = added[part]["rules"] if part in HALVES else added["mql"][part]
    return added, rules[-1]["id"] if part in HALVES else str(len(rules) - 1)


def _acted(body: Mapping[str, Any], part: str, key: str, do: str) -> dict[str, Any]:
    """The body after one press. Raises Gone, KeyError for what nobody offers."""
    if do in ("up", "down"):
        return editing.move(body, part, key, -1 if do == "up" else 1)
    if do in ("off", "on"):
        if part not in HALVES:
            raise Gone
        return editing.switch(body, part, key, off=do == "off")
    if do == "remove" and part in (*MANY, "response"):
        return editing.remove(body, part, key)
    raise KeyError(do)


def _keep(request: HttpRequest, draft: Draft, body: dict[str, Any], *, revision: int, said: str) -> None:
    """Through the door. Raises DraftChanged, DraftRefused."""
    held = drafting.edit(draft, body=body, revision=revision, by=request.user, now=now())
    if held.revision != draft.revision:
        undoing.remember(request, held, body=draft.body, said=said)


def _revision(request: HttpRequest) -> int:
    said = request.POST.get("revision", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


def _blame(form: PartForm, body: Mapping[str, Any], part: str, key: str, problem: Any) -> None:
    """A problem of the checker at the field it is of, else above the form with where it is."""
    here = editing.path_of(body, part, key)
    inside = problem.path[: len(here)] == here
    name = form.field_of(problem.path[len(here) :]) if inside or part == "limits" else None
    if name:
        form.add_error(name, alone(problem))
    else:
        form.add_error(None, _sentence(body, problem))


def _sentence(body: Mapping[str, Any], problem: Any) -> str:
    return _t("%(where)s: %(said)s") % {"where": place_of(body, problem.path), "said": alone(problem)}


def _overtaken(changed: drafting.DraftChanged) -> str:
    """Who changed the draft, and when, in words."""
    return studio_words.changed(changed, now=now())


def _page(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    draft, part = context["draft"], context["part"]
    is_text = isinstance(context["form"], definition_forms.TextForm)
    shown = {
        "title": TITLES[part],
        "back": edit_address(draft) + (f"#{anchor(part, context['key'])}" if not context["is_new"] else ""),
        "is_text": is_text,
        "may_text": not is_text and not context["is_new"],
        "separator": suggestions.separator(),
        "text_url": f"{quote(request.path)}?as_text",
        "form_url": quote(request.path),
        "template": "studio/edit_plain.html" if is_text else context["form"].template,
    }
    return render(request, "studio/edit_part.html", context | shown, status=status)
