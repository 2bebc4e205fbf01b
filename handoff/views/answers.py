"""A rep's answers, posted from the queue: accept, send back, log a contact.

Each takes the version the person saw. When somebody was quicker the next lead opens, it is said who and
when, and what was typed stays on the page (UX 3.3).
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods, require_POST

from config.clock import now
from handoff import desk, queueing, words
from handoff.desk.answers import zone_of
from handoff.desk.handing_on import REASSIGNED
from handoff.desk.next_steps import BY_TASK, PASS_ON
from handoff.forms import ContactForm, SeenForm, SendBackForm
from handoff.models import Clock, Handoff
from handoff.refusals import Conflict, DeskRefused, NotYours
from handoff.views.queue import (
    MINUTE,
    Panel,
    Said,
    is_htmx,
    opened,
    scope_of,
    sentence_of_ago,
    sentences,
    show,
)
from leads import words as ground
from leads.models import Lead

MEETING_SET = "meeting_set"


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the lead on; the next one opens."""
    handoff, at = _answerable(request, pk), now()
    form = _seen(SeenForm(request.POST))
    try:
        desk.accept(handoff, by=request.user, now=at, version=form.cleaned_data["version"])
    except Conflict as conflict:
        return _lost(request, handoff.lead, conflict, form, at=at)
    except NotYours as refused:
        raise PermissionDenied from refused
    return _done(request, handoff.lead, form, _accepted(handoff, at), at=at)


@require_http_methods(["GET", "HEAD", "POST"])
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the lead back with a reason and a next step; the next one opens."""
    handoff, at = _answerable(request, pk), now()
    colleagues = desk.colleagues(handoff, now=at)
    form = SendBackForm(request.POST or None, initial={"version": handoff.version}, colleagues=colleagues)
    if request.method == "POST" and form.is_valid():
        try:
            ended = desk.send_back(handoff, by=request.user, now=at, **form.answer())
            return _done(request, handoff.lead, form, _sent_back(ended), at=at)
        except Conflict as conflict:
            return _lost(request, handoff.lead, conflict, form, at=at)
        except DeskRefused as refused:
            form.refuse(refused)
        except NotYours as refused:
            raise PermissionDenied from refused
    return _asking(request, pk, Panel("send_back", form, form.picks(at)), at=at)


@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Log what came of a call or a mail; the same lead stays open."""
    handoff, at = _answerable(request, pk), now()
    form = ContactForm(request.POST or None, initial={"version": handoff.version, "idem": uuid4().hex})
    if request.method == "POST" and form.is_valid():
        try:
            desk.contact(handoff, by=request.user, now=at, **form.answer(), **_once(request, form))
            return _logged(request, handoff, form, at=at)
        except Conflict as conflict:
            return _lost(request, handoff.lead, conflict, form, at=at)
        except DeskRefused as refused:
            form.refuse(refused)
        except NotYours as refused:
            raise PermissionDenied from refused
    return _asking(request, pk, Panel("contact", form, form.picks()), at=at)


def _answerable(request: HttpRequest, pk: int) -> Handoff:
    """A handoff this person may see, or had been offered: whoever lost it is told so. Else 404."""
    theirs = Q(lead__in=Lead.objects.visible_to(request.user).values("pk")) | Q(rep=request.user)
    return get_object_or_404(Handoff.objects.filter(theirs).select_related("lead__company"), pk=pk)


def _asking(request: HttpRequest, pk: int, panel: Panel, *, at: datetime) -> HttpResponse:
    """The page with a form open; with its errors where it was sent wrong."""
    scope, work, row = opened(request, pk)
    return show(request, scope, work, row, at=at, panel=panel, status=422 if panel.form.errors else 200)


def _seen(form: SeenForm) -> SeenForm:
    """A form a person cannot get wrong: what is missing in it was not sent by our page."""
    if not form.is_valid():
        raise BadRequest("version")
    return form


def _once(request: HttpRequest, form: ContactForm) -> dict[str, str]:
    """The same form sent twice is one contact: its number becomes the event's."""
    idem = form.cleaned_data["idem"]
    return {"external_id": f"queue-{request.user.pk}-{idem}"} if idem else {}


def _done(request: HttpRequest, lead: Lead, form: SeenForm, text: str, *, at: datetime) -> HttpResponse:
    """Say what happened and open the next lead: at once for the script, by a redirect without it."""
    scope = scope_of(request)
    work = queueing.read(scope, at)
    following = work.find(form.cleaned_data["then"]) or work.next_to_decide(None)
    if is_htmx(request):
        return show(request, scope, work, following, at=at, said=Said(text, lead))
    messages.success(request, text)
    place = reverse("queue-card", args=[following.handoff.pk]) if following else reverse("queue")
    return redirect(place + scope.query)


def _logged(request: HttpRequest, handoff: Handoff, form: ContactForm, *, at: datetime) -> HttpResponse:
    text = _t("Logged: %(result)s.") % {"result": words.result_label(form.cleaned_data["result"])}
    if form.cleaned_data["result"] == MEETING_SET and _may_book(request, handoff.lead):
        return _to_booking(request, handoff, text)
    if not is_htmx(request):
        messages.success(request, text)
        return redirect(reverse("queue-card", args=[handoff.pk]) + scope_of(request).query)
    scope, work, here = opened(request, handoff.pk)
    return show(request, scope, work, here, at=at, said=Said(text, handoff.lead))


def _may_book(request: HttpRequest, lead: Lead) -> bool:
    return desk.further(request.user, lead, desk.open_handoff(lead)).book


def _to_booking(request: HttpRequest, handoff: Handoff, text: str) -> HttpResponse:
    """A meeting was agreed: the form to book it comes next, and leads back to the card."""
    messages.success(request, text)
    card = reverse("queue-card", args=[handoff.pk]) + scope_of(request).query
    place = reverse("lead-book", args=[handoff.lead_id]) + "?" + urlencode({"next": card})
    if not is_htmx(request):
        return redirect(place)
    answer = HttpResponse()
    answer["HX-Redirect"] = place
    return answer


def _lost(
    request: HttpRequest, lead: Lead, conflict: Conflict, form: SeenForm, *, at: datetime
) -> HttpResponse:
    """Somebody was quicker: who, when, what was typed, and the next lead."""
    scope = scope_of(request)
    work = queueing.read(scope, at)
    following = work.find(form.cleaned_data.get("then")) or work.next_to_decide(None)
    text = _quicker(conflict, at)
    if following is not None:
        text = sentences([text, _t("The next lead is open.")])
    said = Said(text, lead, is_conflict=True, kept=form.cleaned_data.get("note", "").strip())
    return show(request, scope, work, following, at=at, said=said, status=409)


def _quicker(conflict: Conflict, at: datetime) -> str:
    """Who was quicker, and when; one's own other window, too."""
    ago = sentence_of_ago(conflict.at, at)
    sentences_of = {
        Handoff.ACCEPTED: (_t("%(name)s accepted it just now."), _t("%(name)s accepted it %(ago)s.")),
        Handoff.SENT_BACK: (_t("%(name)s sent it back just now."), _t("%(name)s sent it back %(ago)s.")),
        REASSIGNED: (
            _t("%(name)s gave it to somebody else just now."),
            _t("%(name)s gave it to somebody else %(ago)s."),
        ),
    }
    how = conflict.handoff.end_cause or conflict.state
    if conflict.by is None or how not in sentences_of:
        return f"{words.refusal(conflict)} ({ago})"
    fresh, older = sentences_of[how]
    sentence = fresh if at - conflict.at < MINUTE else older
    return sentence % {"name": ground.colleague(conflict.by.name), "ago": ago}


def _accepted(handoff: Handoff, at: datetime) -> str:
    due = (
        handoff.clocks.filter(kind=Clock.FIRST_CONTACT, ended_at=None)
        .values_list("due_at", flat=True)
        .first()
    )
    if due is None:
        return _t("Accepted.")
    return _t("Accepted. First contact is due %(due)s.") % {"due": ground.near(due, at)}


def _sent_back(handoff: Handoff) -> str:
    """Who reads the reason, and when the lead comes back."""
    parts = [_t("Sent back.")]
    if handoff.handed_by is not None:
        parts.append(
            _t("%(name)s will read the reason.") % {"name": ground.colleague(handoff.handed_by.name)}
        )
    if handoff.next_step in BY_TASK:
        parts.append(_t("Marketing has the task; it comes back when that is done."))
    elif handoff.wake_at is not None and handoff.wake_trigger is not None:
        latest = handoff.wake_at.astimezone(zone_of(handoff)).date()
        parts.append(
            _t("It comes back when they react; if not by %(day)s, marketing decides.")
            % {"day": ground.day(latest)}
        )
    elif handoff.next_step == PASS_ON:
        return _t("Passed on.")
    elif handoff.wake_at is not None:
        on = handoff.wake_at.astimezone(zone_of(handoff)).date()
        parts.append(_t("It comes back on %(day)s.") % {"day": ground.day(on)})
    elif handoff.next_step == "disqualify":
        parts.append(_t("It is marked as not a fit."))
    return sentences(parts)
