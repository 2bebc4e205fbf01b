"""Simulations at work: trials of scoring, with the queue that each simulated handoff would go to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from config import clock
from handoff.desk.floor import Desk
from scoring.replay import trials
from scoring.replay.trial_rows import Route

BATCHES = 20  # a sweep that does everything goes on to what people wait for after so many


def run(simulation_ids: Iterable[int], *, now: datetime, batches: int | None = None) -> int:
    """Run these simulations; returns how many. `now` begins them, the clock says each beat."""
    ids = list(simulation_ids)
    for pk in ids:
        trials.run(
            pk, now=now, clock=lambda: max(now, clock.now()), route=by_todays_routes(now=now), batches=batches
        )
    return len(ids)


def by_todays_routes(*, now: datetime) -> Route:
    """The routes in force now, asked of a handoff that would have been."""
    desk = Desk.read(now=now)

    def queue_of(values: Mapping[str, Any]) -> str:
        found = desk.queue_for(values["handoff"]["lane"], values)
        return found.slug if found else ""

    return queue_of
