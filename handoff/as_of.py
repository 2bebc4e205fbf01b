"""Handoffs and clocks as they stood at a moment, rebuilt from what is written on them (PRODUCT 7).

Nothing here reads the present state alone: the same moment gives the same numbers whenever it is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from django.db.models import Case, CharField, DateTimeField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from handoff.models import Clock, Handoff
from leads.business_time import Calendar

OVERDUE, AT_RISK, IN_TIME, NO_CLOCK = "overdue", "risk", "ok", "none"
MET, MET_LATE, BREACHED, RUNNING = "met", "met_late", "breached", "open"
LONGEST_CHAIN = 5  # handoffs of one chain whose first offer still counts as the chain's

AGES: Mapping[str, tuple[int, int | None]] = {
    "0-1": (0, 2), "2-3": (2, 4), "4-7": (4, 8), "8-14": (8, 15), "15-": (15, None),
}  # fmt: skip
"""Business days since a handoff came where it stands: from, and up to but without."""


def handoffs_at(handoffs: QuerySet[Handoff], at: datetime) -> QuerySet[Handoff]:
    """What existed at `at`, with `phase` and `phase_since` of then."""
    return handoffs.filter(created_at__lte=at).annotate(
        phase=Case(
            When(ended_at__lte=at, then=F("state")),
            When(accepted_at__lte=at, then=Value(Handoff.ACCEPTED)),
            When(offered_at__lte=at, then=Value(Handoff.OFFERED)),
            default=Value(Handoff.WAITING),
            output_field=CharField(),
        ),
        phase_since=Case(
            When(ended_at__lte=at, then=F("ended_at")),
            When(accepted_at__lte=at, then=F("accepted_at")),
            When(offered_at__lte=at, then=F("offered_at")),
            default=F("created_at"),
            output_field=DateTimeField(),
        ),
    )


def first_offer() -> Coalesce:
    """When the chain of a handoff was first offered; a reassigned chain belongs to that day."""
    places = ("previous__" * back for back in range(LONGEST_CHAIN - 1, -1, -1))
    return Coalesce(*(F(f"{place}offered_at") for place in places))


def first_offered(since: datetime | None, before: datetime | None) -> Q:
    """Handoffs whose chain was first offered in a period; only the few with a chain are followed back."""
    alone, chained = Q(previous=None), Handoff.objects.exclude(previous=None).annotate(first=first_offer())
    if since:
        alone, chained = alone & Q(offered_at__gte=since), chained.filter(first__gte=since)
    if before:
        alone, chained = alone & Q(offered_at__lt=before), chained.filter(first__lt=before)
    return alone | Q(pk__in=chained.values("pk"))


def is_open(at: datetime, *, is_live: bool) -> Q:
    """Open at `at`; when that is the present (`is_live`) an index knows which."""
    return Q(state__in=Handoff.OPEN) if is_live else Q(ended_at=None) | Q(ended_at__gt=at)


def is_alive(at: datetime) -> Q:
    """A clock that still waited for its event; a breached one waits on."""
    return Q(started_at__lte=at) & (Q(ended_at=None) | Q(ended_at__gt=at))


@dataclass(frozen=True, slots=True)
class Stand:
    """An open handoff at a moment, and the clock that runs out first of those alive (None without one)."""

    pk: int
    phase: str
    since: datetime
    lane: int
    clock: int | None = None
    kind: str = ""
    due: datetime | None = None
    sla: str = NO_CLOCK

    @property
    def order(self) -> tuple[bool, datetime, int]:
        """Nearest due first, those without a clock last."""
        return self.due is None, self.due or self.since, self.pk


STAND = (
    "pk", "phase", "phase_since", "lane", "clocks__pk", "clocks__kind", "clocks__due_at", "clocks__risk_at",
    "clocks__started_at", "clocks__ended_at",
)  # fmt: skip


def stands(handoffs: QuerySet[Handoff], at: datetime, *, is_live: bool) -> list[Stand]:
    """The open ones among these handoffs of `handoffs_at`, nearest due first; one statement."""
    rows: Iterable[tuple[Any, ...]] = handoffs.filter(is_open(at, is_live=is_live)).values_list(*STAND)
    found: dict[int, Stand] = {}
    for pk, phase, since, lane, clock, kind, due, risk, started, ended in rows:
        one = Stand(pk, phase, since, lane)
        is_ours = kind != Clock.ANSWER  # marketing's promise is no deadline of the rep
        if is_ours and due is not None and started <= at and (ended is None or ended > at):
            one = Stand(pk, phase, since, lane, clock, kind, due, sla_at(due, risk, at))
        if pk not in found or one.order < found[pk].order:
            found[pk] = one
    return sorted(found.values(), key=lambda one: one.order)


def sla_at(due: datetime, risk: datetime | None, at: datetime) -> str:
    """Exactly at its due time a clock is still in time (PRODUCT 6)."""
    if due < at:
        return OVERDUE
    return AT_RISK if risk is not None and risk <= at else IN_TIME


def result_at(at: datetime) -> Case:
    """What became of a clock by `at`: met, met late, breached, else still open or stopped in time.

    A clock whose due time passed is breached whether anybody noticed by then or not.
    """
    ended = Q(ended_at__lte=at)
    return Case(
        When(ended & Q(state=Clock.MET), then=Value(MET)),
        When(ended & Q(state=Clock.MET_LATE), then=Value(MET_LATE)),
        When(ended & Q(state=Clock.CANCELLED), then=Value("")),
        When(due_at__lt=at, then=Value(BREACHED)),
        When(started_at__lte=at, then=Value(RUNNING)),
        default=Value(""),
        output_field=CharField(),
    )


def day_bounds(first: date, last: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """From midnight of the first day to midnight after the last, in the reader's zone."""
    begins = datetime.combine(first, time(), zone)
    return begins, datetime.combine(last + timedelta(days=1), time(), zone)


def age_bounds(age: str, hours: Calendar, at: datetime) -> tuple[datetime | None, datetime | None]:
    """The moments between which something came that is `age` business days old at `at`: from, before."""
    least, beyond = AGES[age]
    days = open_days_back(hours, at, beyond or least)
    starts_at = [datetime.combine(day, time(), hours.timezone) for day in days]
    since = starts_at[beyond - 1] if beyond else None
    before = starts_at[least - 1] if least else None
    return since, before


def open_days_back(hours: Calendar, at: datetime, count: int) -> list[date]:
    """The last `count` local days, counting back from the day of `at`, on which the calendar opens."""
    day, found = at.astimezone(hours.timezone).date(), []
    for _ in range(count * 30 + 30):
        begins, ends = day_bounds(day, day, hours.timezone)
        if hours.elapsed(begins, ends):
            found.append(day)
        if len(found) == count:
            return found
        day -= timedelta(days=1)
    return found + [day] * (count - len(found))
