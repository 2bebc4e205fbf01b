"""Who is being scored at this moment, written down before: a lead that kills its process leaves a trace.

Such a lead would be the first in line of every other process too, and nobody behind it would ever be scored
(decision 0096).
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from leads.among import among
from leads.models import Standing
from scoring.models import Underway

log = logging.getLogger(__name__)

TRIES = 10
DISTANCE = timedelta(seconds=1.5)  # 4.5, 6, 7.5 … 18 s: given up after two minutes


def due(*, now: datetime) -> QuerySet[Standing]:
    """Standings whose score may be old and that nobody is at; of those given up: with something new."""
    at_it = Underway.objects.filter(lead=OuterRef("lead_id"))
    held = at_it.filter(Q(claimed_until__isnull=False) | Q(since__gte=OuterRef("rescore_at")))
    return Standing.objects.filter(~Exists(held), rescore_at__lte=now)


def take(*, now: datetime, limit: int) -> list[int]:
    """Longest due first, ours from now on; those are left out that somebody else holds or is at."""
    something_new = Standing.objects.filter(
        lead_id=OuterRef("lead"), rescore_at__gt=OuterRef("since"), rescore_at__lte=now
    )
    Underway.objects.given_up().filter(Exists(something_new)).delete()
    chosen = due(now=now).order_by("rescore_at").select_for_update(skip_locked=True)
    return claim(chosen[:limit], now=now)


@transaction.atomic
def claim(chosen: QuerySet[Standing], *, now: datetime, until: datetime | None = None) -> list[int]:
    """Write down that we are at these: their numbers, without those somebody is at already.

    One statement, in the order of the numbers: two that claim the same wait for each other, never in a ring.
    """
    inner, values = chosen.values("lead_id").query.sql_with_params()
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {connection.ops.quote_name(Underway._meta.db_table)}"
            " (lead_id, since, claimed_until, tries)"
            f" SELECT lead_id, %s, %s, 1 FROM ({inner}) chosen WHERE true ORDER BY lead_id"
            " ON CONFLICT DO NOTHING RETURNING lead_id",
            [adapt(now), adapt(until or now + _distance(1)), *values],
        )
        return sorted(row[0] for row in cursor.fetchall())


def done(lead_ids: Collection[int]) -> None:
    """These are scored."""
    if lead_ids:
        Underway.objects.filter(lead__in=among(lead_ids)).delete()


def next_alone(*, now: datetime) -> int | None:
    """A lead whose scoring nobody came to the end of, to be tried alone; given up after ten tries."""
    for row in Underway.objects.left_behind(now=now).order_by("claimed_until", "lead"):
        mine = Underway.objects.filter(pk=row.pk, claimed_until=row.claimed_until)
        if row.tries >= TRIES:
            if mine.update(claimed_until=None):
                log.error("lead %s could not be scored in %s tries: given up", row.pk, row.tries)
        elif mine.update(since=now, claimed_until=now + _distance(row.tries + 1), tries=row.tries + 1):
            return row.pk
    return None


def once_more(*, at: datetime) -> int:
    """From `at` on those given up are tried again, ten times: by hand, or because there are other rules."""
    return Underway.objects.given_up().update(claimed_until=at, tries=0)


def _distance(tries: int) -> timedelta:
    """How long this try has before it counts as failed, and so how far the next one is."""
    return DISTANCE * (tries + 2)
