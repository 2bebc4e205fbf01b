"""One version of the rules: what it says, what was new in it, who agreed and why; and going back to it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from config.clock import now
from config.studio import words
from config.studio.views import overview
from scoring.models import Draft, ScoringModel
from scoring.rulemaking import change_words, drafting

LARGEST = 2**31 - 1


@require_safe
def version(request: HttpRequest, number: int) -> HttpResponse:
    allowed, moment = overview.reader(request), now()
    rows = ScoringModel.objects.select_related("published_by").defer("body")
    versions = list(rows.order_by("-version"))
    here = _find(versions, number)
    before = next((one for one in versions if one.version < here.version), None)
    draft = Draft.objects.filter(version=here).select_related("created_by", "requested_by").first()
    shown = {
        "now": moment,
        "version": here,
        "state": overview.state_of(here, versions, moment),
        "before": before,
        "changes": change_words.told(before.body, here.body) if before else [],
        "parts": overview.parts(here.body),
        "draft": draft,
        "approvals": list(draft.approvals.filter(revision=draft.revision).select_related("by"))
        if draft
        else [],
        "may_go_back": allowed.write and here != versions[0],
    }
    return render(request, "studio/version.html", shown)


@require_POST
def back(request: HttpRequest, number: int) -> HttpResponse:
    """The old rules as a new draft: it is looked at, asked for and approved like any other."""
    if not overview.reader(request).write:
        raise PermissionDenied
    old = _find(list(ScoringModel.objects.filter(version=min(number, LARGEST))), number)
    draft = drafting.from_version(old, by=request.user, now=now(), title=words.back_title(old))
    return redirect("rules-draft", draft.pk)


def _find(versions: list[ScoringModel], number: int) -> ScoringModel:
    found = next((one for one in versions if one.version == number), None)
    if found is None:
        raise Http404
    return found
