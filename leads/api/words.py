"""Refusals of the ground floor's doors as sentences."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config.api import words

SENTENCES: Mapping[str, Promise] = {
    "ambiguous_match": _("external_id belongs to one lead and this e-mail address to another."),
    "external_id_taken": _("Another lead has this external_id."),
    "known_elsewhere": _(
        "Somebody of another team is in contact with this person. Speak to the owner first."
    ),
    "not_yours_to_give": _("Only marketing or a manager can name somebody else as the owner."),
    "nobody_to_know": _("Send at least an e-mail address, a phone number, a name or an external_id."),
    "lead_changed": _("Somebody changed this lead since you opened it. Look at it again."),
    "unknown_lead": _("There is no such lead, or it is not yours to see."),
    "ambiguous_lead": _("More than one lead has this e-mail address. Name the lead by id or external_id."),
    "unknown_type": _("The playbook knows no such type of activity."),
    "wrong_direction": _("This type has the other direction."),
    "in_future": _("This moment is more than 24 hours ahead."),
    "too_old": _("This lies outside what can be kept."),
    "unknown_activity": _("There is no such activity of this lead."),
    "too_long": _("This text is too long."),
    "bad_text": _("Text must not hold NUL characters."),
    "bad_data": _("An object of plain values is needed here."),
    "not_yours_to_say": _("You can record only your own acts."),
}


def sentence(code: str) -> str:
    return str(SENTENCES[code]) if code in SENTENCES else words.sentence(code)
