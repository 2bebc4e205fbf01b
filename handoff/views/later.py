"""後で: a card is put off; and what a rep follows up themselves."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods, require_safe

from config.clock import now
from handoff import desk, queueing
from handoff.models import Handoff
from handoff.snooze_form import SnoozeForm
from handoff.views.path import attempt, page
from leads.models import Calendar

asks = require_http_methods(["GET", "HEAD", "POST"])
MOST = 200


@asks
def snooze(request: HttpRequest, pk: int) -> HttpResponse:
    """When it comes back; its due times stay what they are."""
    rows = Handoff.objects.visible_to(request.user).select_related("lead__company", "queue__team__calendar")
    held, at = get_object_or_404(rows, pk=pk), now()
    calendar = held.queue.team.calendar if held.queue else Calendar.of_the_house()
    if not desk.may(request.user, held).send_back or calendar is None:
        raise PermissionDenied
    form = SnoozeForm(request.POST or None, initial={"version": held.version}, hours=calendar.hours, at=at)
    done = attempt(request, form, lambda: desk.snooze(held, by=request.user, now=at, **form.answer()))
    if done is None:
        return page(request, "snooze", held.lead, form, held=held, left=3 - held.snoozes)
    messages.success(request, _t("Put off. Its due times run on."))
    return redirect("queue")


@require_safe
def follow(request: HttpRequest) -> HttpResponse:
    """The long follow-ups of this rep, with what was said when each was sent back."""
    last = Handoff.objects.filter(lead=OuterRef("pk"), state=Handoff.SENT_BACK).order_by("-ended_at")
    rows = queueing.follow_ups(request.user).select_related("company", "standing")
    rows = rows.annotate(reason=Subquery(last.values("reason")[:1]), said=Subquery(last.values("note")[:1]))
    return render(request, "handoff/follow_ups.html", {"rows": rows[:MOST], "now": now()})
