"""Bells that scoring hears: batches of ids, never one lead each."""

from __future__ import annotations

from celery import shared_task

from config.clock import now
from scoring.upkeep import rescoring


@shared_task
def rescore(lead_ids: list[int]) -> int:
    return rescoring.told(lead_ids, now=now())
