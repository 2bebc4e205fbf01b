"""People who change their minds: answers at the desk undone at once, late, twice, or by the wrong person.

The random walk with leads that wait for an answer already, in minutes instead of days.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import audit, sweep
from handoff import desk
from leads.models import Task
from tests.flows.test_random_walk import BEGIN, LEADS, REFUSALS, Walk, undone
from tests.people import offered

MINUTES = (0, 1, 4, 9, 10, 60)
STEPS = ("", "trigger", "wake", "right_person", "marketing_fix", "disqualify", "pass_on")


class Regrets(Walk):
    def __init__(self) -> None:
        super().__init__()
        for n in range(0, LEADS, 2):
            offered(self.lead(n), now=BEGIN)

    def time_passes(self, n: int, m: int) -> None:
        self.now += timedelta(minutes=MINUTES[m % len(MINUTES)], seconds=n % 2)

    def send_back(self, n: int, m: int) -> None:
        if handoff := self.handoff(n):
            desk.send_back(
                handoff, by=self.rep_of(handoff, m), now=self.now, reason="other", note="一言",
                next_step=STEPS[m % len(STEPS)], wake_on=(self.now + timedelta(days=9)).date(),
                follow="me" if m % 7 == 0 else "marketing", to=self.person(n + m),
            )  # fmt: skip

    def do_task(self, n: int, m: int) -> None:
        if task := Task.objects.filter(done_at=None).order_by("-pk").first():
            outcome = desk.outcomes_of(task.kind)[m % len(desk.outcomes_of(task.kind))]
            desk.answer_task(task, by=self.people["miura"], now=self.now, text="一言", outcome=outcome)


ACTS = (
    *["accept"] * 5, *["send_back"] * 4, *["disqualify"] * 2, *["undo"] * 8, *["time_passes"] * 3, "sweep",
    "react", "contact", "reassign", "promote", "do_task", "pause", "excuse", "evidence", "book", "holiday",
    "move", "reopen",
)  # fmt: skip
acts = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 9), st.integers(0, 59)), min_size=20, max_size=60
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=acts)
def test_whoever_changes_their_mind_the_house_stays_in_order(house, acts):
    with undone():
        walk = Regrets()
        for name, n, m in acts:
            with suppress(*REFUSALS):
                getattr(walk, name)(n, m)
        sweep.until_done(now=walk.now)
        assert list(audit.run(now=walk.now)) == []
