"""Pages of a meeting: book it, move it, say what became of it, judge it, take it to a calendar."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.clock import now
from handoff import desk, path_words, words
from handoff.forms import SeenForm
from handoff.invitations import invitation
from handoff.path_forms import MeetingForm, VerdictForm, length_of, meeting_initial, new_meeting_initial
from handoff.refusals import NotYours
from handoff.views.lead_page import seen_by
from handoff.views.path import attempt, back, page
from leads import ics, meetings
from leads import words as ground
from leads.models import Lead, Meeting, User
from leads.refusals import Quicker, Refused

asks = require_http_methods(["GET", "HEAD", "POST"])
MOST = 200


@asks
def book(request: HttpRequest, pk: int) -> HttpResponse:
    """A meeting with this lead; the result of a contact leads here."""
    lead, at = seen_by(request.user, pk), now()
    if not desk.further(request.user, lead, desk.open_handoff(lead)).book:
        raise PermissionDenied
    form = MeetingForm(
        request.POST or None, people=_people(request.user, lead),
        initial=new_meeting_initial(lead, request.user, at),
    )  # fmt: skip
    booked = attempt(request, form, lambda: desk.book_meeting(lead, by=request.user, now=at, **form.answer()))
    if booked is None:
        return page(request, "meeting", lead, form, is_new=True)
    messages.success(request, _t("Booked: %(when)s.") % {"when": ground.moment(booked.starts_at)})
    return redirect(back(request, lead))


@asks
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Another time or other details."""
    meeting, at = seen(request, pk), now()
    lead = meeting.lead
    _insist(request.user, meeting)
    people = _people(request.user, lead, *meeting.ours.all())
    form = MeetingForm(
        request.POST or None, people=people, initial=meeting_initial(meeting), length=length_of(meeting)
    )

    def act() -> Meeting:
        wish = form.answer() | {"version": form.cleaned_data["version"]}
        return desk.change_meeting(meeting, by=request.user, now=at, **wish)

    moved = attempt(request, form, act)
    if moved is None:
        return page(request, "meeting", lead, form, meeting=meeting)
    said = _t("Moved to %(when)s.") if moved.pk != meeting.pk else _t("Changed: %(when)s.")
    messages.success(request, said % {"when": ground.moment(moved.starts_at)})
    return redirect(back(request, lead))


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Held, not shown up, called off: one press."""
    meeting = seen(request, pk)
    form = SeenForm(request.POST)
    state = request.POST.get("state", "")
    if not form.is_valid() or state not in meetings.ENDS:
        raise BadRequest("state")

    def act() -> str:
        version = form.cleaned_data["version"]
        desk.change_meeting(meeting, by=request.user, now=now(), state=state, version=version)
        return path_words.meeting_state_label(state)

    return _pressed(request, meeting, act)


@asks
def verdict(request: HttpRequest, pk: int) -> HttpResponse:
    """Valid with one tap; not valid asks why. A verdict given before is put right here, too."""
    meeting, at = seen(request, pk), now()
    lead = meeting.lead
    if not desk.may_judge_meeting(request.user, meeting, desk.open_handoff(lead)):
        raise PermissionDenied
    first = {"verdict": request.GET.get("verdict") or meeting.verdict, "reason": meeting.verdict_reason,
             "went_well": meeting.went_well, "version": meeting.version}  # fmt: skip
    form = VerdictForm(request.POST or None, initial=first)

    def act() -> Meeting:
        wish = form.answer() | {"version": form.cleaned_data["version"]}
        return desk.judge_meeting(meeting, by=request.user, now=at, **wish)

    judged = attempt(request, form, act)
    if judged is None:
        return page(request, "verdict", lead, form, meeting=meeting)
    said = {"who": ground.customer(lead.display_name), "verdict": path_words.verdict_label(judged.verdict)}
    messages.success(request, _t("Meeting with %(who)s: %(verdict)s.") % said)
    return redirect(back(request, lead))


@require_safe
def calendar_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The meeting as .ics: for our own calendar, or `?for=them` to send on."""
    meeting = seen(request, pk)
    host = urlsplit(settings.SITE_URL).hostname or request.get_host()
    event = invitation(meeting, host=host, is_ours=request.GET.get("for") != "them")
    answer = HttpResponse(ics.calendar(event, now=now()), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="meeting-{meeting.pk}.ics"'
    return answer


@require_safe
def meeting_list(request: HttpRequest) -> HttpResponse:
    """The meetings of the leads one sees: what waits for a verdict, what comes, what was."""
    at = now()
    mine = Meeting.objects.filter(lead__in=Lead.objects.visible_to(request.user).values("pk"))
    mine = mine.exclude(state=Meeting.RESCHEDULED).select_related("lead__company", "verdict_by")
    coming = mine.filter(state=Meeting.BOOKED, ends_at__gt=at).order_by("starts_at", "pk")[:MOST]
    over = mine.exclude(state=Meeting.BOOKED, ends_at__gt=at).order_by("-starts_at", "-pk")[:MOST]
    shown = {"coming": coming, "over": over, "now": at, "to_judge": meetings.to_judge(request.user, now=at)}
    return render(request, "handoff/meeting_list.html", shown)


def seen(request: HttpRequest, pk: int) -> Meeting:
    """The meeting, where the person may see its lead; else 404."""
    mine = Meeting.objects.filter(lead__in=Lead.objects.visible_to(request.user).values("pk"))
    rows = mine.select_related("lead__company", "lead__standing__team", "lead__owner", "verdict_by")
    return get_object_or_404(rows.prefetch_related("ours"), pk=pk)


def _insist(user: User, meeting: Meeting) -> None:
    goes = any(one.pk == user.pk for one in meeting.ours.all())
    if not goes and not desk.further(user, meeting.lead, desk.open_handoff(meeting.lead)).book:
        raise PermissionDenied


def _pressed(request: HttpRequest, meeting: Meeting, act: Any) -> HttpResponse:
    """A press without a form of its own: what happened, or why not, stands on the page it came from."""
    try:
        messages.success(request, _t("Written down: %(state)s.") % {"state": act()})
    except (Quicker, Refused) as refused:
        messages.error(request, words.refusal(refused))
    except NotYours as refused:
        raise PermissionDenied from refused
    return redirect(back(request, meeting.lead))


def _people(user: User, lead: Lead, *also: User) -> list[User]:
    """Who may go: the reader, the lead's owner and supporters, and everybody who sells in the field."""
    field = User.objects.filter(teams__kind="field_sales", is_active=True).order_by("pk").distinct()
    people = [user, lead.owner, *desk.supporters_of(lead), *also, *field]
    return list(dict.fromkeys(one for one in people if one is not None))
