"""Every score made true again, in the background: what is due by time, and what a new model has left to do.

Publishing writes no score. It cuts the leads into ranges; workers and sweeps take one after the other, each
for itself, and a range whose worker died is free again when its claim has run out (decision 0063).
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, Max, Min, OuterRef, QuerySet

from leads import standings
from leads.models import Standing
from scoring import readiness
from scoring.models import RescoreRange, ScoringModel
from scoring.upkeep import bulk

log = logging.getLogger(__name__)

FEW = 2_000  # as many standings are raised by one statement while nobody notices
RANGE = 1_000
CLAIM = timedelta(minutes=2)
LOST = (OperationalError, InterfaceError)


def begin(version: ScoringModel) -> None:
    """This version is published: every score that stands is to be looked at once it is in force."""
    ends = Standing.objects.aggregate(first=Min("lead_id"), last=Max("lead_id"))
    first, last = ends["first"], ends["last"]
    if first is None or last - first < FEW:
        standings.raise_for_everybody(now=version.in_force_from)
        return
    RescoreRange.objects.filter(version__in_force_from__lt=version.published_at).delete()
    RescoreRange.objects.bulk_create(
        RescoreRange(version=version, first=start, last=min(start + RANGE - 1, last))
        for start in range(first, last + 1, RANGE)
    )


def is_waiting(*, now: datetime) -> bool:
    """Is anything due that nobody works on?"""
    if readiness.due(now=now, limit=1):
        return True
    return RescoreRange.objects.free(ScoringModel.objects.in_force(now), now=now).exists()


def vouched(*, now: datetime) -> QuerySet[Standing]:
    """Standings that say of themselves that they are true, and no new model is still on its way to them."""
    waiting = RescoreRange.objects.waiting(ScoringModel.objects.in_force(now))
    on_the_way = waiting.filter(first__lte=OuterRef("lead_id"), last__gte=OuterRef("lead_id"))
    return Standing.objects.filter(~Exists(on_the_way), rescore_at__gt=now)


def step(*, now: datetime) -> int:
    """One batch of what is due by time, else one range of a new model; how many leads were looked at."""
    return _due(now=now) or _range(now=now)


def work(*, now: datetime, seconds: float) -> int:
    """Steps until nothing is left or the time is up; what is due later than `now` waits for the next call."""
    began, done = time.monotonic(), 0
    while time.monotonic() - began < seconds and (count := step(now=now)):
        done += count
    return done


def _due(*, now: datetime) -> int:
    waiting = Standing.objects.filter(rescore_at__lte=now).order_by("rescore_at")[: bulk.BATCH]
    try:
        done = bulk.rescore(waiting, now=now)
    except LOST:
        raise
    except Exception:
        log.exception("rescore of a batch failed: one by one")
        return _by_the_door(readiness.due(now=now), now=now)
    return len(done.looked_at) + _by_the_door(done.others, now=now)


def _range(*, now: datetime) -> int:
    """Leads are looked at before the range is marked as done: a kill in between does them again."""
    taken = _claim(now=now)
    if taken is None:
        return 0
    ids = list(
        Standing.objects.filter(lead_id__gte=taken.first, lead_id__lte=taken.last)
        .order_by("lead_id")
        .values_list("lead_id", flat=True)
    )
    for start in range(0, len(ids), bulk.BATCH):
        _whole(ids[start : start + bulk.BATCH], now=now)
    RescoreRange.objects.filter(pk=taken.pk).update(done_at=now)
    return max(1, len(ids))


def _claim(*, now: datetime) -> RescoreRange | None:
    """The first range nobody works on, ours until the claim runs out."""
    version = ScoringModel.objects.in_force(now)
    with transaction.atomic():
        free = RescoreRange.objects.free(version, now=now).order_by("first")
        skip = connection.features.has_select_for_update_skip_locked
        taken = free.select_for_update(skip_locked=skip).first()
        if taken is not None:
            RescoreRange.objects.filter(pk=taken.pk).update(claimed_until=now + CLAIM)
    return taken


def _whole(ids: list[int], *, now: datetime) -> None:
    """All of these; for whom somebody else held, and who needs more, the one door waits."""
    try:
        chosen = Standing.objects.filter(lead_id__gte=ids[0], lead_id__lte=ids[-1])
        done = bulk.rescore(chosen.order_by("lead_id"), now=now)
        left = sorted(set(ids) - done.looked_at)
    except LOST:
        raise
    except Exception:
        log.exception("rescore of a batch failed: one by one")
        left = ids
    _by_the_door(left, now=now)


def _by_the_door(ids: list[int], *, now: datetime) -> int:
    """In batches; where one row spoils its batch, each alone: one bad row never stops the rest."""
    done = 0
    for start in range(0, len(ids), readiness.BATCH):
        batch = ids[start : start + readiness.BATCH]
        try:
            done += readiness.rescore(batch, now=now)
        except LOST:
            raise
        except Exception:
            if len(batch) > 1:
                done += sum(_by_the_door([one], now=now) for one in batch)
            else:
                log.exception("rescore failed for lead %s", batch[0])
    return done
