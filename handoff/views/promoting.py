"""The page on which a lead is passed on to the next lane."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods

from config.clock import now
from handoff import desk
from handoff.desk.floor import Desk
from handoff.models import Handoff
from handoff.path_forms import PromoteForm
from handoff.views.path import attempt, back, page
from handoff.views.reassign import Choice, choices_of
from leads import words as ground
from leads.models import Meeting

ROUTED = "route"


@require_http_methods(["GET", "HEAD", "POST"])
def promote(request: HttpRequest, pk: int) -> HttpResponse:
    """By the routes, or to somebody by name; with the meeting that is booked, or a reason."""
    handoff, at = _handoff(request, pk), now()
    lead = handoff.lead
    if handoff.state == Handoff.ACCEPTED and not desk.further(request.user, lead, handoff).promote:
        raise PermissionDenied
    choices = list(_choices(handoff, Desk.read(now=at)))
    form = PromoteForm(
        request.POST or None,
        choices=[(ROUTED, ROUTED), *((one.value, one.value) for one in choices if not one.is_away)],
        initial={"version": handoff.version, "to": ROUTED},
    )
    new = attempt(
        request, form, lambda: desk.promote(handoff, by=request.user, now=at, **_wish(form, choices))
    )
    if new is not None:
        messages.success(request, _said(new))
        return redirect(back(request, lead))
    booked = Meeting.objects.filter(lead=lead, state__in=(Meeting.BOOKED, Meeting.HELD)).order_by(
        "-starts_at"
    )
    more = {"handoff": handoff, "choices": choices, "meeting": booked.first(), "now": at}
    return page(request, "promote", lead, form, **more)


def _handoff(request: HttpRequest, pk: int) -> Handoff:
    found = Handoff.objects.visible_to(request.user)
    needed = ("lead__company", "lead__standing__team", "queue__team", "rep")
    return get_object_or_404(found.select_related(*needed), pk=pk)


def _choices(handoff: Handoff, floor: Desk) -> Iterator[Choice]:
    """People and queues of the lane behind this one."""
    yield from choices_of(floor, [queue for queue in floor.queues if queue.lane == handoff.lane + 1])


def _wish(form: PromoteForm, choices: list[Choice]) -> dict[str, Any]:
    said = form.cleaned_data
    chosen = next((one for one in choices if one.value == said["to"]), None)
    user = chosen.user if chosen else None
    return {
        "to": user,
        "queue": chosen.queue if chosen and user is None else None,
        "note": said["note"],
        "reason": said["reason"],
        "version": said["version"],
    }


def _said(new: Handoff) -> str:
    who = ground.customer(new.lead.display_name)
    if new.rep is not None:
        return _t("%(who)s went on to %(name)s.") % {"who": who, "name": ground.colleague(new.rep.name)}
    return _t("%(who)s goes on to field sales; who takes it is decided in a moment.") % {"who": who}
