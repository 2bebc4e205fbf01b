"""Notices inside the product: the bell in the shell, the page behind it, and marking them read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST, require_safe

from config.clock import now
from handoff import notice_words, notices
from handoff.views.doubtful import number

SIZE = 50


@require_safe
def notice_list(request: HttpRequest) -> HttpResponse:
    """One's own, newest first; `before` goes on behind the last one of the page before."""
    at, found = now(), notices.of(request.user)
    before = number(request.GET.get("before", ""))
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found[: SIZE + 1])
    shown = {
        "groups": notice_words.by_lead(notice_words.lines(rows[:SIZE], request.user, now=at)),
        "newest": max((one.pk for one in rows), default=0),
        "further": rows[SIZE - 1].pk if len(rows) > SIZE else None,
        "has_unread": any(one.read_at is None for one in rows),
        "now": at,
    }
    return render(request, "handoff/notice_list.html", shown)


@require_safe
def bell(request: HttpRequest) -> HttpResponse:
    """The bell alone, asked for while somebody looks: one small query."""
    return render(request, "parts/bell.html", {"unread": notices.unread(request.user)})


@require_GET
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Read by opening it: on to the lead it speaks of."""
    one = get_object_or_404(notices.of(request.user), pk=pk)
    at = now()
    notices.read(request.user, pk=pk, now=at)
    (line,) = notice_words.lines([one], request.user, now=at)
    return redirect(line.url or "notice-list")


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """One (`notice`), or everything up to the newest that was shown (`until`)."""
    one, until = (number(request.POST.get(name, "")) for name in ("notice", "until"))
    if one is not None:
        notices.read(request.user, pk=one, now=now())
    elif until is not None:
        notices.read_until(request.user, pk=until, now=now())
    return redirect("notice-list")
