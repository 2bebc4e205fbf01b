"""The ladder of a policy: which steps a clock has, when each is due, and when recalling ends. Pure rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leads.business_time import Calendar, NeverOpen, Pause

RECALL, REASSIGN, OPEN_TO_TEAM = "recall", "reassign", "open_to_team"
REMIND_REP, TELL_TEAM_LEAD, TELL_MANAGER = "remind_rep", "tell_team_lead", "tell_manager"
WHOLE = 100.0
MAX_RECALLS, NOBODY = "max_recalls", "nobody"


@dataclass(frozen=True)
class Rung:
    """One step of a policy's ladder: its place there, its share of the target, what is done."""

    position: int
    percent: float
    acts: tuple[str, ...]


def rungs(policy: Mapping[str, Any], kind: str) -> list[Rung]:
    """The steps of one kind of clock; their place is that in the policy's whole ladder."""
    return [
        Rung(place, float(step["at"].rstrip("%")), tuple(step["do"]))
        for place, step in enumerate(policy.get("ladder") or ())
        if step["clock"] == kind
    ]


def due(
    hours: Calendar,
    start: datetime,
    target_minutes: float,
    percent: float,
    *,
    pauses: Iterable[Pause] = (),
    clock_due: datetime | None,
) -> datetime | None:
    """When that share of the target is used up; None while a pause stands before it.

    A clock that is due later than its target says (a report waits for persistence) holds back what is
    done about its being overdue.
    """
    try:
        at = hours.due(start, timedelta(minutes=target_minutes * percent / WHOLE), pauses).due_at
    except NeverOpen:
        return None
    if at is None or percent < WHOLE or clock_due is None:
        return at
    return max(at, clock_due)


def kept_because(recalls: int, policy: Mapping[str, Any], *, has_other: bool) -> str:
    """Why an offer is not taken back any more; empty where it is. Without `max_recalls` nothing limits it."""
    most = policy.get("max_recalls")
    if most is not None and recalls >= most:
        return MAX_RECALLS
    return "" if has_other else NOBODY
