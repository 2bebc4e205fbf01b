"""An estimate confirmed at one press, from the card or the lead's page; the same lead stays open."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from config.clock import now
from handoff import desk, estimate_words, words
from handoff.forms import ConfirmForm
from handoff.models import Handoff
from handoff.refusals import Conflict, DeskRefused, NotYours
from handoff.views.path import back
from handoff.views.queue import Said, is_htmx, opened, show


@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Handoff.objects.visible_to(request.user).select_related("lead__company")
    held, at, form = get_object_or_404(rows, pk=pk), now(), ConfirmForm(request.POST)
    if not form.is_valid():
        raise BadRequest("estimate")  # nothing in it is typed: it was not sent by our page
    try:
        desk.confirm(held, by=request.user, now=at, **form.answer())
        told = Said(estimate_words.done(form.cleaned_data["field"], form.cleaned_data["says"]), held.lead)
    except (Conflict, DeskRefused) as refused:
        told = Said(words.refusal(refused), held.lead, is_conflict=True)
    except NotYours as refused:
        raise PermissionDenied from refused
    if is_htmx(request):
        scope, work, row = opened(request, pk)
        return show(request, scope, work, row, at=at, said=told, status=409 if told.is_conflict else 200)
    (messages.error if told.is_conflict else messages.success)(request, told.text)
    return redirect(back(request, held.lead))
