"""Marketing or a manager takes back what was offered: one handoff, or many with one reason."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext as _n
from django.views.decorators.http import require_http_methods

from config.clock import now
from handoff import desk, words
from handoff.models import Handoff
from handoff.move_forms import RecallForm
from handoff.views.path import attempt, back, page
from leads import roles
from leads import words as ground

asks = require_http_methods(["GET", "HEAD", "POST"])
MOST = 200
NEEDED = ("lead__company", "rep", "queue__team", "handed_by")


@asks
def recall(request: HttpRequest, pk: int) -> HttpResponse:
    """One handoff: the lead goes to nurture, from lane 2 to whoever passed it on."""
    held, at = get_object_or_404(_visible(request), pk=pk), now()
    if not desk.may_recall(request.user, held):
        raise PermissionDenied
    form = RecallForm(request.POST or None, initial={"version": held.version})
    done = attempt(request, form, lambda: desk.recall(held, by=request.user, now=at, **form.answer()))
    if done is None:
        return page(request, "recall", held.lead, form, held=held, picks=form.picks(at))
    messages.success(request, _t("Taken back: %(who)s.") % {"who": ground.customer(held.lead.display_name)})
    return redirect(back(request, held.lead))


@asks
def recall_many(request: HttpRequest) -> HttpResponse:
    """What nobody has accepted yet, to choose from; each is taken back for itself."""
    if not request.user.has_role(roles.MARKETER, roles.MANAGER, roles.ADMIN):
        raise PermissionDenied
    at = now()
    rows = _visible(request).filter(state__in=(Handoff.WAITING, Handoff.OFFERED), lane=1)
    form = RecallForm(request.POST or None, initial={"version": 0})
    chosen = _chosen(request, rows)
    if request.method == "POST" and not chosen:
        form.add_error(None, _t("Choose at least one handoff."))
    if request.method == "POST" and form.is_valid():
        wish = {name: said for name, said in form.answer().items() if name != "version"}
        done, refused = desk.recall_many(chosen, by=request.user, now=at, **wish)
        if done or len(refused) > 1:
            _say(request, done, refused)
            return redirect("recall-many")
        form.add_error(None, words.refusal(refused[0][1]))
    shown: dict[str, Any] = {
        "now": at, "form": form, "picks": form.picks(at), "rows": rows.order_by("-created_at", "-pk")[:MOST],
        "chosen": {one.pk for one in chosen},
    }  # fmt: skip
    return render(request, "handoff/recall_many.html", shown, status=422 if form.errors else 200)


def _say(request: HttpRequest, done: list[Handoff], refused: list[Any]) -> None:
    if done:
        said = _n("%(n)s handoff taken back.", "%(n)s handoffs taken back.", len(done))
        messages.success(request, said % {"n": len(done)})
    for one, why in refused[:5]:
        said = {"who": ground.customer(one.lead.display_name), "why": words.refusal(why)}
        messages.error(request, _t("%(who)s: %(why)s") % said)


def _chosen(request: HttpRequest, rows: QuerySet[Handoff]) -> list[Handoff]:
    """Those that are still to be had; whoever was answered meanwhile is told by the door."""
    numbers = [int(one) for one in request.POST.getlist("handoff") if one.isascii() and one.isdigit()]
    mine = _visible(request).filter(pk__in=[one for one in numbers if one < 2**63][:MOST], lane=1)
    return list(mine.order_by("pk"))


def _visible(request: HttpRequest) -> QuerySet[Handoff]:
    return Handoff.objects.visible_to(request.user).select_related(*NEEDED)
