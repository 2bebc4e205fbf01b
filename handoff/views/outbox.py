"""The outbox for managers: what is to be delivered, what failed and why, and sending dead ones again."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext as _n
from django.views.decorators.http import require_POST, require_safe

from config.clock import now
from handoff import outbox, outbox_words
from handoff.models import Message
from handoff.views.doubtful import number
from leads import roles
from leads.models import Lead, User

SIZE = 50
STATES = (Message.DEAD, Message.PENDING, Message.SENDING, Message.SENT, Message.DROPPED)


@require_safe
def message_list(request: HttpRequest) -> HttpResponse:
    """By state, dead ones first; newest first, `before` goes on behind the page before."""
    found, state = seen(request.user), request.GET.get("state", "")
    counts = dict(found.values_list("state").annotate(n=Count("pk")).order_by())
    if state not in STATES:
        state = Message.DEAD if counts.get(Message.DEAD) else Message.PENDING
    rows = found.filter(state=state).select_related("recipient", "lead__company").order_by("-pk")
    before = number(request.GET.get("before", ""))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    shown = list(rows[: SIZE + 1])
    context = {
        "state": state,
        "views": [(one, outbox_words.state_label(one), counts.get(one, 0)) for one in STATES],
        "rows": [(one, outbox_words.replays(one)) for one in shown[:SIZE]],
        "further": shown[SIZE - 1].pk if len(shown) > SIZE else None,
        "most": outbox.MOST_ATTEMPTS,
        "now": now(),
    }
    return render(request, "handoff/message_list.html", context)


@require_POST
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    """One dead message again; one that is not dead any more says what became of it."""
    one = get_object_or_404(seen(request.user), pk=pk)
    if outbox.replay(Message.objects.filter(pk=one.pk), by=request.user, now=now()):
        messages.success(request, _t("It is sent again."))
        return redirect(_dead())
    one.refresh_from_db()
    messages.error(request, outbox_words.not_dead(one))
    return redirect(_dead())


@require_POST
def replay_all(request: HttpRequest) -> HttpResponse:
    """Every dead one this person sees."""
    mine = Message.objects.filter(pk__in=seen(request.user).filter(state=Message.DEAD).values("pk"))
    count = outbox.replay(mine, by=request.user, now=now())
    said = _n("%(n)s message is sent again.", "%(n)s messages are sent again.", count) % {"n": count}
    messages.success(request, said)
    return redirect(_dead())


def seen(user: User) -> QuerySet[Message]:
    """Managers and administrators; of leads only those they may see."""
    if not user.has_role(roles.MANAGER, roles.ADMIN):
        raise PermissionDenied
    if user.sees_all_leads:
        return Message.objects.all()
    return Message.objects.filter(Q(lead=None) | Q(lead__in=Lead.objects.visible_to(user).values("pk")))


def _dead() -> str:
    return reverse("outbox") + "?state=" + Message.DEAD
