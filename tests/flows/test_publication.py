"""A version comes into force while activities keep coming in: nothing is lost, every score is true after."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count, cycle
from threading import Event
from typing import Any

import pytest
from django.db import connection
from django.db.models import Max, Min
from rest_framework.test import APIClient

from config import audit, sweep
from config.clock import now
from config.demo import opening
from config.settings import BASE_DIR
from leads.models import Activity, ApiToken, Lead, Standing, User
from scoring.models import RescoreRange, ScoringModel
from scoring.upkeep import rescoring
from tests.config.studio.drafts import published
from tests.people import House

pytestmark = pytest.mark.django_db(transaction=True)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KINDS = ("page_view", "pricing_view", "document_download", "email_open", "webinar_attended", "page_view")
TELLERS = ("site", "newsletter")
PATIENCE = timedelta(minutes=5)  # a machine under load; nothing waits so long where all is well


@pytest.fixture
def demo(monkeypatch) -> House:
    """The demo company at this very moment; its leads make many ranges."""
    monkeypatch.setattr(rescoring, "RANGE", 2)
    monkeypatch.setattr(rescoring, "FEW", 0)
    opening.open_company(now=now(), days=4)
    return House()


def test_activities_come_in_all_through_a_publication(demo):
    over = Event()
    everybody_looked_at_the_prices(demo.miura)
    with sweepers(2), ThreadPoolExecutor(len(TELLERS)) as pool:
        telling = [pool.submit(tell, source, demo.miura, over) for source in TELLERS]
        try:
            until(lambda: told() >= 20)
            published(demo, points=8)
            until(lambda: not RescoreRange.objects.filter(done_at=None).exists())
        finally:
            over.set()
        ids = [pk for one in telling for pk in one.result()]
        until(lambda: not rescoring.is_waiting(now=now()))
    assert sorted(ids) == sorted(Activity.objects.filter(source__in=TELLERS).values_list("pk", flat=True))
    assert meanwhile(ScoringModel.objects.newest()) > 0
    assert list(audit.run(now=now())) == []
    a_week_later(now())


def a_week_later(at: datetime) -> None:
    """What decays, ends and comes back is looked at in time: a sweep whenever something is due."""
    ends, rounds = at + 7 * DAY, 0
    while at < ends:
        due = Standing.objects.aggregate(at=Min("rescore_at"))["at"]
        at = min(max(due, at + 2 * HOUR), at + 8 * HOUR)
        sweep.until_done(now=at)
        assert list(audit.run(now=at)) == []
        rounds += 1
    assert rounds >= 21


def everybody_looked_at_the_prices(by: User) -> None:
    said = [told_of(pk, "log", 1 + pk * len(KINDS)) for pk in everybody()]
    assert machine(by).post("/api/v1/activities/", said, format="json").json()["created"] == len(said)
    sweep.until_done(now=now())


def tell(source: str, by: User, over: Event) -> list[int]:
    """Two activities a call, one call after the other; the ids they were given."""
    client, found, numbers = machine(by), [], count(1)
    leads = cycle(everybody()[::3])  # of the others only the new version itself tells
    try:
        while not over.is_set():
            said = [told_of(next(leads), source, next(numbers)) for _ in range(2)]
            answer = client.post("/api/v1/activities/", said, format="json").json()
            assert answer["created"] == len(said), answer
            found += [item["id"] for item in answer["items"]]
    finally:
        connection.close()
    return found


def everybody() -> list[int]:
    return list(Lead.objects.filter(merged_into=None).order_by("pk").values_list("pk", flat=True))


def machine(by: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {ApiToken.objects.issue(by, now=now())}")
    return client


def told_of(lead: int, source: str, number: int) -> dict[str, object]:
    return {
        "lead": lead, "type": KINDS[number % len(KINDS)], "occurred_at": now().isoformat(),
        "source": source, "external_id": str(number),
    }  # fmt: skip


def told() -> int:
    return Activity.objects.filter(source__in=TELLERS).count()


def meanwhile(version: ScoringModel | None) -> int:
    """How many came in between the publication and the end of its rescoring."""
    assert version is not None
    ended = RescoreRange.objects.aggregate(at=Max("done_at"))["at"]
    return Activity.objects.filter(
        source__in=TELLERS, recorded_at__gt=version.published_at, recorded_at__lt=ended
    ).count()


def until(so: Callable[[], bool]) -> None:
    begun = now()
    while not so():
        assert now() < begun + PATIENCE, "it does not come to an end"


@contextmanager
def sweepers(many: int) -> Iterator[None]:
    """Processes of their own that do what is due, as the product's own command does."""
    command = [sys.executable, "manage.py", "sweep", "--watch"]
    how: dict[str, Any] = {"cwd": BASE_DIR, "env": surroundings(), "stdout": subprocess.DEVNULL}
    running = [subprocess.Popen(command, **how) for _ in range(many)]
    try:
        yield
        assert [one.poll() for one in running] == [None] * many, "a worker ended before its time"
    finally:
        for one in running:
            one.send_signal(signal.SIGTERM)
        ends = [one.wait(60) for one in running]
    assert ends == [0] * many


def surroundings() -> dict[str, str]:
    name = connection.settings_dict["NAME"]
    address = f"postgres:///{name}" if connection.vendor == "postgresql" else f"sqlite:///{name}"
    return os.environ | {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "config.settings"}
