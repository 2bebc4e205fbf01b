"""Undoing in the reader's words: what was answered, and what the button takes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from handoff.desk import rewinding, undoing
from handoff.models import Decision

ANSWERS: Mapping[str, Promise] = {
    rewinding.ACCEPT: _p("answer", "Accepted"),
    rewinding.SEND_BACK: _p("answer", "Sent back"),
    rewinding.DISQUALIFY: _p("answer", "Not a fit"),
}
BUTTONS: Mapping[str, Promise] = {
    rewinding.ACCEPT: _("Undo: accepted %(who)s"),
    rewinding.SEND_BACK: _("Undo: sent back %(who)s"),
    rewinding.DISQUALIFY: _("Undo: %(who)s not a fit"),
}
NOTICES: Mapping[str, Promise] = {
    rewinding.ACCEPT: _("%(who)s undid the acceptance of %(lead)s."),
    rewinding.SEND_BACK: _("%(who)s undid the send-back of %(lead)s; sales goes on with it."),
    rewinding.DISQUALIFY: _("%(who)s undid that %(lead)s is not a fit; it goes on as before."),
}

ANY = _("%(who)s undid their answer about %(lead)s.")


def until(at: datetime) -> str:
    """Until when an answer given at that moment can be undone, to the second, for the script."""
    return (at + undoing.WITHIN).isoformat(timespec="seconds")


def notice(kind: str, *, who: str, lead: str) -> str:
    """What whoever was told of the answer is told now."""
    return str(NOTICES.get(kind, ANY)) % {"who": who, "lead": lead}


def answer_label(kind: str) -> str:
    return str(ANSWERS.get(kind, kind))


def button(decision: Decision) -> str:
    """What pressing it takes back, by the company as the queue names it."""
    lead = decision.handoff.lead
    who = lead.company.name if lead.company else lead.display_name
    return str(BUTTONS[decision.kind]) % {"who": who}
