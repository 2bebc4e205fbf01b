"""Everything whose moment has come, found by queries: the house works by this alone, without any broker.

Safe beside workers and beside itself: every step locks what it changes and looks again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.db import InterfaceError, OperationalError

from config.studio import trying
from handoff import desk, outbox, pausing, timers
from leads import forgetting, leavers, pipeline
from scoring.lessons import feedback
from scoring.replay import trials
from scoring.rulemaking import figures
from scoring.upkeep import rescoring

log = logging.getLogger(__name__)

ROUNDS = 10_000
SCORE_SECONDS = 5.0  # of one round; then the clocks are looked at again

Step = Callable[..., int]
LOST = (OperationalError, InterfaceError)
"""The database itself does not answer: nothing can be done, whoever called waits and tries again."""


def resume(*, now: datetime) -> int:
    return _each("resume", pausing.to_resume(now=now), pausing.resumed, now=now)


def breach(*, now: datetime) -> int:
    return _each("breach", timers.overdue(now=now), timers.breach, now=now)


def see_contacts(*, now: datetime) -> int:
    return _each("contacts", timers.contacted(), timers.see_contacts, now=now)


def climb(*, now: datetime) -> int:
    return _each("climb", desk.steps_due(now=now), desk.climb, now=now)


def leave(*, now: datetime) -> int:
    return _each("leave", leavers.due(now=now), leavers.settle, now=now)


def recall(*, now: datetime) -> int:
    return _each("recall", desk.left_behind(now=now), desk.recall_left, now=now)


def lapse(*, now: datetime) -> int:
    return _each("lapse", desk.reservations_due(now=now), desk.end_reservations, now=now)


def turn(*, now: datetime) -> int:
    return _each("turn", desk.turns_due(now=now), desk.turn_over, now=now)


def wake(*, now: datetime) -> int:
    return _each("wake", desk.due_wakes(now=now), desk.wake, now=now)


def mend(*, now: datetime) -> int:
    return _each("mend", pipeline.due(now=now), pipeline.mend, now=now)


def route(*, now: datetime) -> int:
    return _each("route", desk.waiting_due(now=now), desk.route, now=now)


def score(*, now: datetime) -> int:
    return rescoring.work(now=now, seconds=SCORE_SECONDS)


def simulate(*, now: datetime) -> int:
    return _each("simulate", trials.due(now=now), partial(trying.run, batches=trying.BATCHES), now=now)


# Clocks first: they are what people wait for. What one step brings up, a later one takes along.
DESK_STEPS: dict[str, Step] = {
    "resumed": resume,
    "breached": breach,
    "contacts": see_contacts,
    "left": leave,
    "recalled": recall,
    "lapsed": lapse,
    "turned": turn,
    "climbed": climb,
    "woken": wake,
    "mended": mend,
    "routed": route,
    "delivered": outbox.deliver,
}
SCORE_STEPS: dict[str, Step] = {"scored": score}
COUNT_STEPS: dict[str, Step] = {"counted": feedback.refresh}  # once a day; may ask for simulations
RULE_STEPS: dict[str, Step] = {"figured": figures.refresh}  # whom each rule matched
SIMULATE_STEPS: dict[str, Step] = {"simulated": simulate}
TIDY_STEPS: dict[str, Step] = {"forgotten": forgetting.forget}
STEPS = DESK_STEPS | SCORE_STEPS | COUNT_STEPS | RULE_STEPS | SIMULATE_STEPS | TIDY_STEPS


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
    """What fails is logged, and the next step goes on."""
    try:
        return step(now=now)
    except LOST:
        raise
    except Exception:
        log.exception("sweep step failed: %s", name)
        return 0


def _each(name: str, ids: list[int], act: Callable[..., int], *, now: datetime) -> int:
    """Act on a batch; where one row spoils it, on each row alone: one bad row never stops the rest."""
    if not ids:
        return 0
    try:
        act(ids, now=now)
    except LOST:
        raise
    except Exception:
        if len(ids) > 1:
            return sum(_each(name, [one], act, now=now) for one in ids)
        log.exception("sweep %s failed for %s", name, ids[0])
        return 0
    return len(ids)
