"""The kinds of activity everybody knows; a playbook adds its own (PRODUCT 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ACTION, REACTION = "action", "reaction"

_REACTIONS = (
    "page_view",
    "pricing_view",
    "email_open",
    "email_click",
    "document_download",
    "webinar_attended",
    "event_attended",
    "card_exchanged",
    "survey_answer",
    "inquiry",
    "demo_request",
    "reply",
    "unsubscribe",
)
_ACTIONS = ("email_sent", "call_attempt", "call_connected", "meeting_invited", "dm_sent", "note")
_MEETINGS = ("meeting_booked", "meeting_held", "meeting_no_show")

BUILT_IN: Mapping[str, str] = dict.fromkeys(_REACTIONS, REACTION) | dict.fromkeys(
    (*_ACTIONS, *_MEETINGS), ACTION
)
INQUIRY_KINDS = ("consult", "quote", "demo", "support", "recruit", "sales_pitch")

OUTBOUND = frozenset({"call_attempt", "call_connected", "email_sent", "dm_sent", "meeting_invited"})
"""Acts by a person that count as a contact (PRODUCT 6, first_contact)."""


def directions(added: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Direction by type: the built-in ones and those of a playbook's `activity_types` section."""
    return dict(BUILT_IN) | {name: str(body["direction"]) for name, body in added.items()}
