"""A manager gives a lead to somebody else, seeing who has how much in hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods

from config.clock import now
from handoff import desk, words
from handoff.desk.floor import Desk
from handoff.forms import ReassignForm
from handoff.models import Handoff, Queue
from handoff.refusals import Conflict, DeskRefused, NotYours
from handoff.views.queue import sentence_of_ago
from leads import words as ground
from leads.models import User


@dataclass(frozen=True)
class Choice:
    """A person of the lane with their load, or a queue that would route it."""

    value: str
    user: User | None
    queue: Queue
    open: int = 0
    most: int | None = None
    has_it: bool = False
    is_away: bool = False

    @property
    def is_full(self) -> bool:
        return self.most is not None and self.open >= self.most


@require_http_methods(["GET", "HEAD", "POST"])
def reassign(request: HttpRequest, pk: int) -> HttpResponse:
    """The form with everybody's load; a reason is asked for and kept with the handoff."""
    handoff = _handoff(request, pk)
    if not desk.may(request.user, handoff).reassign and handoff.is_open:
        raise PermissionDenied
    at = now()
    choices = list(_choices(handoff, Desk.read(now=at)))
    form = ReassignForm(
        request.POST or None,
        choices=[(one.value, one.value) for one in choices if not (one.has_it or one.is_away)],
        initial={"version": handoff.version, "to": request.GET.get("to", "")},
    )
    lost = ""
    if request.method == "POST" and form.is_valid():
        try:
            return _given(request, handoff, form, choices)
        except Conflict as conflict:
            lost = f"{words.refusal(conflict)} ({sentence_of_ago(conflict.at, at)})"
        except DeskRefused as refused:
            form.refuse(refused)
        except NotYours as refused:
            raise PermissionDenied from refused
    context = {
        "handoff": handoff, "choices": choices, "form": form, "now": at, "lost": lost, "back": _back(request),
    }  # fmt: skip
    status = 409 if lost else 422 if form.errors else 200
    return render(request, "handoff/reassign.html", context, status=status)


def _handoff(request: HttpRequest, pk: int) -> Handoff:
    """The handoff, where the person may see its lead at all."""
    found = Handoff.objects.visible_to(request.user).select_related("lead__company", "rep", "queue__team")
    return get_object_or_404(found.prefetch_related("clocks"), pk=pk)


def _choices(handoff: Handoff, floor: Desk) -> Iterator[Choice]:
    """People of the lane in playbook order, each once, then its queues."""
    queues = [queue for queue in floor.queues if queue.lane == handoff.lane]
    return choices_of(floor, queues, has_it=handoff.rep_id)


def choices_of(floor: Desk, queues: Sequence[Queue], *, has_it: int | None = None) -> Iterator[Choice]:
    """People of these queues with their load in all of them, then the queues themselves."""
    loads: dict[int, int] = {}
    for seats in (floor.seats[queue.pk] for queue in queues):
        for user, seat in seats.items():
            loads[user] = loads.get(user, 0) + seat.open
    seen: set[int] = set()
    for queue in queues:
        for user, seat in floor.seats[queue.pk].items():
            if user not in seen and seat.member.is_active:
                seen.add(user)
                yield Choice(
                    f"user:{user}", seat.member.user, queue, loads[user], seat.member.max_open,
                    has_it=user == has_it, is_away=not seat.is_at_work or seat.is_on_leave,
                )  # fmt: skip
    for queue in queues:
        yield Choice(f"queue:{queue.pk}", None, queue)


def _given(request: HttpRequest, handoff: Handoff, form: ReassignForm, choices: list[Choice]) -> HttpResponse:
    said = form.cleaned_data
    chosen = next(one for one in choices if one.value == said["to"])
    desk.reassign(
        handoff, by=request.user, now=now(), reason=said["reason"], to=chosen.user,
        queue=None if chosen.user else chosen.queue, version=said["version"],
    )  # fmt: skip
    who = ground.customer(handoff.lead.display_name)
    if chosen.user:
        name = ground.colleague(chosen.user.name)
        messages.success(request, _t("%(who)s went to %(name)s.") % {"who": who, "name": name})
    else:
        messages.success(request, _t("%(who)s will be offered anew in the queue.") % {"who": who})
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    """Where the person came from, else the SLA page."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted and is_ours else reverse("sla")
