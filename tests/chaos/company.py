"""Who works in the harness's house: the example playbook with many reps, no caps, clocks that never sleep."""

from __future__ import annotations

import time
from collections.abc import Iterable
from copy import deepcopy
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from config import audit, sweep
from config.clock import now
from config.playbook.apply import apply
from config.playbook.check import Playbook
from handoff.models import Clock, Handoff
from leads import doorbell, intake
from leads.intake_bulk import Told, receive_many
from leads.models import ApiToken, User
from scoring.models import Underway
from tests.people import example

_numbers = count(1)
BATCH = 2_000
LEFT_BEHIND = 60.0  # seconds; a lead that was held is tried again within five


def open_for_work(*, reps: int = 5, since: timedelta = timedelta(days=30), **policy: Any) -> list[User]:
    """The playbook in force; `reps` people in one queue of the first lane, open around the clock."""
    sections = deepcopy(example().sections)
    names = [f"rep{number}@example.com" for number in range(1, reps + 1)]
    model = sections["people"]["kobayashi@example.com"]
    sections["people"] |= {name: {**deepcopy(model), "side": "sales"} for name in names}
    sections["teams"]["inside-east"]["calendar"] = "always"
    sections["queues"]["inside"] = {
        "lane": 1, "team": "inside-east", "policy": "standard", "strategy": "weighted",
        "members": [{"user": name, "weight": 1} for name in names],
    }  # fmt: skip
    sections["policies"]["standard"] |= {"ladder": []} | policy
    sections["routing"]["sticky_days"] = 0
    with doorbell.silenced():
        apply(Playbook(sections), by=None, now=now() - since)
    return list(User.objects.filter(email__in=names).order_by("pk"))


def token(address: str = "suzuki@example.com") -> str:
    return ApiToken.objects.issue(User.objects.get(email=address), now=now())


def person(number: int) -> dict[str, Any]:
    """What a form says of one."""
    return {
        "email": f"lead{number}@customer{number}.example.com", "family_name": "山本", "given_name": "花子",
        "phone": "03-1234-5678", "title": "情報システム部長", "source": "web",
        "company": {"name": f"青空商事{number}", "industry": "manufacturing", "employees": 300},
    }  # fmt: skip


def numbers(many: int) -> list[int]:
    """Numbers of people nobody has met."""
    return [next(_numbers) for _ in range(many)]


def leads(many: int, *, at: datetime) -> list[int]:
    """New leads, through the door for many."""
    found: list[int] = []
    for start in range(0, many, BATCH):
        told = [Told(person(next(_numbers))) for _ in range(min(BATCH, many - start))]
        found += [one.lead_id for one in receive_many(told, by=None, now=at) if one.lead_id]
    assert len(found) == many
    return found


def ask_for_demos(ids: Iterable[int], *, at: datetime) -> None:
    """Each of them raises a hand: fast track, so each has to reach a rep."""
    told = [
        intake.NewActivity(
            lead_id=pk, type="demo_request", occurred_at=at, source="web", external_id=f"d{pk}"
        )
        for pk in ids
    ]
    for start in range(0, len(told), BATCH):
        intake.record(told[start : start + BATCH], now=at)


def hand_raisers(many: int, *, at: datetime | None = None) -> list[int]:
    """Leads that asked for a demo; workers are rung for them."""
    at = at or now()
    with doorbell.silenced():
        found = leads(many, at=at)
    ask_for_demos(found, at=at)
    return found


def qualified(many: int, *, at: datetime | None = None) -> list[int]:
    """Leads with a waiting handoff each, scored and moved in this process; nobody is rung."""
    at = at or now()
    with doorbell.silenced():
        found = hand_raisers(many, at=at)
        while sweep.once(now=at, steps=sweep.SCORE_STEPS)["scored"]:
            pass
    assert Handoff.objects.waiting().filter(lead__in=found).count() == many
    return found


def offered(many: int, *, at: datetime | None = None) -> list[Handoff]:
    """Leads offered to somebody, with their clocks, as it stood at `at`."""
    at = at or now()
    found = qualified(many, at=at)
    with doorbell.silenced():
        while sweep.once(now=at, steps={"routed": sweep.route})["routed"]:
            pass
    rows = list(Handoff.objects.offered().filter(lead__in=found).select_related("rep", "lead"))
    assert len(rows) == many, len(rows)
    return rows


def open_handoffs(ids: Iterable[int]) -> dict[int, int]:
    """How many handoffs of any state each of these leads ever had."""
    had = dict.fromkeys(ids, 0)
    for lead in Handoff.objects.values_list("lead_id", flat=True):
        if lead in had:
            had[lead] += 1
    return had


def settle() -> None:
    """What was due at this moment is done, also what a killed process was at: that is tried again seconds later."""
    left, ends = Underway.objects.exclude(claimed_until=None), time.monotonic() + LEFT_BEHIND
    with doorbell.silenced():
        sweep.until_done(now=now())
        while left.exists() and time.monotonic() < ends:
            time.sleep(0.2)
            sweep.until_done(now=now())


def violations() -> list[dict[str, Any]]:
    return list(audit.run(now=now()))


def overdue(at: datetime) -> int:
    return Clock.objects.filter(state=Clock.RUNNING, ended_at=None, due_at__lt=at).count()
