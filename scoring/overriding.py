"""The doors of an override: a person's readiness that counts beside the machine's for a while (PRODUCT 5).

The stored score and its lines stay the machine's; the definition asks by the person's number until its end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from leads import editing, lifecycle, news, standings
from leads.models import Lead, User
from scoring.models import Override
from scoring.shelf_life import NEVER

MOST_POINTS = 100
LONGEST = timedelta(days=180)  # as long as a trigger may wait; longer is no exception any more
LONGEST_REASON = 500
NONE = 0  # the version of a lead nobody speaks of now


class OverrideRefused(Exception):
    """Understood and not possible: `code` (required, out_of_range, in_past, too_far, too_long, none,
    merged) and the `field` meant."""

    def __init__(self, code: str, field: str = "") -> None:
        self.code, self.field = code, field
        super().__init__(f"{field}: {code}" if field else code)


class OverrideNotYours(Exception):
    """The person may see this lead, but its readiness is somebody else's to say."""


class OverrideChanged(Exception):
    """Somebody set a readiness or took it back since the person looked: what was said last, who and when.

    `version` is what counts now; `last` is None where nobody ever said anything.
    """

    def __init__(self, last: Override | None, *, now: datetime) -> None:
        self.last, self.version = last, version_of(last, now=now)
        self.is_set = self.version != NONE
        self.by: User | None = None
        self.at: datetime | None = None
        if last is not None:
            self.by, self.at = _last_act(last)
        super().__init__(f"override {self.version} counts")


@dataclass(frozen=True)
class Say:
    """What people say of one lead's readiness at the moment it was asked for, and what is coming."""

    rows: tuple[Override, ...]
    at: datetime

    @property
    def override(self) -> Override | None:
        return next((one for one in self.rows if one.counts_at(self.at)), None)

    @property
    def readiness(self) -> int | None:
        return self.readiness_at(self.at)

    @property
    def until(self) -> datetime:
        """Until when time alone changes nothing of this."""
        return self.next_change(self.at)

    def readiness_at(self, at: datetime) -> int | None:
        return next((one.readiness for one in self.rows if one.counts_at(at)), None)

    def next_change(self, at: datetime) -> datetime:
        edges = (edge for one in self.rows for edge in (one.set_at, one.over_at) if edge > at)
        return min(edges, default=NEVER)


NOBODY = Say((), NEVER)


def said_of(lead_ids: Iterable[int], *, now: datetime) -> dict[int, Say]:
    """What people say of these leads, in one query; a lead nobody speaks of is left out.

    A worker whose clock is behind sees an override before it begins, and learns when that will be.
    """
    found: dict[int, list[Override]] = {}
    for one in (
        Override.objects.not_over(now)
        .filter(lead__in=list(lead_ids))
        .select_related("set_by")
        .order_by("set_at", "pk")
    ):
        found.setdefault(one.lead_id, []).append(one)
    return {lead_id: Say(tuple(rows), now) for lead_id, rows in found.items()}


def may_override(user: User, lead: Lead) -> bool:
    """Whoever may correct the lead, and whoever manages the team that has it in hand."""
    return editing.may_edit(user, lead) or user.may_manage(lead.standing.team)


def version_of(said: Override | None, *, now: datetime) -> int:
    """What a person saw who saw this: the number of the override that counts, or that none does."""
    return said.pk if said is not None and said.over_at > now else NONE


@transaction.atomic
def set_override(
    lead: Lead,
    *,
    readiness: int,
    reason: str,
    until: datetime,
    by: User,
    now: datetime,
    version: int | None = None,
) -> Override:
    """`readiness` counts from now until `until`, whatever the machine computes; an earlier one ends.

    `version` is what the person saw. Raises OverrideNotYours, OverrideChanged and OverrideRefused.
    """
    held = _hold(lead, by=by)
    _insist_on(version, held, now=now)
    reason = reason.strip()
    _check(readiness, reason, until, now=now)
    _end(held, by=by, now=now)
    said = Override.objects.create(
        lead=held, readiness=readiness, reason=reason, set_at=now, set_by=by, until=until
    )
    _look_again(held, now=now)
    return said


@transaction.atomic
def end_override(lead: Lead, *, by: User, now: datetime, version: int | None = None) -> Override:
    """The machine's number counts again from now.

    `version` is what the person saw. Raises OverrideNotYours, OverrideChanged and OverrideRefused.
    """
    held = _hold(lead, by=by)
    _insist_on(version, held, now=now)
    ended = _end(held, by=by, now=now)
    if ended is None:
        raise OverrideRefused("none")
    _look_again(held, now=now)
    return ended


def _hold(lead: Lead, *, by: User) -> Lead:
    held = lifecycle.lock([lead.pk])[lead.pk]
    if not may_override(by, held):
        raise OverrideNotYours
    if held.merged_into_id is not None:
        raise OverrideRefused("merged")
    return held


def _insist_on(version: int | None, held: Lead, *, now: datetime) -> None:
    """One that ran out since was ended by nobody: whoever saw it has seen everything people said."""
    if version is None:
        return
    said = Override.objects.filter(lead=held).select_related("set_by", "ended_by")
    last = said.order_by("pk").last()
    ran_out = last is not None and last.pk == version and last.over_at == last.until
    if version != version_of(last, now=now) and not ran_out:
        raise OverrideChanged(last, now=now)


def _last_act(last: Override) -> tuple[User | None, datetime]:
    if last.ended_at is not None and last.ended_at < last.until:
        return last.ended_by, last.ended_at
    return last.set_by, last.set_at


def _check(readiness: int, reason: str, until: datetime, *, now: datetime) -> None:
    if not 0 <= readiness <= MOST_POINTS:
        raise OverrideRefused("out_of_range", "readiness")
    if not reason:
        raise OverrideRefused("required", "reason")
    if len(reason) > LONGEST_REASON:
        raise OverrideRefused("too_long", "reason")
    if until <= now:
        raise OverrideRefused("in_past", "until")
    if until > now + LONGEST:
        raise OverrideRefused("too_far", "until")


def _end(held: Lead, *, by: User, now: datetime) -> Override | None:
    """Close what stands; returns it if it still counted. One that ran out by itself was ended by nobody."""
    standing = Override.objects.filter(lead=held, ended_at=None).first()
    if standing is None:
        return None
    counted = standing.until > now
    standing.ended_at, standing.ended_by = min(standing.until, now), by if counted else None
    standing.save(update_fields=["ended_at", "ended_by"])
    return standing if counted else None


def _look_again(held: Lead, *, now: datetime) -> None:
    standings.due_for_scoring([held.pk], now=now)
    news.facts_changed.announce(lead_ids=[held.pk])
