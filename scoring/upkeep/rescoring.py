"""Every score made true again, in the background: what is due by time, and what a new model has left to do.

Publishing writes no score. It cuts the leads into ranges; workers and sweeps take one after the other, each
for itself, and a range whose worker died is free again when its claim has run out (decision 0063). A lead
that kills its worker, or fails, is tried alone later and holds up nobody (decision 0096).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, Max, Min, OuterRef, QuerySet

from leads import standings
from leads.among import among
from leads.models import Standing
from scoring import readiness
from scoring.models import RescoreRange, ScoringModel, Underway
from scoring.upkeep import bulk, underway

log = logging.getLogger(__name__)

FEW = 2_000  # as many standings are raised by one statement while nobody notices
RANGE = 1_000
ALONG = 50  # whoever rang waits for them too
CLAIM = timedelta(minutes=2)
LOST = (OperationalError, InterfaceError)


def begin(version: ScoringModel) -> None:
    """This version is published: every score that stands is to be looked at once it is in force."""
    underway.once_more(at=version.in_force_from)
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
    if underway.due(now=now).exists() or Underway.objects.left_behind(now=now).exists():
        return True
    return RescoreRange.objects.free(ScoringModel.objects.in_force(now), now=now).exists()


def vouched(*, now: datetime) -> QuerySet[Standing]:
    """Standings that say of themselves that they are true: nobody is at them, no new model is on its way."""
    waiting = RescoreRange.objects.waiting(ScoringModel.objects.in_force(now))
    on_the_way = waiting.filter(first__lte=OuterRef("lead_id"), last__gte=OuterRef("lead_id"))
    at_it = Underway.objects.filter(lead=OuterRef("lead_id"))
    return Standing.objects.filter(~Exists(on_the_way), ~Exists(at_it), rescore_at__gt=now)


def step(*, now: datetime) -> int:
    """A lead left behind, else one batch of what is due by time, else one range of a new model.

    How many leads were looked at.
    """
    return _alone(now=now) or _due(now=now) or _range(now=now)


def told(lead_ids: Iterable[int], *, now: datetime) -> int:
    """Something is known about these: scored at once, those left out that somebody is at (they stay due).

    What else is due comes along: when bells ring quicker than they are answered, one does the work of many
    in a batch, and the others find it done.
    """
    due = Standing.objects.filter(lead_id__in=among(lead_ids), rescore_at__lte=now)
    ids = underway.claim(due, now=now)
    if ids:
        ids += underway.take(now=now, limit=ALONG)
    return _through_the_door(ids, now=now)


def work(*, now: datetime, seconds: float) -> int:
    """Steps until nothing is left or the time is up; what is due later than `now` waits for the next call."""
    began, done = time.monotonic(), 0
    while time.monotonic() - began < seconds and (count := step(now=now)):
        done += count
    return done


def _alone(*, now: datetime) -> int:
    pk = underway.next_alone(now=now)
    if pk is None:
        return 0
    _through_the_door([pk], now=now)
    return 1


def _due(*, now: datetime) -> int:
    ids = underway.take(now=now, limit=bulk.BATCH)
    if not ids:
        return 0
    done = _by_the_hundred(ids, now=now)
    others = ids if done is None else done.others
    looked_at = frozenset() if done is None else done.looked_at
    underway.done(set(ids) - set(others))
    return len(looked_at) + _through_the_door(others, now=now)


def _range(*, now: datetime) -> int:
    """Leads are looked at before the range is marked as done: a kill in between does them again.

    The claim is the mark of whoever comes first; who comes after somebody that died marks every lead.
    """
    taken = _claim(now=now)
    if taken is None:
        return 0
    chosen = Standing.objects.filter(lead_id__gte=taken.first, lead_id__lte=taken.last)
    if taken.claimed_until is None:
        ids = list(chosen.order_by("lead_id").values_list("lead_id", flat=True))
    else:
        ids = underway.claim(chosen, now=now, until=now + CLAIM)
    left = [
        pk
        for start in range(0, len(ids), bulk.BATCH)
        for pk in _left(ids[start : start + bulk.BATCH], now=now)
    ]
    _through_the_door(left, now=now)  # once for all: the door costs much, however few come
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


def _left(ids: list[int], *, now: datetime) -> list[int]:
    """Those of a batch whom somebody else held, and who need more: for them the one door waits."""
    done = _by_the_hundred(ids, now=now)
    if done is None:
        return ids
    underway.done(done.looked_at)
    return sorted(set(ids) - done.looked_at)


def _by_the_hundred(ids: list[int], *, now: datetime) -> bulk.Done | None:
    """Nothing where one of them spoils the batch."""
    try:
        return bulk.rescore(Standing.objects.filter(lead_id__in=among(ids)).order_by("lead_id"), now=now)
    except LOST:
        raise
    except Exception:
        log.exception("rescore of a batch failed: one by one")
        return None


def _through_the_door(ids: list[int], *, now: datetime) -> int:
    """How many went through; those that failed are tried again, later and alone."""
    failed = _by_the_door(ids, now=now)
    underway.done(set(ids) - set(failed))
    if failed:
        underway.claim(Standing.objects.filter(lead_id__in=among(failed)), now=now)
    return len(ids) - len(failed)


def _by_the_door(ids: list[int], *, now: datetime) -> list[int]:
    """Who failed. In batches; where one row spoils its batch, each alone: a bad row never stops the rest."""
    failed = []
    for start in range(0, len(ids), readiness.BATCH):
        batch = ids[start : start + readiness.BATCH]
        try:
            readiness.rescore(batch, now=now)
        except LOST:
            raise
        except Exception:
            if len(batch) > 1:
                failed += [pk for one in batch for pk in _by_the_door([one], now=now)]
            else:
                log.exception("rescore failed for lead %s", batch[0])
                failed += batch
    return failed
