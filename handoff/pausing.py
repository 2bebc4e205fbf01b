"""Pauses: a clock rests until a day the customer named, for a listed reason and not for ever (PRODUCT 6).

Never `accept`, and never one that has run out: a breach stays a breach.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from handoff import reckoning, timers, whose_turn
from handoff.desk.answers import zone_of
from handoff.desk.holding import take
from handoff.desk.permissions import insist, may
from handoff.models import Clock, DueChange, Handoff, Pause
from handoff.refusals import DeskRefused
from leads.models import User

KINDS = (Clock.FIRST_CONTACT, Clock.PERSISTENCE, Clock.REPORT)
AT_WORK = (Handoff.OFFERED, Handoff.ACCEPTED)
BATCH = 500


def may_pause(by: User, handoff: Handoff) -> bool:
    """Who has the lead in hand, and who manages them; a supporter never holds a clock."""
    mine = handoff.rep_id == by.pk or (
        handoff.state == Handoff.ACCEPTED and by.pk in (handoff.lead.owner_id, handoff.lead.next_actor_id)
    )  # fmt: skip
    return handoff.state in AT_WORK and (mine or may(by, handoff).reassign)


def reasons_of(handoff: Handoff) -> list[str]:
    """The reasons the policy lists; none: nothing is paused under it."""
    return list(_rules(handoff).get("reasons") or ())


@transaction.atomic
def pause(
    handoff: Handoff, *, clock: str, reason: str, until: datetime | date, by: User, now: datetime,
    version: int | None = None,
) -> Clock:  # fmt: skip
    """Let one clock rest until a moment, or until a day begins at the team's; else DeskRefused, Conflict."""
    held = take(handoff, version=version, states=AT_WORK)
    insist(may_pause(by, held))
    row = _pausable(held, clock, now=now)
    _insist_on_reason(held, reason)
    ends_at = _moment(until, zone_of(held))
    _insist_on_end(held, row, ends_at, now=now)
    Pause.objects.create(clock=row, starts_at=now, ends_at=ends_at, reason=reason, by=by, created_at=now)
    row.state = Clock.PAUSED
    _moved(held, row, DueChange.PAUSE, {"reason": reason, "until": ends_at.isoformat()}, by=by, now=now)
    return row


@transaction.atomic
def resume(handoff: Handoff, *, clock: str, by: User, now: datetime, version: int | None = None) -> Clock:
    """End a pause early: the clock goes on from now."""
    held = take(handoff, version=version, states=AT_WORK)
    insist(may_pause(by, held))
    row = _row(held, clock)
    if row is None or row.state != Clock.PAUSED:
        raise DeskRefused("not_paused", "clock")
    row.pauses.filter(starts_at__lte=now, ends_at__gt=now).update(ends_at=now)
    row.state = Clock.RUNNING
    _moved(held, row, DueChange.RESUME, {}, by=by, now=now)
    return row


@transaction.atomic
def to_resume(*, now: datetime, limit: int = BATCH) -> list[int]:
    """Paused clocks whose pause is over; without those in another's hands."""
    over = Clock.objects.filter(state=Clock.PAUSED, ended_at=None).exclude(pauses__ends_at__gt=now)
    free = over.select_for_update(skip_locked=True, of=("self",))
    return list(free.order_by("pk").values_list("pk", flat=True)[:limit])


@transaction.atomic
def resumed(clock_ids: Iterable[int] | None = None, *, now: datetime) -> int:
    """Clocks whose pause is over (of these) run on; their due time knew it all along."""
    pks = to_resume(now=now) if clock_ids is None else list(clock_ids)
    held = Clock.objects.select_for_update(skip_locked=True).filter(pk__in=pks, state=Clock.PAUSED)
    mine = list(held.order_by("pk").values_list("pk", flat=True))
    # Looked at again, now that nobody else can prolong one.
    resting = Pause.objects.filter(clock__in=mine, ends_at__gt=now).values_list("clock")
    over = set(mine) - {pk for (pk,) in resting}
    Clock.objects.filter(pk__in=over).update(state=Clock.RUNNING)
    reckoning.written(list(Clock.objects.filter(pk__in=over).select_related("handoff__policy")))
    return len(over)


def _row(held: Handoff, kind: str) -> Clock | None:
    rows = held.clocks.select_for_update(of=("self",)).filter(kind=kind, ended_at=None, task=None)
    return rows.prefetch_related("pauses").first()


def _pausable(held: Handoff, kind: str, *, now: datetime) -> Clock:
    if kind not in KINDS:
        raise DeskRefused("never_paused" if kind == Clock.ACCEPT else "unknown_choice", "clock", value=kind)
    row = _row(held, kind)
    if row is None:
        raise DeskRefused("no_such_clock", "clock")
    if row.state == Clock.BREACHED or row.due_at is None or row.due_at <= now:
        raise DeskRefused("ran_out", "clock")
    return row


def _insist_on_reason(held: Handoff, reason: str) -> None:
    known = reasons_of(held)
    if not known:
        raise DeskRefused("no_pauses", "reason")
    if not reason:
        raise DeskRefused("required", "reason")
    if reason not in known:
        raise DeskRefused("unknown_reason", "reason", value=reason)


def _insist_on_end(held: Handoff, row: Clock, ends_at: datetime, *, now: datetime) -> None:
    if ends_at <= now:
        raise DeskRefused("in_the_past", "until")
    before = reckoning.pauses_of(row)
    if any(end is not None and end >= ends_at for _, end in before):
        raise DeskRefused("paused_longer", "until")
    most = int(_rules(held)["max_days"])
    if rested([*before, (now, ends_at)], zone_of(held)) > timedelta(days=most):
        raise DeskRefused("paused_too_long", "until", most=most)


def rested(pauses: list[Any], zone: ZoneInfo) -> timedelta:
    """How long these pauses are together, in calendar days of the team: what overlaps counts once."""
    total, last = timedelta(), None
    for start, end in sorted((_wall(a, zone), _wall(b, zone)) for a, b in pauses):
        start = start if last is None else max(start, last)
        total += max(end - start, timedelta())
        last = end if last is None else max(last, end)
    return total


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _moment(until: datetime | date, zone: ZoneInfo) -> datetime:
    """A day means its beginning: from that day on the clock runs."""
    return until if isinstance(until, datetime) else datetime.combine(until, time(), zone)


def _rules(handoff: Handoff) -> dict[str, Any]:
    return (handoff.policy.body.get("pause") or {}) if handoff.policy else {}


def _moved(held: Handoff, row: Clock, cause: str, detail: dict[str, Any], *, by: User, now: datetime) -> None:
    """Count anew with the pauses there are, write down old → new, and let the report follow."""
    row.handoff, old = held, row.due_at
    row._prefetched_objects_cache = {}  # type: ignore[attr-defined]  # the pauses are others now
    beside = list(held.clocks.filter(task=None).prefetch_related("pauses"))
    reckoning.reckon(row, reckoning.calendar_of(row), beside=beside)
    row.save(update_fields=["state", *reckoning.COUNTED])
    DueChange.objects.create(
        clock=row, cause=cause, old=old, new=row.due_at, changed_at=now, by=by, detail=detail
    )
    timers.follow_depth(held, row)
    whose_turn.refresh([held.lead_id], now=now)
    reckoning.written([row])
