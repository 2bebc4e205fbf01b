"""Bells the desk hears: each looks at the database and puts right what is due."""

from __future__ import annotations

import time

from celery import shared_task

from config.clock import now
from handoff import desk, outbox, timers
from leads.doorbell import ring

SECONDS = 5.0


@shared_task
def route(handoff_ids: list[int]) -> int:
    return desk.route(handoff_ids, now=now())


@shared_task
def see_contacts(lead_ids: list[int]) -> int:
    return timers.see_contacts(lead_ids, now=now())


@shared_task
def wake(lead_ids: list[int]) -> int:
    return desk.wake(lead_ids, now=now())


@shared_task
def deliver() -> int:
    """Some seconds of it, then another bell while there is more: no clock's tick waits behind a mountain."""
    began, done, moment = time.monotonic(), 0, now()
    while some := outbox.deliver(now=moment):
        done += some
        if time.monotonic() - began >= SECONDS:
            ring(deliver)
            break
    return done
