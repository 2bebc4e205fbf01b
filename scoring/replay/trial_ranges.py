"""A simulation as ranges of leads: taken by one worker at a time, kept batch by batch (decision 0065)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, Min, QuerySet
from django.db.models.functions import Least

from leads import bulk
from leads.models import Lead
from scoring.models import SimulatedLead, Simulation, SimulationRange

RANGE = 2_000  # numbers of leads
AT_ONCE = 2  # workers on one simulation: the others are for what people wait for


def leads_of(simulation: Simulation) -> QuerySet[Lead]:
    """Whom it speaks of; a merged lead has no score of its own."""
    return Lead.objects.filter(merged_into=None, recorded_at__lt=simulation.until)


def opened(*, pk: int | None = None) -> QuerySet[Simulation]:
    found = Simulation.objects.filter(state__in=(Simulation.WAITING, Simulation.RUNNING))
    return found if pk is None else found.filter(pk=pk)


@transaction.atomic
def cut(simulation: Simulation, *, now: datetime) -> None:
    """Once, by whoever comes first."""
    if simulation.started_at is not None:
        return
    ends = leads_of(simulation).aggregate(first=Min("pk"), last=Max("pk"))
    total = leads_of(simulation).count()
    if not opened(pk=simulation.pk).filter(started_at=None).update(started_at=now, total=total):
        return
    if total:
        SimulationRange.objects.bulk_create(
            SimulationRange(simulation=simulation, first=first, last=min(first + RANGE - 1, ends["last"]),
                            after=first - 1)
            for first in range(ends["first"], ends["last"] + 1, RANGE)
        )  # fmt: skip


def take(simulation: Simulation, *, now: datetime) -> SimulationRange | None:
    """The first range nobody works on, ours until we fall silent; none while enough are at it."""
    ranges = SimulationRange.objects.filter(simulation=simulation, simulation__in=opened())
    while ranges.held(now=now).count() < AT_ONCE:
        free = ranges.free(now=now).order_by("first").first()
        if free is None:
            return None
        mine = SimulationRange.objects.free(now=now).filter(pk=free.pk)
        if mine.update(beat_at=now):
            opened(pk=simulation.pk).update(state=Simulation.RUNNING, beat_at=now)
            free.beat_at = now
            return free
    return None


@transaction.atomic
def keep(taken: SimulationRange, rows: list[SimulatedLead], *, after: int, done: int, now: datetime) -> bool:
    """Write one batch, if the range is still ours and somebody still wants to know."""
    running = Simulation.objects.filter(pk=taken.simulation_id, state=Simulation.RUNNING)
    if not _ours(taken).filter(simulation__in=running).update(beat_at=now, after=after):
        return False
    running.update(beat_at=now, done=Least(F("total"), F("done") + done))
    bulk.insert(SimulatedLead, rows)
    taken.beat_at, taken.after = now, after
    return True


def close(taken: SimulationRange) -> None:
    if _ours(taken).update(done_at=taken.beat_at):
        taken.done_at = taken.beat_at


def leave(taken: SimulationRange) -> None:
    """For whoever comes next; while nobody else is at it the simulation waits."""
    _ours(taken).update(beat_at=None)
    if taken.beat_at and not SimulationRange.objects.filter(simulation=taken.simulation_id).held(
        now=taken.beat_at
    ):
        running = Simulation.objects.filter(pk=taken.simulation_id, state=Simulation.RUNNING)
        running.update(state=Simulation.WAITING)


def _ours(taken: SimulationRange) -> QuerySet[SimulationRange]:
    return SimulationRange.objects.undone().filter(pk=taken.pk, beat_at=taken.beat_at)
