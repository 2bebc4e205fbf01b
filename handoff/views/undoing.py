"""元に戻す: an answer is taken back from the queue or from the lead's page (UX 3.2)."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_POST

from config.clock import now
from handoff import desk, words
from handoff.forms import SeenForm
from handoff.models import Handoff
from handoff.refusals import Conflict, DeskRefused, NotYours
from handoff.views.path import back
from handoff.views.queue import Said, is_htmx, opened, show
from leads import lifecycle
from leads.refusals import Quicker


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything as before the answer; the lead it was given to opens again."""
    rows = Handoff.objects.visible_to(request.user).select_related("lead__company")
    handoff, at, form = get_object_or_404(rows, pk=pk), now(), SeenForm(request.POST)
    if not form.is_valid():
        raise BadRequest("version")
    try:
        desk.undo(handoff, by=request.user, now=at, version=form.cleaned_data["version"])
    except NotYours as refused:
        raise PermissionDenied from refused
    except (Conflict, Quicker, lifecycle.LeadChanged) as quick:
        return _answer(request, handoff, words.refusal(quick), at=at, status=409)
    except DeskRefused as refused:
        return _answer(request, handoff, words.refusal(refused), at=at, status=422)
    return _answer(request, handoff, _t("Undone. Everything is as before; the due times run on."), at=at)


def _answer(
    request: HttpRequest, handoff: Handoff, text: str, *, at: datetime, status: int = 200
) -> HttpResponse:
    """Said on the card that it is about: at once for the script, by a redirect without it."""
    if is_htmx(request):
        scope, work, row = opened(request, handoff.pk)
        said = Said(text, handoff.lead, is_conflict=status != 200)
        return show(request, scope, work, row, at=at, said=said, status=status)
    (messages.success if status == 200 else messages.warning)(request, text)
    return redirect(back(request, handoff.lead))
