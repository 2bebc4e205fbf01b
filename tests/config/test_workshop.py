"""A part of the workshop that dies must not go unnoticed; one that is told to end must not raise an alarm."""

from __future__ import annotations

import logging

import pytest

from config.workshop import QUEUES, Workshop


def failed() -> None:
    raise SystemExit("Celery ends a worker like this")


@pytest.mark.parametrize("part", [failed, lambda: None], ids=["failed", "ended unasked"])
def test_a_dead_part_is_told_once(part, caplog):
    deaths = []
    with caplog.at_level(logging.CRITICAL):
        Workshop(on_death=lambda: deaths.append("dead"))._live("desk", part)
    assert deaths == ["dead"]
    assert "desk has died" in caplog.text


def test_a_part_that_was_told_to_end_is_no_death(caplog):
    deaths = []
    workshop = Workshop(on_death=lambda: deaths.append("dead"))
    workshop._closing = True
    workshop._live("desk", failed)
    assert (deaths, caplog.text) == ([], "")


def test_a_worker_cut_off_while_it_closes_says_nothing(monkeypatch, caplog):
    """Its Redis closes the connection it still reads: `ValueError: I/O operation on closed file`."""
    workers = logging.getLogger("celery.worker")
    before = workers.level
    monkeypatch.setattr("config.workshop.celery_state.should_stop", None)
    try:
        Workshop(on_death=failed).begin_to_close()
        for name in ("celery.worker", "celery.worker.worker", "celery.worker.consumer.consumer"):
            logging.getLogger(name).critical(
                "Unrecoverable error: ValueError('I/O operation on closed file')"
            )
    finally:
        workers.setLevel(before)
    assert caplog.text == ""


def test_it_has_beat_and_a_worker_for_each_queue():
    threads = Workshop(on_death=failed)._threads
    assert [thread.name for thread in threads] == ["beat", *QUEUES]
    assert all(thread.daemon for thread in threads)
