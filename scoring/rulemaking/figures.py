"""The figures beside each rule, counted by a worker and kept: a page only reads them (decision 0066).

Who saves a draft or publishes a version says which rules it has (`want`). What is new is counted at once,
everything once a day and when other rules come into force; what nobody has any more is forgotten.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q

from scoring import news
from scoring.models import Draft, RuleFigures, ScoringModel
from scoring.models.figures import EVERY
from scoring.rulemaking import matches
from scoring.rulemaking.matches import Became

log = logging.getLogger(__name__)

BATCH = 8  # rules counted in one go: a worker is given half a minute
CLAIM = timedelta(minutes=1)
KEPT = 2 * EVERY
OPEN = (Draft.EDITED, Draft.REQUESTED)
LOST = (OperationalError, InterfaceError)


@dataclass(frozen=True)
class Figures:
    """What is known of the rules of one body, by their ids; the oldest was counted at `counted_at`."""

    became: Mapping[str, Became]
    counted_at: datetime | None
    is_counting: bool


def of(body: Mapping[str, Any]) -> Figures:
    """The figures of a body as they were counted last; one query, and nothing is counted."""
    keys = {rule["id"]: matches.key(half, rule) for half, rule in matches.rules_of(body)}
    rows = {one.key: one for one in RuleFigures.objects.filter(key__in=set(keys.values())).defer("asked")}
    known = {rule: rows[key] for rule, key in keys.items() if key in rows and rows[key].counted_at}
    return Figures(
        {rule: Became(one.matched, one.accepted, one.refused) for rule, one in known.items()},
        min((one.counted_at for one in known.values() if one.counted_at), default=None),
        is_counting=len(known) < len(keys),
    )


def want(body: Mapping[str, Any], *, now: datetime) -> None:
    """These rules are somebody's: those that were never counted are, soon."""
    rules = {matches.key(half, rule): (half, matches.asked(rule)) for half, rule in matches.rules_of(body)}
    known = dict(RuleFigures.objects.filter(key__in=rules).values_list("key", "wanted_at"))
    if old := [key for key, wanted_at in known.items() if wanted_at <= now - EVERY]:
        RuleFigures.objects.filter(key__in=old).update(wanted_at=now)
    fresh = [
        RuleFigures(key=key, half=half, asked=asked, wanted_at=now)
        for key, (half, asked) in rules.items()
        if key not in known
    ]
    if fresh:
        RuleFigures.objects.bulk_create(fresh, ignore_conflicts=True)
        news.rules_wanted.announce()


def due(*, now: datetime) -> bool:
    """Is there anything to count, and nobody at it?"""
    return RuleFigures.objects.stale(now).exists() and not RuleFigures.objects.held(now).exists()


def refresh(*, now: datetime) -> int:
    """Count some of what is due; returns how many rules. Nothing when somebody else is at it."""
    if not due(now=now):
        return 0
    _take_stock(now)
    rows = _claim(now)
    if rows:
        _try(rows, now)
    return len(rows)


def _take_stock(now: datetime) -> None:
    """Whatever the versions that count or will, and the open drafts have; the rest is let go of."""
    version = ScoringModel.objects.in_force(now)
    ahead = ScoringModel.objects.filter(in_force_from__gt=now).values_list("body", flat=True)
    drafts = Draft.objects.filter(state__in=OPEN).values_list("body", flat=True)
    for body in [*([version.body] if version else []), *ahead, *drafts]:
        want(body, now=now)
    RuleFigures.objects.filter(wanted_at__lte=now - KEPT).delete()


@transaction.atomic
def _claim(now: datetime) -> list[RuleFigures]:
    """The next rules, ours for a while: what was never counted first, and by itself.

    Somebody has just written it and waits for it; a count of what is only old can take much longer. What was
    tried before and is not counted yet goes with the others.
    """
    free = RuleFigures.objects.stale(now).filter(Q(claimed_until=None) | Q(claimed_until__lte=now))
    skip = connection.features.has_select_for_update_skip_locked
    in_order = free.order_by(F("counted_at").asc(nulls_first=True), "pk")
    rows = list(in_order.select_for_update(skip_locked=skip)[:BATCH])
    rows = [one for one in rows if one.counted_at is None and one.claimed_until is None] or rows
    RuleFigures.objects.filter(pk__in=[one.pk for one in rows]).update(claimed_until=now + CLAIM)
    return rows


def _count(rows: Sequence[RuleFigures], now: datetime) -> None:
    found = matches.count([(one.half, one.asked | {"id": one.key}) for one in rows], now=now)
    for one in rows:
        became = found[one.key]
        one.matched, one.accepted, one.refused = became.matched, became.accepted, became.refused
        one.counted_at, one.claimed_until = now, None
    names = ["matched", "accepted", "refused", "counted_at", "claimed_until"]
    RuleFigures.objects.bulk_update(rows, names)


def _try(rows: Sequence[RuleFigures], now: datetime) -> None:
    """Together; where one spoils it each alone: a rule that cannot be counted keeps no other from it."""
    try:
        _count(rows, now)
    except LOST:
        raise
    except Exception:
        if len(rows) > 1:
            for one in rows:
                _try([one], now)
        else:
            log.exception("rule cannot be counted: %s", rows[0].key)
