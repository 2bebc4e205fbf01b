"""The outbox in the reader's words: states, who sent something again, why it cannot be sent again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import pgettext_lazy as _p

from handoff.models import Message
from leads.models import User
from leads.words import colleague, moment

STATES: Mapping[str, Promise] = {
    Message.DEAD: _p("message", "Not delivered"),
    Message.PENDING: _p("message", "To be delivered"),
    Message.SENDING: _p("message", "On its way"),
    Message.SENT: _p("message", "Delivered"),
    Message.DROPPED: _p("message", "Withdrawn"),
}


def state_label(code: str) -> str:
    return str(STATES.get(code, code))


def replays(message: Message) -> int:
    """How often it was sent again."""
    return len(message.body.get("replays", ()))


def not_dead(message: Message) -> str:
    """Somebody was quicker: who sent it again, when, and what became of it."""
    told = message.body.get("replays", ())
    state = state_label(message.state)
    if not told:
        return _t("Nothing to send again: %(state)s.") % {"state": state}
    by = User.objects.filter(pk=told[-1]["by"]).first()
    return _t("%(who)s sent it again at %(when)s: %(state)s.") % {
        "who": colleague(by.name) if by else "", "when": moment(datetime.fromisoformat(told[-1]["at"])),
        "state": state,
    }  # fmt: skip
