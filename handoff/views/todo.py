"""Tasks of a person: their list, the page on which one is answered, and a question to marketing."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.clock import now
from handoff import desk, words
from handoff.models import Handoff
from handoff.refusals import DeskRefused, NotYours
from handoff.task_forms import QuestionForm, TaskForm
from handoff.views.path import attempt, back, page
from leads.models import Lead, Task

asks = require_http_methods(["GET", "HEAD", "POST"])
MOST = 200
LATELY = timedelta(days=14)
NEEDED = ("lead__company", "lead__owner", "assignee", "asked_by", "done_by")


@require_safe
def task_list(request: HttpRequest) -> HttpResponse:
    """What this person is asked, nearest due first, and what they did lately."""
    at = now()
    rows = desk.tasks_of(request.user).select_related(*NEEDED)
    waiting = list(rows.filter(desk.asked_of(request.user), done_at=None).order_by("due_at", "pk")[:MOST])
    shown = {
        "now": at,
        "open": waiting,
        "seen": set(
            Lead.objects.visible_to(request.user)
            .filter(pk__in=[one.lead_id for one in waiting])
            .values_list("pk", flat=True)
        ),
        "done": rows.filter(done_by=request.user, done_at__gt=at - LATELY).order_by("-done_at", "-pk")[:MOST],
    }
    return render(request, "handoff/task_list.html", shown)


@asks
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """One task: what is asked, and the answer to it."""
    one, at = _seen(request, pk), now()
    if not desk.may_answer(request.user, one):
        raise PermissionDenied
    form = TaskForm(request.POST or None, kind=one.kind)
    done = attempt(request, form, lambda: desk.answer_task(one, by=request.user, now=at, **form.answer()))
    sees = Lead.objects.visible_to(request.user).filter(pk=one.lead_id).exists()
    if done is None:
        one.refresh_from_db()
        status = 409 if getattr(form, "overtaken", False) else 422 if form.errors else 200
        shown = {"task": one, "form": form, "now": at, "sees": sees, "back": _place(request, one)}
        return render(request, "handoff/task.html", shown, status=status)
    messages.success(request, _t("Done. Whoever asked sees your answer on the lead."))
    if done.outcome == "re_offer":
        return redirect("lead-handover", one.lead_id)
    return redirect(_place(request, one))


@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    one = _seen(request, pk)
    try:
        desk.reopen_task(one, by=request.user, now=now())
    except NotYours as refused:
        raise PermissionDenied from refused
    except DeskRefused as refused:
        messages.error(request, words.refusal(refused))
    return redirect("task-list")


@asks
def question(request: HttpRequest, pk: int) -> HttpResponse:
    """What a rep wants to know of marketing before going on."""
    held, at = _handoff(request, pk), now()
    if not desk.may(request.user, held).contact:
        raise PermissionDenied
    form = QuestionForm(request.POST or None, initial={"version": held.version})
    asked = attempt(
        request, form,
        lambda: desk.ask_marketing(held, by=request.user, now=at, text=form.cleaned_data["text"]),
    )  # fmt: skip
    if asked is None:
        return page(request, "question", held.lead, form)
    messages.success(request, _t("Asked. The answer will stand on the lead."))
    return redirect(back(request, held.lead))


def _place(request: HttpRequest, one: Task) -> str:
    """Where the person came from, else their list."""
    is_said = "next" in request.GET or "next" in request.POST
    return back(request, one.lead) if is_said else reverse("task-list")


def _seen(request: HttpRequest, pk: int) -> Task:
    return get_object_or_404(desk.tasks_of(request.user).select_related(*NEEDED), pk=pk)


def _handoff(request: HttpRequest, pk: int) -> Handoff:
    rows = Handoff.objects.visible_to(request.user).select_related("lead__company", "queue")
    return get_object_or_404(rows, pk=pk)
