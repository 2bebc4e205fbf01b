"""Tasks in the reader's words: what is asked, and what may be answered."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from leads.models import Task

KINDS: Mapping[str, Promise] = {
    Task.INCOMPLETE_HAND_RAISER: _("Raised a hand, but something is missing before sales can take over"),
    Task.CUSTOMER_REACTED: _("A customer reacted: the owner of the account should know"),
    Task.WAKE_EXCLUDED: _("The follow-up date came, but the definition excludes this lead now"),
    Task.WAKE_EXPIRED: _("They did not react by the latest follow-up date: decide what happens next"),
    Task.RIGHT_PERSON: _("Sent back: find the right person"),
    Task.MARKETING_FIX: _("Sent back: complete the data"),
    Task.PING_PONG: _("Sent back again and again: decide together whether it comes back"),
    Task.QUESTION: _("Sales asks"),
    Task.SENT_BACK: _("Sent back: sales waits for your reply"),
}
OUTCOMES: Mapping[str, Promise] = {
    "done": _p("task", "Done"),
    "cannot": _p("task", "Cannot be done"),
    "answered": _p("task", "Answered"),
    "understood": _p("task", "Understood"),
    "re_offer": _p("task", "Re-offer with new evidence"),
    "withdrawn": _p("task", "Undone: no longer asked"),
    "monthly": _p("task", "Discuss at the monthly meeting"),
}


def kind_label(code: str) -> str:
    return str(KINDS.get(code, _("Something to do")))


def outcome_label(code: str) -> str:
    return str(OUTCOMES[code]) if code in OUTCOMES else code
