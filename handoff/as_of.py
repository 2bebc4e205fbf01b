"""Handoffs and clocks as they stood at a moment, rebuilt from what is written on them (PRODUCT 7).

Nothing here reads the present state alone: the same moment gives the same numbers whenever it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.db.models import Case, CharField, DateTimeField, F, OuterRef, Q, QuerySet, Subquery, Value, When
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
    """What existed at `at`, with `phase` and `phase_since` of then and the chain's `first_offer`."""
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
        first_offer=first_offer(),
    )


def first_offer(path: str = "") -> Coalesce:
    """When the chain of a handoff was first offered; a reassigned chain belongs to that day."""
    places = ("previous__" * back for back in range(LONGEST_CHAIN - 1, -1, -1))
    return Coalesce(*(F(f"{path}{place}offered_at") for place in places))


def is_open(at: datetime) -> Q:
    return Q(created_at__lte=at) & (Q(ended_at=None) | Q(ended_at__gt=at))


def is_alive(at: datetime) -> Q:
    """A clock that still waited for its event; a breached one waits on."""
    return Q(started_at__lte=at) & (Q(ended_at=None) | Q(ended_at__gt=at))


def with_first_clock(handoffs: QuerySet[Handoff], at: datetime) -> QuerySet[Handoff]:
    """Adds the clock that ran out first of those alive at `at`: `first_clock`, `_kind`, `_due`, and `sla`."""
    alive = Clock.objects.filter(is_alive(at), handoff=OuterRef("pk"), due_at__isnull=False)
    alive = alive.order_by("due_at", "pk")
    return handoffs.annotate(
        first_clock=Subquery(alive.values("pk")[:1]),
        first_kind=Subquery(alive.values("kind")[:1]),
        first_due=Subquery(alive.values("due_at")[:1]),
        first_risk=Subquery(alive.values("risk_at")[:1]),
    ).annotate(
        sla=Case(
            When(first_due=None, then=Value(NO_CLOCK)),
            When(first_due__lt=at, then=Value(OVERDUE)),
            When(first_risk__lte=at, then=Value(AT_RISK)),
            default=Value(IN_TIME),
            output_field=CharField(),
        )
    )


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


def day_bounds(first: date, last: date, zone: object) -> tuple[datetime, datetime]:
    """From midnight of the first day to midnight after the last, in the reader's zone."""
    begins = datetime.combine(first, time(), zone)  # type: ignore[arg-type]
    return begins, datetime.combine(last + timedelta(days=1), time(), zone)  # type: ignore[arg-type]


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
