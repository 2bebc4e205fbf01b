"""Several at once: workers that are killed, and people who read meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction

from config import audit
from leads.models import Standing
from scoring.models import RescoreRange
from scoring.upkeep import bulk, rescoring
from tests.config.test_serve import address
from tests.people import log_in, new_lead, open_house, react
from tests.scoring.upkeep.test_rescoring import LATER, dearer, interested, narrow

__all__ = ["narrow"]
pytestmark = pytest.mark.django_db(transaction=True)
LEADS = 30

WORKER = """
import django
django.setup()
from datetime import datetime
from scoring.upkeep import rescoring
rescoring.work(now=datetime.fromisoformat("{now}"), seconds=120)
"""


def worker() -> subprocess.Popen[bytes]:
    """A process of its own on the database of this test."""
    env = os.environ | {
        "DATABASE_URL": address(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    return subprocess.Popen([sys.executable, "-c", WORKER.format(now=LATER.isoformat())], env=env)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="processes of their own need a server")
def test_a_killed_worker_leaves_nothing_undone_and_nothing_twice(narrow):
    open_house()
    leads = interested(LEADS)
    dearer()
    killed, other = worker(), worker()
    claimed = RescoreRange.objects.exclude(claimed_until=None)
    while not claimed.exists():
        assert killed.poll() is None or claimed.exists(), "ended before it began"
    killed.kill()
    killed.wait()
    assert other.wait() == 0
    rescoring.work(now=LATER + rescoring.CLAIM, seconds=60)
    assert not RescoreRange.objects.filter(done_at=None).exists()
    found = dict(Standing.objects.values_list("lead_id", "interest"))
    assert found == {lead.pk: 8 for lead in leads}
    assert list(audit.run(now=LATER + rescoring.CLAIM)) == []


def test_pages_answer_while_a_batch_is_held(client):
    house = open_house()
    [lead] = interested(1)
    browser = log_in(client, house.miura)
    held, read = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            bulk._hold(Standing.objects.order_by("lead_id"))
            held.set()
            read.wait(60)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        held.wait(60)
        try:
            answers = [browser.get(f"/leads/{lead.pk}").status_code, browser.get("/leads").status_code]
        finally:
            read.set()
        holding.result()
    assert answers == [200, 200]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_what_somebody_holds_is_left_out_and_not_lost(narrow):
    """A fact comes in while its lead is being rescored: the range waits, and the new fact counts."""
    open_house()
    first, second = interested(2)
    dearer()
    told, go = Event(), Event()

    def tell() -> None:
        with transaction.atomic():
            react(first, "page_view", at=LATER)
            told.set()
            go.wait(60)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        telling = pool.submit(tell)
        told.wait(60)
        done = bulk.rescore(Standing.objects.order_by("lead_id"), now=LATER)
        go.set()
        telling.result()
    assert done.looked_at == {second.pk}
    rescoring.work(now=LATER, seconds=60)
    assert dict(Standing.objects.values_list("lead_id", "interest")) == {first.pk: 9, second.pk: 8}


def test_a_new_lead_meanwhile(narrow):
    open_house()
    interested(2)
    dearer()
    late = new_lead(now=LATER)
    react(late, "pricing_view", at=LATER)
    rescoring.work(now=LATER, seconds=60)
    assert set(Standing.objects.values_list("interest", flat=True)) == {8}
