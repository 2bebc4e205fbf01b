"""The tick of beat: the sweep's own steps, in the two queues that must not wait for each other."""

from __future__ import annotations

from celery import shared_task

from config import sweep
from config.clock import now
from leads.doorbell import ring
from scoring import readiness


@shared_task
def tick() -> None:
    moment = now()
    sweep.once(now=moment, steps=sweep.DESK_STEPS)
    if readiness.due(now=moment, limit=1):
        ring(score)


@shared_task
def score() -> None:
    sweep.once(now=now(), steps=sweep.SCORE_STEPS)
