"""点数に意見を送る: the form at a line of a lead's score, and what the studio does with an opinion."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods, require_POST

from config.clock import now
from config.studio import words
from config.studio.forms import AnswerForm, OpinionForm
from config.studio.views import overview
from config.studio.views.draft import through
from handoff.views.lead_page import seen_by
from leads.models import Lead
from scoring import words as score_words
from scoring.models import Opinion
from scoring.rulemaking import opinions
from scoring.rulemaking.drafting import LONGEST_TITLE, DraftRefused
from scoring.rulemaking.permissions import may


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever sees the lead may say what they think of a line of its score."""
    lead, moment = seen_by(request.user, pk), now()
    rule, event = request.GET.get("rule", "")[:120], _event(request.GET.get("event", ""))
    try:
        about = opinions.subject(lead, rule=rule, event=event, now=moment)
    except opinions.NoSuchLine as gone:
        messages.error(request, words.refusal(gone, now=moment))
        return redirect("lead", pk)
    form = OpinionForm(request.POST or None)
    sent = {"rule": rule, "event": event, "by": request.user, "now": moment}
    good = form.is_bound and form.is_valid()
    if good and not through(form, lambda: opinions.send(lead, **sent, **form.cleaned_data)):
        messages.success(request, _t("Sent. The answer will stand here, at the lead."))
        return redirect("lead", pk)
    shown = {"lead": lead, "about": about, "form": form, "now": moment, "what": _what(about)}
    shown["may_read"] = may(request.user).read
    return render(request, "studio/opinion.html", shown, status=422 if form.errors else 200)


@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer an opinion; refused, the page comes again with what was typed."""
    opinion = _seen(request, pk)
    form = AnswerForm(request.POST, auto_id=f"id_%s_{pk}")
    if not form.is_valid() or through(
        form, lambda: opinions.settle(opinion, **form.cleaned_data, by=request.user, now=now())
    ):
        return overview.page(request, answer=(pk, form))
    messages.success(request, _t("Answered. Its writer reads it at the lead."))
    return redirect("rules")


@require_POST
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft that begins with an opinion."""
    opinion, moment = _seen(request, pk), now()
    title = _t("%(rule)s: from an opinion") % {"rule": score_words.opinion_label(opinion)}
    try:
        draft = opinions.begin_draft(opinion, title=title[:LONGEST_TITLE], by=request.user, now=moment)
    except DraftRefused as refused:
        messages.error(request, words.refusal(refused, now=moment))
        return redirect("rules")
    return redirect("rules-draft", draft.pk)


def _seen(request: HttpRequest, pk: int) -> Opinion:
    """An opinion on a lead this person sees, for whoever writes the rules."""
    if not overview.reader(request).write:
        raise PermissionDenied
    mine = Lead.objects.visible_to(request.user).values("pk")
    return get_object_or_404(Opinion, pk=min(pk, 2**63 - 1), lead__in=mine)


def _event(said: str) -> int | None:
    """The number of an event in an address, or None where it names none."""
    if not said:
        return None
    if not (said.isascii() and said.isdigit() and len(said) < 18):
        raise Http404
    return int(said)


def _what(about: opinions.Subject) -> str:
    if about.rule in opinions.HALVES:
        return str(score_words.MINIMUMS[f"min_{about.rule}"])
    line = {"rule": about.rule, "label": about.label, "points": about.points}
    return score_words.line_label(line, version=about.model_version)
