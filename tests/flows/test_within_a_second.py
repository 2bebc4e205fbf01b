"""A demo request posted by a machine is in a rep's queue, through real workers: in memory, and on Redis.

How long it took is printed, not asserted: on a busy machine a second says nothing about the code.
"""

from __future__ import annotations

import json
import time
import urllib.request
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.config.test_serve import manage, python, serving, surroundings, until

__all__ = ["surroundings"]

PREPARE = """
import django; django.setup()
from config.clock import now
from config.playbook.apply import apply
from tests.people import example, new_lead
moment = now()
apply(example(), by=None, now=moment)
print(*(new_lead(now=moment).pk for _ in range(3)))
"""


def call(surroundings: dict[str, str], token: str, path: str, body: Any = None) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{surroundings['PORT']}/api/v1/{path}",
        data=json.dumps(body).encode() if body is not None else None,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def test_a_demo_request_is_in_a_queue(surroundings: dict[str, str], capsys: Any) -> None:
    leads = python(surroundings, "-c", PREPARE).split()
    token = manage(surroundings, "token", "suzuki@example.com")
    with serving(surroundings):
        taken = [_ask_for_a_demo(surroundings, token, int(lead)) for lead in leads]
    broker = "Redis" if surroundings["REDIS_URL"] else "memory"
    with capsys.disabled():
        print(f"\n  in a queue after {', '.join(f'{one * 1000:.0f} ms' for one in taken)} ({broker})")
    assert manage(surroundings, "audit") == ""


def _ask_for_a_demo(surroundings: dict[str, str], token: str, lead: int) -> float:
    """Seconds from the post until the handoff is offered, as the API shows it."""
    event = {
        "lead": lead,
        "type": "demo_request",
        "occurred_at": datetime.now(UTC).isoformat(),
        "source": "web",
    }
    began = time.perf_counter()
    answer = call(surroundings, token, "activities/", event | {"external_id": uuid4().hex})
    assert answer["created"] == 1, answer
    offers: list[Any] = []

    def is_offered() -> bool:
        offers[:] = call(surroundings, token, f"handoffs/?lead={lead}&state=offered")["results"]
        return bool(offers)

    until(is_offered)
    assert offers[0]["rep"] and {clock["kind"] for clock in offers[0]["clocks"]} >= {
        "accept",
        "first_contact",
    }
    return time.perf_counter() - began
