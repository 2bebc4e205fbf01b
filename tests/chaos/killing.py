"""Processes, the broker and the database die in the middle of the work: F-07 to F-11, F-13, F-16, F-17, F-36."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta
from typing import Any

import redis
from kombu.exceptions import OperationalError

from config.clock import now
from handoff import desk
from handoff.models import Clock, Handoff
from leads import doorbell, stages
from leads.models import Activity, Lead, Transition
from scoring.models import Underway
from scoring.upkeep import underway
from tests.chaos import company, watching
from tests.chaos.calls import Answer, Client, by_clients, p95
from tests.chaos.faults import Report, fault
from tests.chaos.forks import forked
from tests.chaos.house import House, pause
from tests.chaos.servers import BlackHole, until

ALL = ("scores", "desk", "beat", "sweep")
SECONDS_PER_KILL = 6.0  # 50 kills in the five minutes that 10,000 leads may take


def _push(
    house: House, report: Report, many: int, *, names: tuple[str, ...] = ALL, kills: int,
    meanwhile: tuple[Callable[[], object], ...] = (), most: float = 300.0,
) -> None:  # fmt: skip
    """`many` hand-raisers through the whole house while it is killed `kills` times; `meanwhile` in between.

    Half of them at once; the others come in parts, so that there is work whenever something dies.
    """
    company.open_for_work(reps=10)
    house.start(*names)
    began = time.monotonic()
    acts: list[Callable[[], object]] = [lambda: house.kill_somebody(names)] * kills + list(meanwhile)
    house.random.shuffle(acts)
    ids = company.hand_raisers(many - len(acts) * (part := many // 2 // len(acts)))
    killed_while_working = 0
    for act in acts:
        _left(house, ids)  # the database answers again
        ids += company.hand_raisers(part)
        killed_while_working += _left(house, ids) > 0
        act()
        pause(min(SECONDS_PER_KILL, 0.2 + most / 10 / max(1, len(acts))))
    house.wait(lambda: _offered(ids) == many, seconds=most)
    had = company.open_handoffs(ids)
    report.exactly("pushed", _offered(ids), many)
    report.exactly("with one handoff ever", sum(count == 1 for count in had.values()), many)
    report.exactly("ended by themselves", house.fallen(), [])
    without = Handoff.objects.offered().filter(lead__in=ids).exclude(clocks__kind=Clock.ACCEPT).count()
    report.exactly("without a clock", without, 0)
    report.at_most("drained", time.monotonic() - began, most)
    report.note(f"{house.killed} killed, {killed_while_working} of {len(acts)} faults while work was left")


def _offered(ids: list[int]) -> int:
    return Handoff.objects.offered().filter(lead__gte=ids[0], lead__lte=ids[-1]).count()


def _left(house: House, ids: list[int]) -> bool:
    found: list[int] = []
    house.wait(lambda: found.append(_offered(ids)) is None, seconds=60)
    return found[0] < len(ids)


@fault("F-07", "N qualified leads, workers killed with SIGKILL (50 times per 10,000)", short=150, full=10_000)
def workers_killed(house: House, report: Report, many: int) -> None:
    _push(house, report, many, kills=max(3, many // 200))


@fault(
    "F-08", "F-07, and all sessions of PostgreSQL end 3 times, nobody let in for 2 s", short=200, full=10_000
)
def database_crashes(house: House, report: Report, many: int) -> None:
    crash = (lambda: house.database.go_away(2.0),) * 3
    _push(house, report, many, kills=max(3, many // 200), meanwhile=crash)


@fault("F-09", "F-07, Redis killed and started 10 times and emptied twice", short=200, full=10_000)
def redis_crashes(house: House, report: Report, many: int) -> None:
    heard: list[float] = []

    def crash() -> None:
        house.redis.kill()
        pause(0.5)
        house.redis.start()
        heard.append(_heard_again(house))

    times = 10 if many >= 10_000 else 2
    meanwhile = (crash,) * times + (house.redis.flush,) * 2
    _push(house, report, many, kills=max(2, many // 200), meanwhile=meanwhile)
    report.at_most("workers consume again", max(heard), 30.0)


def _heard_again(house: House) -> float:
    """Seconds until a bell is taken, whatever stands in line: the list of the desk's queue grows shorter."""
    from config.tasks import tick

    with closing(redis.Redis.from_url(house.redis.url)) as client:
        until(lambda: _rung(tick), seconds=20)
        lengths = [client.llen("chaos:desk")]

        def is_taken() -> bool:
            lengths.append(client.llen("chaos:desk"))
            return lengths[-1] < lengths[-2] or lengths[-1] == 0

        return until(is_taken, seconds=60, every=0.01)


def _rung(task: Any) -> bool:
    try:
        task.apply_async(queue="desk")
    except OperationalError:
        return False
    return True


@fault("F-10", "Redis absent from start to end: the sweep alone pushes N", short=60, full=10_000)
def without_redis(house: House, report: Report, many: int) -> None:
    company.open_for_work(reps=10)
    with_redis = _form_posts(house, report, min(60, many // 3), sweep=False)
    house.stop()
    house.redis.kill()
    try:
        house.start("sweep")
        began = time.monotonic()
        ids = company.hand_raisers(many)
        house.wait(lambda: _offered(ids) == many, seconds=600)
        report.exactly("pushed by the sweep", _offered(ids), many)
        report.note(f"in {time.monotonic() - began:.0f} s")
        house.kill("sweep")
        without = _form_posts(house, report, min(60, many // 3), sweep=False)
        slower = p95(without) / p95(with_redis) - 1
        report.figure(
            "web p95 with and without Redis", f"{1e3 * p95(with_redis):.0f} / {1e3 * p95(without):.0f} ms",
            wanted="± 20 %", holds=slower <= 0.2 or p95(without) - p95(with_redis) < 0.02,
            is_time=True,
        )  # fmt: skip
    finally:
        house.stop()
        house.redis.start()


def _form_posts(house: House, report: Report, many: int, *, sweep: bool, clients: int = 4) -> list[float]:
    house.start("web")
    token = company.token()
    jobs = [
        lambda client, number=number: client.post("leads/", company.person(number))
        for number in company.numbers(many)
    ]
    answers = by_clients([Client(house.port, token) for _ in range(clients)], jobs)
    house.kill("web")
    report.exactly("posts 2xx", sum(200 <= one.status < 300 for one in answers), many)
    return [one.seconds for one in answers]


@fault("F-11", "Redis a black hole during N form posts", short=100, full=500)
def black_hole(house: House, report: Report, many: int) -> None:
    company.open_for_work()
    before = Lead.objects.count()
    hole = BlackHole()
    house.broker = hole.url
    seconds = _form_posts(house, report, many, sweep=False)
    hole.close()
    report.at_most("p95", 1e3 * p95(seconds), 500, "ms")
    report.exactly("leads", Lead.objects.count() - before, many)
    report.figure("calls that fell into the hole", len(hole.callers), wanted="≥ 1", holds=bool(hole.callers))


@fault("F-13", "SIGKILL between COMMIT and the bell, N times", short=40, full=1_000)
def killed_before_the_bell(house: House, report: Report, many: int) -> None:
    company.open_for_work(reps=10)
    with doorbell.silenced():
        ids = company.leads(many, at=now())
    company.settle()
    house.start("sweep")
    house.forget_connections()
    step = 10
    died = 0
    for start in range(0, many, step):
        some = ids[start : start + step]
        died += sum(
            code == -9 for code in forked(len(some), lambda number, some=some: _die_at_the_bell(some[number]))
        )
    house.wait(lambda: _offered(ids) == many, seconds=60)
    asked = dict(Activity.objects.filter(lead__in=ids).values_list("lead", "recorded_at"))
    pushed = dict(Handoff.objects.filter(lead__in=ids).values_list("lead", "offered_at"))
    report.exactly("killed there", died, many)
    report.exactly("pushed", sum(at is not None for at in pushed.values()), many)
    report.at_most("slowest", max((pushed[pk] - asked[pk]).total_seconds() for pk in ids), 15.0)


def _die_at_the_bell(lead: int) -> None:
    import os
    import signal

    doorbell._put = lambda *told: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
    company.ask_for_demos([lead], at=now())


@fault("F-16", "a lead that kills whoever scores it, among N", short=60, full=1_000)
def poison(house: House, report: Report, many: int) -> None:
    company.open_for_work(reps=10)
    with doorbell.silenced():
        ids = company.leads(many, at=now())
        company.ask_for_demos(ids, at=now())
    command = ["-m", "tests.chaos.hooked", "poison", str(ids[0]), "sweep", "--watch"]
    given_up = Underway.objects.given_up()
    process, began, starts, pushed = None, time.monotonic(), 0, 0.0
    while not given_up.exists() and time.monotonic() - began < 240:
        if process is None or process.poll() is not None:
            process = house.spawn("poisoned", command)
            starts += 1
        if not pushed and _offered(ids) == many - 1:
            pushed = time.monotonic() - began
        pause(0.2)
    taken = time.monotonic() - began
    tries = list(given_up.values_list("lead", "tries"))
    report.exactly("the others pushed", _offered(ids), many - 1)
    report.exactly("given up after tries", tries, [(ids[0], 10)])
    report.exactly("processes it killed", starts - 1, 10)
    report.at_most("given up", taken, 180.0)
    report.note(f"the others pushed within {pushed:.0f} s; docker-compose starts the sweep again")
    house.stop()
    found = [one for one in company.violations() if one.get("lead") == ids[0]]
    report.exactly("named by the audit", [one.get("score") for one in found], ["given_up"])
    underway.once_more(at=now())  # the fault was in the process that died; what is left over is healthy


@fault("F-17", "10 sweeps and 3 beats for N seconds, clocks running out all the while", short=12, full=600)
def many_sweeps(house: House, report: Report, seconds: int) -> None:
    company.open_for_work(reps=10)
    many = max(50, seconds * 2)
    offers = company.offered(many, at=now())
    sweeps = [f"sweep{number}" for number in range(10)]
    house.start("desk", *sweeps, "beat1", "beat2", "beat3")
    pause(8.0)
    watching.breaches()
    kinds = Clock.objects.filter(handoff__in=[one.pk for one in offers], state=Clock.RUNNING).order_by("pk")
    ids = list(kinds.values_list("pk", flat=True))
    watching.let_run_out(ids, now().timestamp(), apart=seconds / len(ids))
    house.wait(
        lambda: not Clock.objects.filter(pk__in=ids, state=Clock.RUNNING).exists(), seconds=seconds + 90
    )
    late = watching.lateness()
    report.exactly("breached once", sum(count == 1 for count in watching.times().values()), len(ids))
    report.exactly("more than once", sum(count > 1 for count in watching.times().values()), 0)
    report.exactly("early", sum(one < 0 for one in late), 0)
    report.at_most("lateness p95", p95(late), 15.0)
    house.stop()
    watching.put_back(ids)


@fault("F-36", "SIGKILL of web processes during accepts, N times", short=10, full=200)
def web_killed(house: House, report: Report, kills: int) -> None:
    company.open_for_work(reps=4)
    offers = company.offered(kills * 6)
    tokens = {one.rep_id: company.token(one.rep.email) for one in offers if one.rep}
    house.start("web")
    done = threading.Event()
    answers: list[Answer] = []
    told: list[Answer] = []

    def answered() -> int:
        return sum(one.status != 0 for one in told)

    def killer() -> None:
        """A worker dies some moment after the web answered again, so that each kill meets an accept."""
        while not done.is_set() and house.killed < kills:
            seen = answered()
            with suppress(TimeoutError):
                until(lambda seen=seen: done.is_set() or answered() > seen, seconds=3, every=0.002)
            done.wait(house.random.random() * 0.03)
            house.kill_child("web")

    thread = threading.Thread(target=killer)
    thread.start()

    def accept(client: Client, offer: Handoff) -> Answer:
        mine = Client(house.port, tokens[offer.rep_id or 0])
        answer = mine.post(f"handoffs/{offer.pk}/accept/", {"version": offer.version})
        mine.close()
        told.append(answer)
        return answer

    left = list(offers)
    while left and house.killed < kills:
        batch, left = left[:20], left[20:]
        idle = [Client(house.port, "") for _ in range(6)]
        answers += by_clients(idle, [lambda client, one=one: accept(client, one) for one in batch])
    done.set()
    thread.join()
    house.stop()
    _whole_or_not_at_all(report, offers, answers)
    report.note(f"{house.killed} killed, {sum(one.status == 0 for one in answers)} answers lost")


def _whole_or_not_at_all(report: Report, offers: list[Handoff], answers: list[Answer]) -> None:
    """All four writes of an accept (handoff, stage, clock, transition), or none of them."""
    ids = [one.pk for one in offers]
    rows = {one.pk: one for one in Handoff.objects.filter(pk__in=ids).select_related("lead")}
    met = set(
        Clock.objects.filter(handoff__in=ids, kind=Clock.ACCEPT, state=Clock.MET).values_list(
            "handoff", flat=True
        )
    )
    moved = set(Transition.objects.filter(end=stages.SAL).values_list("lead", flat=True))
    half = 0
    for pk, row in rows.items():
        said = {row.state == Handoff.ACCEPTED, row.lead.stage == stages.SAL, pk in met, row.lead_id in moved}
        half += len(said) > 1
    report.exactly("half accepted", half, 0)
    won = sum(row.state == Handoff.ACCEPTED for row in rows.values())
    said_won = sum(one.status == 200 for one in answers)
    report.figure("accepted / answered 200", f"{won} / {said_won}", wanted="none less", holds=won >= said_won)


@fault(
    "WAKE", "a lead sent back to a date wakes once, the sweep killed at that moment twice", short=1, full=10
)
def wakes_once(house: House, report: Report, many: int) -> None:
    then = now() - timedelta(days=3)
    company.open_for_work(reps=3, since=timedelta(days=30))
    with doorbell.silenced():
        for offer in company.offered(many, at=then):
            desk.send_back(
                offer, by=offer.rep, now=then, reason="too_early", wake_on=(then + timedelta(days=2)).date()
            )
    ids = list(Lead.objects.filter(wake_at__lte=now()).values_list("pk", flat=True))
    report.exactly("asleep", len(ids), many)
    for moment in ("before", "after"):
        process = house.spawn("dying", ["-m", "tests.chaos.hooked", "wake", moment, "sweep", "--watch"])
        report.exactly(f"killed {moment} the commit", process.wait(60), -9)
        del house.processes["dying"]
    house.start("sweep")
    house.wait(lambda: Handoff.objects.offered().filter(lead__in=ids).count() == many, seconds=60)
    pause(2.0)
    woken = Transition.objects.filter(lead__in=ids, cause=stages.WAKE)
    report.exactly("woken", woken.count(), many)
    report.exactly("handoffs", Handoff.objects.filter(lead__in=ids).count(), 2 * many)
    report.exactly("to its rep with the old brief", _same_rep(ids), many)


def _same_rep(ids: list[int]) -> int:
    rows = Handoff.objects.offered().filter(lead__in=ids)
    return sum(one.evidence.get("back", {}).get("rep") == one.rep_id for one in rows)
