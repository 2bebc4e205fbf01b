"""Why the desk says no. `handoff.words` puts codes into sentences; the API into problem+json."""

from __future__ import annotations

from datetime import datetime

from handoff.models import Handoff
from leads.models import User
from leads.refusals import Refused


class DeskRefused(Refused):
    """The act is understood and not allowed as asked."""


class NotYours(Exception):
    """The person may see this, but the answer is somebody else's to give."""


class Conflict(Exception):
    """Somebody was quicker: the handoff as it stands now, with who and when."""

    def __init__(self, handoff: Handoff) -> None:
        self.handoff = handoff
        self.state, self.version = handoff.state, handoff.version
        self.by, self.at = _last_act(handoff)
        super().__init__(f"handoff {handoff.pk} is {handoff.state} at version {handoff.version}")


def _last_act(handoff: Handoff) -> tuple[User | None, datetime]:
    if handoff.ended_at is not None:
        return handoff.ended_by, handoff.ended_at
    if handoff.accepted_at is not None:
        return handoff.accepted_by, handoff.accepted_at
    return handoff.handed_by, handoff.offered_at or handoff.created_at
