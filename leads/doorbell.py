"""The doorbell: a nudge to the workers that something is waiting in the database.

It may be lost, late or doubled (the sweep looks anyway), so a bell nobody hears is logged once a minute
and never reaches the caller: one daemon thread per process carries the bells to the broker.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Full, Queue
from typing import Any

from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)

CAPACITY = 10_000
QUIET_SECONDS = 60.0
LAST_BELLS_SECONDS = 2.0

_bells: Queue[tuple[Any, tuple[Any, ...]]] = Queue(CAPACITY)
_starting = threading.Lock()
_carrier: threading.Thread | None = None
_answered_here = False
_silent = False
_last_complaint = -QUIET_SECONDS


def answer_here() -> None:
    """Workers live in this process: ring them through the in-process broker too (`serve` says so)."""
    global _answered_here
    _answered_here = True


@contextmanager
def silenced() -> Iterator[None]:
    """Nobody is rung for what is done in here: a command that does the work itself."""
    global _silent
    _silent = True
    try:
        yield
    finally:
        _silent = False


def ring(task: Any, *args: Any) -> None:
    """Ask for `task(*args)` once the transaction has committed; returns at once and never raises.

    Without a broker (`REDIS_URL`) and without workers in this process nobody could hear it: silence.
    """
    if not _silent and (settings.REDIS_URL or _answered_here):
        transaction.on_commit(lambda: _put(task, args), robust=True)


def _put(task: Any, args: tuple[Any, ...]) -> None:
    try:
        _bells.put_nowait((task, args))
    except Full:
        _complain("the doorbell is full")
    _wake_carrier()


def _wake_carrier() -> None:
    """Start the carrier where it is not running: first ring of a process, also of a forked one."""
    global _carrier
    with _starting:
        if _carrier is None or not _carrier.is_alive():
            _carrier = threading.Thread(target=_carry, name="doorbell", daemon=True)
            _carrier.start()


def _carry() -> None:
    while True:
        task, args = _bells.get()
        try:
            task.apply_async(args)
        except Exception as lost:  # whatever a broker's client raises: the sweep is the retry
            _complain(f"nobody hears the doorbell ({type(lost).__name__})")
        finally:
            _bells.task_done()


def _complain(what: str) -> None:
    global _last_complaint
    if time.monotonic() - _last_complaint >= QUIET_SECONDS:
        _last_complaint = time.monotonic()
        log.warning("%s: the sweep does the work meanwhile", what)


@atexit.register
def _carry_last_bells() -> None:
    """A command that ends right after its last commit gives its bells a moment to leave."""
    until = time.monotonic() + LAST_BELLS_SECONDS
    while _bells.unfinished_tasks and time.monotonic() < until:
        time.sleep(0.01)
