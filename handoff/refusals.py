"""Why the desk says no. Faces put codes into words; the API into problem+json."""

from __future__ import annotations

from typing import Any

from handoff.models import Handoff


class DeskRefused(Exception):
    """The act is understood and not allowed as asked: `code`, the `field` meant, and parameters."""

    def __init__(self, code: str, field: str = "", **params: Any) -> None:
        self.code, self.field, self.params = code, field, params
        super().__init__(f"{field}: {code}" if field else code)


class NotYours(Exception):
    """The person may see this handoff, but the answer is somebody else's to give."""


class Conflict(Exception):
    """Somebody was quicker: the handoff as it stands now, with who and when."""

    def __init__(self, handoff: Handoff) -> None:
        self.handoff = handoff
        self.state, self.version = handoff.state, handoff.version
        self.by = handoff.ended_by or handoff.accepted_by
        self.at = handoff.ended_at or handoff.accepted_at or handoff.offered_at
        super().__init__(f"handoff {handoff.pk} is {handoff.state} at version {handoff.version}")
