"""The doors of simulations: ask for one, run it range by range, cancel it (decisions 0059 and 0065).

A run computes outside of any transaction and writes each batch in a short one, so that nobody waits for
it. Two workers may be at one; whoever comes without anybody left at it goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from math import inf
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q

from leads.models import User
from scoring import news
from scoring.models import SILENT_FOR, Draft, ScoringModel, Simulation, SimulationRange
from scoring.replay import trial_numbers, trial_ranges
from scoring.replay.alike import reckoned_otherwise
from scoring.replay.simulation import Timeline
from scoring.replay.trial_ranges import AT_ONCE
from scoring.replay.trial_rows import Route, Trial
from scoring.rules import Model

BATCH = 500
LONGEST = timedelta(days=400)
CANCELLED, BROKEN = "cancelled", "broken"


class TrialRefused(Exception):
    """A simulation that cannot be run: `no_stretch`, `not_past`, `too_long` or `bad_rules`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@transaction.atomic
def ask(
    *, body: Mapping[str, Any], since: datetime, until: datetime, by: User | None, now: datetime,
    draft: Draft | None = None,
) -> Simulation:  # fmt: skip
    """A simulation of these rules over [since, until), waiting for a worker; the same while open is one.

    Raises TrialRefused.
    """
    _insist(body, since, until, now)
    same = (
        trial_ranges.opened().filter(draft=draft, since=since, until=until)
        if draft
        else Simulation.objects.none()
    )
    if draft and (known := same.filter(revision=draft.revision).first()):
        return known
    asked = Simulation.objects.create(
        draft=draft, revision=draft.revision if draft else 0, body=dict(body), since=since, until=until,
        asked_at=now, asked_by=by,
    )  # fmt: skip
    news.simulation_asked.announce(simulation_id=asked.pk)
    return asked


def due(*, now: datetime) -> list[int]:
    """Simulations nobody runs, longest asked first."""
    left = Q(state=Simulation.WAITING) | Q(state=Simulation.RUNNING, beat_at__lte=now - SILENT_FOR)
    return list(trial_ranges.opened().filter(left).order_by("asked_at", "pk").values_list("pk", flat=True))


def has_room(simulation_id: int, *, now: datetime) -> bool:
    """Is there something to do on it, and not everybody who may is at it?"""
    ranges = SimulationRange.objects.filter(simulation=simulation_id)
    if not trial_ranges.opened(pk=simulation_id).exists() or ranges.held(now=now).count() >= AT_ONCE:
        return False
    return ranges.free(now=now).exists() or not ranges.undone().exists()


def run(
    simulation: Simulation | int,
    *,
    now: datetime,
    clock: Callable[[], datetime] | None = None,
    route: Route | None = None,
    batches: int | None = None,
) -> Simulation:
    """Work on it until nothing is free, or for so many batches; whoever does the last range ends it.

    `clock` tells the moment of each beat (else `now`); `route` names the queue of a handoff.
    """
    pk = simulation if isinstance(simulation, int) else simulation.pk
    tell = clock or (lambda: now)
    try:
        _go_through(Simulation.objects.get(pk=pk), tell, route, batches)
    except (OperationalError, InterfaceError):
        raise  # the database does not answer: whoever finds it without a beat goes on
    except Exception as broken:
        _fail(pk, f"{BROKEN}: {type(broken).__name__}", now=now)
        raise
    return Simulation.objects.get(pk=pk)


def cancel(simulation: Simulation, *, now: datetime) -> None:
    """Nobody wants to know any more; whoever runs it stops at the next batch."""
    trial_ranges.opened().filter(pk=simulation.pk).update(
        state=Simulation.FAILED, failure=CANCELLED, finished_at=now, beat_at=None
    )


def _insist(body: Mapping[str, Any], since: datetime, until: datetime, now: datetime) -> None:
    if since >= until:
        raise TrialRefused("no_stretch")
    if until > now:
        raise TrialRefused("not_past")
    if until - since > LONGEST:
        raise TrialRefused("too_long")
    try:
        Model.compile(body)
    except (KeyError, TypeError, ValueError) as wrong:
        raise TrialRefused("bad_rules") from wrong


def _go_through(
    simulation: Simulation, tell: Callable[[], datetime], route: Route | None, batches: int | None
) -> None:
    """Range after range."""
    moment, left = tell(), inf if batches is None else batches
    trial_ranges.cut(simulation, now=moment)
    trial = None
    while (taken := trial_ranges.take(simulation, now=moment)) is not None:
        trial = trial or _trial(simulation, route)
        left -= _range(simulation, taken, trial, tell, left)
        if taken.done_at is None:
            return
        moment = taken.done_at
    is_open = trial_ranges.opened(pk=simulation.pk).exists()
    if is_open and not SimulationRange.objects.undone().filter(simulation=simulation).exists():
        _finish(simulation, now=moment)


def _range(
    simulation: Simulation, taken: SimulationRange, trial: Trial, tell: Callable[[], datetime], most: float
) -> int:
    """So many batches of it at most; how many there were. To its end, it is closed."""
    count = 0
    while count < most:
        found = trial_ranges.leads_of(simulation).filter(pk__gt=taken.after, pk__lte=taken.last)
        rows, ids = trial.rows_of(simulation, found.order_by("pk")[:BATCH])
        if not ids:
            trial_ranges.close(taken)
            return count
        if not trial_ranges.keep(taken, rows, after=ids[-1], done=len(ids), now=tell()):
            return count
        count += 1
    trial_ranges.leave(taken)
    return count


def _trial(simulation: Simulation, route: Route | None) -> Trial:
    known = {one.version: one for one in ScoringModel.objects.all()}
    of_now, before = ScoringModel.objects.in_force(simulation.asked_at), in_force(simulation.until)
    otherwise = reckoned_otherwise(simulation.body, of_now.body) if of_now else None
    return Trial(
        Model.compile(simulation.body), before, since=simulation.since, until=simulation.until,
        now=simulation.asked_at, route=route,
        versions={version: one.compiled for version, one in known.items()},
        otherwise=otherwise,
        apart=otherwise if of_now and _only_points_differ(of_now, before, simulation) else None,
    )  # fmt: skip


def _only_points_differ(of_now: ScoringModel, before: Timeline, simulation: Simulation) -> bool:
    """Were today's rules in force all the stretch long, and does the draft define readiness as they do?"""
    begins, model = before[-1]
    is_it = model.version == of_now.version and begins <= simulation.since
    return is_it and of_now.body.get("mql") == simulation.body.get("mql")


def in_force(until: datetime) -> Timeline:
    """The versions that were in force before `until`, by number."""
    versions = ScoringModel.objects.order_by("version")
    found = [one for one in versions if one.in_force_from < until] or list(versions[:1])
    return [(one.in_force_from, one.compiled) for one in found]


def _finish(simulation: Simulation, *, now: datetime) -> None:
    """Of two who come here at once either may: they have counted the same rows."""
    numbers = trial_numbers.of(simulation)
    trial_ranges.opened(pk=simulation.pk).update(
        state=Simulation.DONE, result=numbers, done=F("total"), finished_at=now, beat_at=now
    )


def _fail(simulation_id: int, why: str, *, now: datetime) -> None:
    trial_ranges.opened(pk=simulation_id).update(state=Simulation.FAILED, failure=why, finished_at=now)
