"""Many want the same at the same moment: F-01 to F-04."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from functools import partial

from handoff.models import Handoff
from tests.chaos import company
from tests.chaos.calls import Answer, Client, at_once, p95
from tests.chaos.faults import Report, fault
from tests.chaos.forks import forked
from tests.chaos.house import HOME, House

REPS, ROUTERS = 200, 8


@fault("F-01", "200 reps accept the same lead at the same moment, N rounds", short=1, full=50)
def same_lead(house: House, report: Report, rounds: int) -> None:
    reps = company.open_for_work(reps=REPS)
    offers = company.offered(rounds)
    Handoff.objects.update(open_to_team=True)  # the rung of the ladder that lets everybody answer
    tokens = [company.token(one.email) for one in reps]
    house.start("web")
    answers: list[Answer] = []
    for offer in offers:
        clients = [Client(house.port, one) for one in tokens]
        for client in clients:
            client.open()
        path, body = f"handoffs/{offer.pk}/accept/", {"version": offer.version}
        found = at_once([partial(client.post, path, body) for client in clients])
        winner = Handoff.objects.select_related("accepted_by").get(pk=offer.pk)
        _judge(report, found, winner)
        answers += found
        for client in clients:
            client.close()
    statuses = Counter(one.status for one in answers)
    report.exactly("200", statuses[200], rounds)
    report.exactly("409", statuses[409], rounds * (REPS - 1))
    report.exactly("others", len(answers) - statuses[200] - statuses[409], 0)
    report.at_most("p95", p95([one.seconds for one in answers]), 1.0)


def _judge(report: Report, found: list[Answer], winner: Handoff) -> None:
    """A 409 names the one winner there is, and when they won."""
    assert winner.accepted_by is not None and winner.accepted_at is not None
    moment = winner.accepted_at.isoformat().replace("+00:00", "Z")
    for one in found:
        if one.status != 409:
            continue
        if one.body["by"]["id"] != winner.accepted_by_id or one.body["at"] != moment:
            report.exactly("409 names", (one.body["by"], one.body["at"]), (winner.accepted_by_id, moment))
            return


@fault("F-02", "the same on SQLite, 20 processes, N rounds", short=3, full=20)
def same_lead_on_sqlite(house: House, report: Report, rounds: int) -> None:
    environment = house.environment | {
        "DATABASE_URL": f"sqlite:///{house.folder}/two.sqlite3",
        "REDIS_URL": "",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos.on_sqlite", str(rounds)], cwd=HOME, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    said = Counter(done.stdout.split())
    report.exactly("winners", said["won"], rounds)
    report.exactly("conflicts", said["conflict"], rounds * 19)
    report.exactly("database is locked", said["locked"], 0)
    report.exactly("violations there", said["violation"], 0)
    if report.missed:
        print(done.stderr[-3000:], file=sys.stderr)


@fault("F-04", "8 routers on the same N qualified leads", short=200, full=10_000)
def eight_routers(house: House, report: Report, many: int) -> None:
    company.open_for_work(reps=10)
    ids = company.qualified(many)
    house.forget_connections()
    began = time.perf_counter()
    forked(ROUTERS, lambda number: _route_until_none_waits())
    taken = time.perf_counter() - began
    had = company.open_handoffs(ids)
    report.exactly("leads with one handoff", sum(count == 1 for count in had.values()), many)
    report.exactly("offered", Handoff.objects.offered().filter(lead__in=ids).count(), many)
    report.note(f"{many / taken:,.0f}/s, {os.cpu_count()} cores")


def _route_until_none_waits() -> None:
    from config.clock import now
    from handoff import desk

    while waiting := desk.waiting_due(now=now()):
        desk.route(waiting, now=now())
