"""The doors of simulations: ask for one, run it batch by batch, cancel it (decision 0059).

A run computes outside of any transaction and writes each batch in a short one, so that nobody waits for
it. Whoever runs it says so in `beat_at`; without a beat for a minute somebody else takes over where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q, QuerySet

from leads import bulk
from leads.models import Lead, User
from scoring import news
from scoring.models import Draft, ScoringModel, SimulatedLead, Simulation
from scoring.replay import recollection, trial_numbers
from scoring.replay.simulation import Timeline
from scoring.replay.trial_rows import Route, Trial
from scoring.rules import Model

BATCH = 500
JOINED = ("company", "campaign", "standing")
SILENT_FOR = timedelta(minutes=1)
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
    same = _open().filter(draft=draft, since=since, until=until) if draft else Simulation.objects.none()
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
    return list(_open().filter(left).order_by("asked_at", "pk").values_list("pk", flat=True))


def run(
    simulation: Simulation | int,
    *,
    now: datetime,
    clock: Callable[[], datetime] | None = None,
    route: Route | None = None,
    batches: int | None = None,
) -> Simulation:
    """Run it to its end, or for so many batches and then leave it; nothing when somebody else is at it.

    `clock` tells the moment of each beat (else `now`); `route` names the queue of a handoff.
    """
    pk = simulation if isinstance(simulation, int) else simulation.pk
    tell = clock or (lambda: now)
    held = _claim(pk, now=tell())
    if held is not None:
        try:
            _go_through(held, tell, route, batches)
        except (OperationalError, InterfaceError):
            raise  # the database does not answer: whoever finds it without a beat goes on
        except Exception as broken:
            _fail(held, f"{BROKEN}: {type(broken).__name__}", now=tell())
            raise
    return Simulation.objects.get(pk=pk)


def cancel(simulation: Simulation, *, now: datetime) -> None:
    """Nobody wants to know any more; whoever runs it stops at the next batch."""
    _open().filter(pk=simulation.pk).update(
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


def _open() -> QuerySet[Simulation]:
    return Simulation.objects.filter(state__in=(Simulation.WAITING, Simulation.RUNNING))


def _claim(pk: int, *, now: datetime) -> Simulation | None:
    """Take it: by one conditional update, so that of two workers one has it."""
    left = Q(state=Simulation.WAITING) | Q(state=Simulation.RUNNING, beat_at__lte=now - SILENT_FOR)
    won = Simulation.objects.filter(left, pk=pk).update(state=Simulation.RUNNING, beat_at=now)
    if not won:
        return None
    held = Simulation.objects.get(pk=pk)
    if held.started_at is None:
        held.started_at, held.total = now, _leads(held).count()
        Simulation.objects.filter(pk=pk, beat_at=now).update(started_at=now, total=held.total)
    return held


def _leads(held: Simulation) -> QuerySet[Lead]:
    """Whom it speaks of; a merged lead has no score of its own."""
    return Lead.objects.filter(merged_into=None, recorded_at__lt=held.until)


def _go_through(
    held: Simulation, tell: Callable[[], datetime], route: Route | None, batches: int | None
) -> None:
    trial = Trial(
        Model.compile(held.body), in_force(held.until), since=held.since, until=held.until,
        now=held.asked_at, route=route,
    )  # fmt: skip
    versions = {one.version: one.compiled for one in ScoringModel.objects.all()}
    done = 0
    while batches is None or done < batches:
        found = _leads(held).filter(pk__gt=held.result.get("after", 0)).order_by("pk")
        leads = list(found.select_related(*JOINED)[:BATCH])
        if not leads:
            _finish(held, now=tell())
            return
        told = recollection.read(leads, versions, since=held.since, until=held.until)
        rows = [row for history in told.values() for row in trial.rows(held, history)]
        if not _keep(held, rows, after=leads[-1].pk, done=len(leads), now=tell()):
            return
        done += 1
    _update(held, state=Simulation.WAITING)


def in_force(until: datetime) -> Timeline:
    """The versions that were in force before `until`, by number."""
    versions = ScoringModel.objects.order_by("version")
    found = [one for one in versions if one.in_force_from < until] or list(versions[:1])
    return [(one.in_force_from, one.compiled) for one in found]


@transaction.atomic
def _keep(held: Simulation, rows: list[SimulatedLead], *, after: int, done: int, now: datetime) -> bool:
    """Write one batch, if the run is still ours: the last beat is the token."""
    said = {"done": min(held.total, held.done + done), "result": {"after": after}}
    if not _update(held, beat_at=now, **said):
        return False
    bulk.insert(SimulatedLead, rows)
    return True


def _finish(held: Simulation, *, now: datetime) -> None:
    numbers = trial_numbers.of(held)
    _update(held, state=Simulation.DONE, result=numbers, done=held.total, finished_at=now, beat_at=now)


def _fail(held: Simulation, why: str, *, now: datetime) -> None:
    _update(held, state=Simulation.FAILED, failure=why, finished_at=now)


def _update(held: Simulation, **said: Any) -> bool:
    ours = Simulation.objects.filter(pk=held.pk, state=Simulation.RUNNING, beat_at=held.beat_at)
    if not ours.update(**said):
        return False
    for name, value in said.items():
        setattr(held, name, value)
    return True
