"""The two addresses a machine asks whether we are well."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, utils

from config import health, heartbeat, tasks
from config.clock import now
from config.settings import REDIS_URL


def test_livez_asks_nobody(client):
    answer = client.get("/livez", headers={"host": "unknown.example.com"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readyz_is_ready_with_a_migrated_database(client, db):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (200, "ok")
    assert answer["Cache-Control"] == "no-store"


def test_readyz_is_not_ready_while_migrations_are_missing(client, db):
    health._seen.clear()
    connection.cursor().execute("DELETE FROM django_migrations WHERE app = 'handoff'")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "migrations are missing")


def test_readyz_is_not_ready_without_a_database(client, db, monkeypatch):
    def lost() -> None:
        raise utils.OperationalError("no answer from lead@example.com")

    with monkeypatch.context() as lines:
        lines.setattr(health.connection, "cursor", lost)
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"], answer["Retry-After"]) == (503, "no answer", "5")


def test_a_silent_broker_is_told_and_no_reason_to_refuse(client, db, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["broker"]) == (200, "no answer")
    assert answer.json()["last_beat_seconds_ago"] is None


def test_the_last_beat_is_told(client, db, settings, monkeypatch):
    settings.REDIS_URL = ""
    monkeypatch.setattr(heartbeat, "_here", {})
    assert client.get("/readyz").json()["last_beat_seconds_ago"] is None
    tasks.tick()
    assert 0 <= client.get("/readyz").json()["last_beat_seconds_ago"] < 30
    monkeypatch.setattr(heartbeat, "_here", {heartbeat.KEY: now() - timedelta(seconds=90)})
    assert 89 < client.get("/readyz").json()["last_beat_seconds_ago"] < 120


@pytest.mark.skipif(not REDIS_URL, reason="the one process remembers by itself")
def test_the_last_beat_is_known_to_every_process(client, db, monkeypatch):
    heartbeat.note(now=now() - timedelta(seconds=90))
    monkeypatch.setattr(heartbeat, "_here", {})
    assert 89 < client.get("/readyz").json()["last_beat_seconds_ago"] < 120


def test_a_silent_broker_stops_no_tick(db, settings, caplog):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    heartbeat.note(now=now())
    assert "last beat not noted" in caplog.text
