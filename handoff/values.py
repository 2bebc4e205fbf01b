"""What routes and policies may ask about a handoff (PRODUCT 5, paths)."""

from __future__ import annotations

from typing import Any

from handoff.models import Handoff
from scoring import facts


def values_of(handoff: Handoff) -> dict[str, Any]:
    """Lead, company and attributes, the stored score, and the handoff's trigger and lane."""
    standing = handoff.lead.standing
    return facts.values_of(handoff.lead) | {
        "readiness": standing.readiness,
        "fit": standing.fit,
        "interest": standing.interest,
        "handoff": {"trigger": handoff.trigger, "lane": handoff.lane},
    }
