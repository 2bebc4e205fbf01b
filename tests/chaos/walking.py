"""Whatever people do, at once or one after the other: F-03 and F-41."""

from __future__ import annotations

import random
import threading
from collections import Counter
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import OperationalError, connections
from hypothesis import HealthCheck, Verbosity, given, settings
from hypothesis import strategies as st

from config import audit, sweep
from config.clock import now
from handoff import desk
from leads.models import Lead, Transition, User
from tests.chaos import company
from tests.chaos.faults import Report, fault
from tests.chaos.house import House
from tests.flows import test_random_walk as walks
from tests.people import fresh, open_house

LEADS, THREADS = 100, 16
AT_ONCE = (
    *["react"] * 4, *["accept"] * 5, *["send_back"] * 4, *["contact"] * 2, *["reassign"] * 4, "move", "recycle",
    "disqualify", "reopen", *["route"] * 2, *["expire"] * 3, "pause", "resume",
)  # fmt: skip


class Crowd(walks.Walk):
    """The walk of the flows, by many at once: the clock is the real one."""

    def __init__(self, leads: list[int]) -> None:
        self.people = {one.email.partition("@")[0]: one for one in User.objects.all()}
        self.leads = leads

    @property
    def now(self) -> datetime:  # type: ignore[override]
        return now()

    @now.setter
    def now(self, at: datetime) -> None:
        raise AttributeError("real time passes by itself")

    def lead(self, n: int) -> Lead:
        return fresh(Lead(pk=self.leads[n % len(self.leads)]))

    def handoff(self, n: int) -> Any:
        return walks.Handoff.objects.filter(lead=self.leads[n % len(self.leads)]).order_by("-pk").first()

    def expire(self, n: int, m: int) -> None:
        """What sweeps do to whatever is due: clocks, wakes, offers."""
        steps = sweep.DESK_STEPS | sweep.SCORE_STEPS
        name = list(steps)[m % len(steps)]
        sweep.once(now=now(), steps={name: steps[name]})


@fault(
    "F-03",
    "accept × send back × expire × reassign × react at random, N acts on 100 leads, 16 threads (no erasing, no merging yet)",
    short=400,
    full=10_000,
)
def everything_at_once(house: House, report: Report, many: int) -> None:
    open_house(now=now() - walks.timedelta(days=30))
    ids = company.qualified(LEADS)
    desk.route(desk.waiting_due(now=now()), now=now())
    did: Counter[str] = Counter()
    broken: Counter[str] = Counter()

    def work(number: int) -> None:
        chance, crowd = random.Random(house.random.random() + number), Crowd(ids)
        for _ in range(many // THREADS):
            name = chance.choice(AT_ONCE)
            try:
                getattr(crowd, name)(chance.randrange(LEADS), chance.randrange(60))
                did[name] += 1
            except walks.REFUSALS:
                did["refused"] += 1
            except OperationalError as lost:
                broken[f"{name}: {str(lost).splitlines()[0]}"] += 1
            except Exception as wrong:
                broken[f"{name}: {type(wrong).__name__}: {str(wrong)[:120]}"] += 1
        connections.close_all()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    report.exactly("crashes", sum(broken.values()), 0)
    for what, count in broken.most_common(5):
        report.note(f"{count} × {what}")
    gaps = 0
    for lead in ids:
        versions = list(
            Transition.objects.filter(lead=lead).order_by("version").values_list("version", flat=True)
        )
        gaps += versions != list(range(1, len(versions) + 1))
    report.exactly("leads with gaps in their versions", gaps, 0)
    report.note(", ".join(f"{name} {count}" for name, count in did.most_common()))


@fault("F-41", "N random walks of 50 acts each, the audit asked after every one", short=5, full=500)
def random_walks(house: House, report: Report, many: int) -> None:
    open_house(now=walks.BEGIN - walks.timedelta(days=30))
    walked = [0]
    acts = st.lists(
        st.tuples(st.sampled_from(walks.ACTS), st.integers(0, 59), st.integers(0, 59)),
        min_size=50,
        max_size=50,
    )

    @settings(
        max_examples=many,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(acts=acts)
    def walk(acts: list[tuple[str, int, int]]) -> None:
        with walks.undone():
            one = walks.Walk()
            for name, n, m in acts:
                with suppress(*walks.REFUSALS):
                    getattr(one, name)(n, m)
            sweep.until_done(now=one.now)
            assert list(audit.run(now=one.now)) == []
        walked[0] += 1

    walk()
    report.figure("walks without a difference", walked[0], wanted=f"≥ {many}", holds=walked[0] >= many)
