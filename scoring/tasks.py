"""Bells that scoring hears: batches of ids, never one lead each."""

from __future__ import annotations

from celery import shared_task

from config.clock import now
from scoring import readiness


@shared_task
def rescore(lead_ids: list[int]) -> int:
    return readiness.rescore(lead_ids, now=now())
