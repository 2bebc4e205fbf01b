"""Clocks that run out while nobody looks, all in one second, under a new holiday, beside pauses: F-20, F-21, F-32, F-33, F-42."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import connections

from config.clock import now
from handoff import pausing
from handoff.models import Clock, Handoff, Pause
from handoff.refusals import Conflict, DeskRefused
from leads import calendars
from leads.models import Calendar, User
from tests.chaos import company, watching
from tests.chaos.calls import p95
from tests.chaos.faults import Report, fault
from tests.chaos.house import HOME, House, pause

EXAMPLES = HOME / "tests" / "data" / "sla_examples.json"
CLOCKS_OF_A_LEAD = 2  # accept and first contact are due the same day; contact depth is not


def _due_today() -> list[int]:
    kinds = (Clock.ACCEPT, Clock.FIRST_CONTACT)
    return list(
        Clock.objects.filter(kind__in=kinds, state=Clock.RUNNING).order_by("pk").values_list("pk", flat=True)
    )


@fault("F-20", "the sweep stopped for 6 h over N due clocks, then started", short=200, full=2_000)
def sweep_stopped(house: House, report: Report, many: int) -> None:
    company.open_for_work(reps=10)
    company.offered(many // CLOCKS_OF_A_LEAD, at=now() - timedelta(hours=6))
    ids = _due_today()
    watching.breaches()
    house.start("sweep")
    taken = house.wait(lambda: company.overdue(now()) == 0, seconds=120)
    report.exactly("breached once", sum(watching.times()[pk] == 1 for pk in ids), len(ids))
    report.at_most("all after", taken, 60.0)
    late = Clock.objects.filter(pk__in=ids).exclude(breached_at=None)
    report.exactly("breached at their due time", sum(one.breached_at == one.due_at for one in late), len(ids))


@fault("F-21", "N clocks due in the same second", short=300, full=5_000)
def same_second(house: House, report: Report, many: int) -> None:
    company.open_for_work(reps=10)
    company.offered(many // CLOCKS_OF_A_LEAD)
    ids = _due_today()
    watching.breaches()
    house.start("sweep", "desk", "beat")
    pause(6.0)
    watching.let_run_out(ids, now().timestamp() + 2)
    taken = house.wait(
        lambda: not Clock.objects.filter(pk__in=ids, state=Clock.RUNNING).exists(), seconds=120
    )
    late = watching.lateness()
    report.exactly("breached once", sum(count == 1 for count in watching.times().values()), len(ids))
    report.exactly("early", sum(one < 0 for one in late), 0)
    report.at_most("all after", taken - 2, 60.0)
    report.at_most("lateness p95", p95(late), 15.0)
    house.stop()
    watching.put_back(ids)


@fault("F-32", "a holiday added while N clocks run", short=300, full=5_000)
def holiday(house: House, report: Report, many: int) -> None:
    company.open_for_work(reps=10)
    some = max(1, many // CLOCKS_OF_A_LEAD // 5)
    company.offered(some, at=now() - timedelta(hours=3))
    company.settle()
    breached = set(Clock.objects.filter(state=Clock.BREACHED).values_list("pk", flat=True))
    company.offered(many // CLOCKS_OF_A_LEAD)
    running = _due_today()
    house.start("sweep")
    calendar = Calendar.objects.get(slug="always")
    today = now().astimezone(ZoneInfo("UTC")).date()
    began = now()
    calendars.save("always", dict(calendar.body) | {"overrides": {today.isoformat(): []}}, by=None, now=began)
    report.at_most("recounted", (now() - began).total_seconds(), 10.0)
    first = datetime.combine(today, time(), ZoneInfo("UTC"))
    wrong = sum(one.due_at != _skipping(one, first) for one in Clock.objects.filter(pk__in=running))
    report.exactly("other than the oracle", wrong, 0)
    still = set(Clock.objects.filter(pk__in=breached, state=Clock.BREACHED).values_list("pk", flat=True))
    report.exactly("un-breached", len(breached - still), 0)
    report.note(f"{len(running)} recounted, {len(breached)} had run out")


def _skipping(clock: Clock, closed_from: datetime) -> datetime:
    """Around the clock, but not on that one day: due by plain sums."""
    target, closed_until = timedelta(minutes=clock.target_minutes), closed_from + timedelta(days=1)
    before = max(closed_from - clock.started_at, timedelta())
    return (
        clock.started_at + target
        if target <= before
        else max(clock.started_at, closed_until) + target - before
    )


@fault("F-33", "N clocks paused and resumed while they run out", short=100, full=1_000)
def pauses(house: House, report: Report, many: int) -> None:
    company.open_for_work(reps=5)
    offers: list[Handoff] = []
    for part in range(10):  # first contact is due within the next half minute, a tenth every three seconds
        offers += company.offered(
            max(1, many // 10), at=now() - timedelta(minutes=60) + timedelta(seconds=10 + 3 * part)
        )
    house.start("sweep")
    crashes: list[BaseException] = []
    counts = {"paused": 0, "refused": 0}

    def work(mine: list[Handoff], number: int) -> None:
        try:
            for turn in range(2):
                for place, one in enumerate(mine):
                    by = User.objects.get(pk=one.rep_id)
                    until = now() + timedelta(minutes=5 + place % 7)
                    try:
                        pausing.pause(
                            one,
                            clock=Clock.FIRST_CONTACT,
                            reason="customer_date",
                            until=until,
                            by=by,
                            now=now(),
                        )
                        counts["paused"] += 1
                        if (place + turn + number) % 2:
                            pausing.resume(one, clock=Clock.FIRST_CONTACT, by=by, now=now())
                    except (DeskRefused, Conflict):
                        counts["refused"] += 1
        except BaseException as wrong:
            crashes.append(wrong)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(offers[number::4], number)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    house.wait(lambda: company.overdue(now()) == 0, seconds=60)
    report.exactly("crashes", len(crashes), 0)
    ids = [one.pk for one in offers]
    clocks = Clock.objects.filter(handoff__in=ids, kind=Clock.FIRST_CONTACT).prefetch_related("pauses")
    rested, wrong = 0, 0
    for clock in clocks:
        wrong += clock.due_at != _after_pauses(clock)
        rested += clock.state == Clock.BREACHED and clock.breached_at is not None and any(
            one.starts_at <= clock.breached_at < one.ends_at for one in clock.pauses.all()
        )  # fmt: skip
    report.exactly("breached while paused", rested, 0)
    report.exactly("due other than the oracle", wrong, 0)
    report.note(f"{counts['paused']} paused, {counts['refused']} refused as too late or paused longer")


def _after_pauses(clock: Clock) -> datetime:
    """Around the clock: the target walked from the start, standing still inside every pause."""
    at, left = clock.started_at, timedelta(minutes=clock.target_minutes)
    spans: list[Pause] = sorted(clock.pauses.all(), key=lambda one: one.starts_at)
    for one in spans:
        if one.starts_at >= at + left:
            break
        if one.ends_at > at:
            left -= max(one.starts_at - at, timedelta())
            at = max(one.ends_at, at)
    return at + left


@fault(
    "F-42",
    "the written examples on this database, and random cases against the oracle",
    short=100,
    full=2_000,
)
def examples(house: House, report: Report, many: int) -> None:
    company.open_for_work(reps=1)
    wrong, rows = 0, json.loads(Path(EXAMPLES).read_text(encoding="utf-8"))
    for number, one in enumerate(rows):
        calendar = calendars.save(f"example-{number}", one["calendar"], by=None, now=now())
        hours = Calendar.objects.get(pk=calendar.pk).hours
        rests = [
            (datetime.fromisoformat(a), datetime.fromisoformat(b) if b else None) for a, b in one["pauses"]
        ]
        due = hours.due(
            datetime.fromisoformat(one["start"]), timedelta(minutes=one["target_minutes"]), rests
        ).due_at
        wrong += due != (datetime.fromisoformat(one["expected_due"]) if one["expected_due"] else None)
    report.exactly(f"examples of {len(rows)} other than written", wrong, 0)
    profile = "thorough" if many > 100 else "house"  # 3,000 cases, or 100 of each
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/leads/test_business_time.py", "-k", "due_is_what_walking_the_grid",
         f"--hypothesis-profile={profile}"],
        cwd=HOME, env=house.environment | {"DATABASE_URL": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    report.exactly(f"random cases against the oracle ({profile}), exit code", done.returncode, 0)
    with suppress(IndexError):
        report.note(done.stdout.strip().splitlines()[-1])
