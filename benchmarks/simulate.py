"""P6, simulation: a draft on 90 days of 100,000 leads with a million activities, beside its raw limit.

The past is made once in a database of its own (`benchmarks/simulated_past.py`, minutes) and kept. Each repeat is one
simulation by two processes that share its ranges; the limit is reading the same rows by the same queries, and nothing
made of them, in one process. `python -m benchmarks.simulate [LEADS [TIMES]]`. PostgreSQL only.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

from benchmarks import measure, million_leads, simulated_past
from benchmarks.simulated_past import NOW

DAYS = 90
PROCESSES = 2


def draft() -> Any:
    """The rules in force, with 8 points for the page of prices where they give 4."""
    from scoring.models import ScoringModel

    newest = ScoringModel.objects.newest()
    assert newest is not None
    body = deepcopy(newest.body)
    next(one for one in body["interest"]["rules"] if one["id"] == "pricing")["points"] = 8
    return body


def simulated() -> Any:
    """One simulation, by two workers at once."""
    from scoring.models import Simulation
    from scoring.replay import trials

    asked = trials.ask(body=draft(), since=NOW - timedelta(days=DAYS), until=NOW, by=None, now=NOW)
    command = [sys.executable, "-m", "benchmarks.simulate", "work", str(asked.pk)]
    for worker in [subprocess.Popen(command) for _ in range(PROCESSES)]:
        assert worker.wait() == 0
    return Simulation.objects.get(pk=asked.pk)


def work(pk: int) -> None:
    million_leads.connect(simulated_past.DATABASE)
    from config import clock
    from config.studio import trying
    from scoring.replay import trials

    trials.run(pk, now=clock.now(), clock=clock.now, route=trying.by_todays_routes(now=NOW))


def read_only() -> None:
    """The raw limit: the same rows by the same queries, and nothing made of them."""
    from leads.models import Lead
    from scoring.models import ScoringModel
    from scoring.replay import recollection, trials

    newest, after = ScoringModel.objects.newest(), 0
    assert newest is not None
    closely, since = newest.compiled.looked_into, NOW - timedelta(days=DAYS)
    while True:
        leads = Lead.objects.filter(pk__gt=after).order_by("pk")[: trials.BATCH]
        if not (told := recollection.read(leads, {}, since=since, until=NOW, closely=closely)):
            return
        after = max(told)


def timed(what: str, act: Callable[[], Any], times: int) -> Any:
    """Prints wall seconds and CPU of our processes (theirs of the database are beside it); the last result."""
    walls, cpus, found = [], [], None
    for _ in range(times):
        began, used = time.perf_counter(), _cpu()
        found = act()
        walls.append(time.perf_counter() - began)
        cpus.append(_cpu() - used)
    wall, cpu = (" ".join(f"{one:.1f}" for one in taken) for taken in (walls, cpus))
    print(
        f"{what}: median {measure.median(walls):.1f} s ({wall}), CPU of ours {measure.median(cpus):.1f} s ({cpu})"
    )
    return found


def _cpu() -> float:
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def main(leads: int, times: int) -> None:
    simulated_past.prepare(leads)
    print(measure.surroundings(), f"· n {times}")
    timed("limit, read in one process and nothing made of it", read_only, times)
    found = timed(f"simulate {DAYS} days x {leads:,} leads, {PROCESSES} processes", simulated, times)
    print(found.state, {kind: n for kind, n in found.result["kinds"].items() if n})


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(int(sys.argv[2]))
    else:
        numbers = [int(one) for one in sys.argv[1:]]
        main(numbers[0] if numbers else 100_000, numbers[1] if numbers[1:] else 3)
