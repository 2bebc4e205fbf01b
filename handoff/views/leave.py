"""代理・休暇: who is away when, and who acts meanwhile; entered by oneself or one's manager."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods, require_POST

from config.clock import now
from handoff import desk, words
from handoff.leave_form import LeaveForm
from handoff.refusals import DeskRefused, NotYours
from leads.models.people import Leave


@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Leave to come and in progress, and a form for more."""
    at = now()
    people = list(desk.people_of(request.user).select_related("deputy").order_by("family_kana", "pk"))
    initial = {"user": request.GET.get("user", str(request.user.pk)), "accepted": Leave.DEPUTY}
    form = LeaveForm(request.POST or None, people=people, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            desk.take_leave(by=request.user, now=at, **form.answer())
            messages.success(request, _t("The leave is entered."))
            return redirect("leave")
        except DeskRefused as refused:
            form.refuse(refused)
        except NotYours as refused:
            raise PermissionDenied from refused
    shown = {
        "form": form,
        "leaves": desk.leaves_of(request.user, now=at),
        "alone": len(people) == 1,
        "now": at,
    }
    return render(request, "handoff/leave.html", shown, status=422 if form.errors else 200)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """It does not take place, or ends now."""
    at = now()
    one = get_object_or_404(Leave.objects.filter(user__in=desk.people_of(request.user)), pk=pk)
    try:
        desk.cancel_leave(one, by=request.user, now=at)
        messages.success(request, _t("The leave is cancelled."))
    except DeskRefused as refused:
        messages.error(request, words.refusal(refused))
    return redirect("leave")
