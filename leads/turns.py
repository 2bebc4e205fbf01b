"""Who moves next on the ground floor, and by when (PRODUCT 3, table of next actors).

The desk refines the turn of a lead in sales' hands. Plain values in, plain values out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from leads import stages

REVIEW_DAYS = {stages.LEAD: 30, stages.MAL: 180}
CLOSING_DAYS = 90  # when an opportunity is expected to close where nobody said so


@dataclass(frozen=True)
class Turn:
    """`side` must act by `due_at` (UTC); `actor` is a user id where one person is meant."""

    side: str
    actor: int | None
    due_at: datetime | None


NOBODY = Turn("", None, None)


def review_after(stage: str, stages_section: Mapping[str, Mapping[str, str]]) -> timedelta:
    """`review_after` of a stage in calendar days, as the playbook says, else the built-in days."""
    said = str(stages_section.get(stage, {}).get("review_after", ""))
    days = int(said[:-1]) if said[:-1].isdecimal() and said.endswith("d") else REVIEW_DAYS.get(stage, 30)
    return timedelta(days=days)


def on_the_ground(
    stage: str,
    outcome: str | None,
    *,
    entered_at: datetime,
    owner: int | None,
    wake_at: datetime | None,
    review: timedelta,
) -> Turn:
    """The turn of a lead as far as this floor knows; at mql, sal and sql the desk knows better."""
    if outcome is not None or stage == stages.DISQUALIFIED:
        return NOBODY
    if stage == stages.OPPORTUNITY:
        return Turn("sales", owner, entered_at + timedelta(days=CLOSING_DAYS))
    if stage in stages.IN_SALES_HANDS:
        return Turn("sales", owner, entered_at)
    if wake_at is not None:
        return Turn("sales" if owner else "marketing", owner, wake_at)
    return Turn("marketing", None, entered_at + review)


def at_opportunity(owner: int, *, next_step_on: date | None, expected_close: date, zone: tzinfo) -> Turn:
    """Its owner's, until the end of the next step's day, else of the day it is expected to close."""
    day = next_step_on or expected_close
    return Turn("sales", owner, datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC))
