"""Everything whose moment has come, found by queries: the house works by this alone, without any broker.

Safe beside workers and beside itself: every step locks what it changes and looks again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError

from handoff import desk, timers
from scoring import readiness

log = logging.getLogger(__name__)

ROUNDS = 10_000


def breach(*, now: datetime) -> int:
    return timers.breach(now=now)


def route(*, now: datetime) -> int:
    ids = desk.waiting_due(now=now)
    if ids:
        desk.route(ids, now=now)
    return len(ids)


def wake(*, now: datetime) -> int:
    ids = desk.due_wakes(now=now)
    return desk.wake(ids, now=now) if ids else 0


Step = Callable[..., int]

# Clocks first: they are what people wait for.
DESK_STEPS: dict[str, Step] = {
    "breached": breach,
    "contacts": timers.contacts_made,
    "woken": wake,
    "routed": route,
}
STEPS: dict[str, Step] = DESK_STEPS | {"scored": readiness.sweep}


def once(*, now: datetime, steps: dict[str, Step] | None = None) -> dict[str, int]:
    """One round of each step in batches; how many rows each acted on."""
    return {name: _try(name, step, now=now) for name, step in (steps or STEPS).items()}


def until_done(*, now: datetime, tell: Callable[[dict[str, int]], None] | None = None) -> dict[str, int]:
    """Rounds until nothing is left that is due at `now`; the totals by step."""
    totals = dict.fromkeys(STEPS, 0)
    for _ in range(ROUNDS):
        done = once(now=now)
        for name, count in done.items():
            totals[name] += count
        if tell:
            tell(totals)
        if not any(done.values()):
            break
    return totals


def _try(name: str, step: Step, *, now: datetime) -> int:
    """One bad row must not stop the clocks: what fails is logged and the next step goes on."""
    try:
        return step(now=now)
    except DatabaseError:
        raise
    except Exception:
        log.exception("sweep step failed: %s", name)
        return 0
