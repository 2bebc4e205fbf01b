"""The next lead of a pull queue, at a press."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_POST

from config.clock import now
from handoff import desk, words
from handoff.refusals import DeskRefused, NotYours


@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """Opened at once; it is the reader's for ten minutes."""
    try:
        taken = desk.take_next(by=request.user, now=now())
    except NotYours as refused:
        raise PermissionDenied from refused
    except DeskRefused as refused:
        messages.error(request, words.refusal(refused))
        return redirect("queue")
    if taken is None:
        messages.info(request, _t("Nothing waits to be taken."))
        return redirect("queue")
    messages.success(request, _t("Yours for ten minutes: accept it or send it back."))
    return redirect("queue-card", taken.pk)
