"""Which handoffs a list shows: the one choice behind every number of the SLA page and the list it opens.

A number counts `HandoffFilter(...).narrow(...)`; its link carries `query()`; the list reads it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from handoff import as_of
from handoff.models import Clock, Handoff
from leads import stages
from leads.models import Calendar, Standing, User

STATES = (*Handoff.OPEN, *Handoff.ENDED)
TODAY, NOBODY, BLANK, ME = "today", "none", "-", "me"
SLA = (as_of.OVERDUE, as_of.AT_RISK, TODAY)
CLOCKS = (Clock.ACCEPT, Clock.FIRST_CONTACT, Clock.PERSISTENCE, Clock.REPORT, Clock.ANSWER)
RESULTS = {
    "decided": (as_of.MET, as_of.MET_LATE, as_of.BREACHED),
    "answered": (as_of.MET, as_of.MET_LATE),
    "late": (as_of.MET_LATE, as_of.BREACHED),
    "met": (as_of.MET,),
    "met_late": (as_of.MET_LATE,),
    "breached": (as_of.BREACHED,),
}
UNANSWERED, LOST = "open", "lost"  # still waiting for its event; ran out, and the handoff ended over it
EXCUSED = "excused"  # later than promised, and excused by a manager
LONGEST = 200


@dataclass(frozen=True)
class HandoffFilter:
    """A choice of handoffs as they stood `at` a moment; nothing else said: all of them.

    `first` and `last` are days of the chain's first offer, both included; `source` "" is the blank one.
    """

    at: datetime
    states: tuple[str, ...] = ()
    lane: int | None = None
    queue: str = ""
    team: str = ""
    rep: int | None = None
    source: str | None = None
    sla: str = ""
    clock: str = ""
    result: str = ""
    first: date | None = None
    last: date | None = None
    age: str = ""
    actor: str = ""
    is_live: bool = field(default=False, compare=False)  # `at` is the present

    def narrow(self, handoffs: QuerySet[Handoff]) -> QuerySet[Handoff]:
        """The rows of a queryset (what somebody may see) that this choice lets through."""
        found = as_of.handoffs_at(handoffs, self.at).filter(*self._conditions())
        if not self.sla:
            return found
        return found.filter(pk__in=[one.pk for one in self.of(self._stands(found))])

    def stands(self, handoffs: QuerySet[Handoff]) -> list[as_of.Stand]:
        """The open ones of this choice as they stood, nearest due first."""
        return self.of(self._stands(as_of.handoffs_at(handoffs, self.at).filter(*self._conditions())))

    def of(self, stands: Iterable[as_of.Stand]) -> list[as_of.Stand]:
        """Those that stood as this choice asks: by their first clock."""
        return [one for one in stands if self._fits(one)]

    def _stands(self, found: QuerySet[Handoff]) -> list[as_of.Stand]:
        return as_of.stands(found, self.at, is_live=self.is_live)

    def _fits(self, one: as_of.Stand) -> bool:
        if self.sla and self.clock and one.kind != self.clock:
            return False
        if self.sla == TODAY:
            begins, ends = today(self.at)
            return one.due is not None and begins <= one.due < ends
        return not self.sla or one.sla == self.sla

    def but(self, **changes: Any) -> HandoffFilter:
        return replace(self, **changes)

    def without(self, name: str) -> HandoffFilter:
        """The same choice with one name taken out."""
        return replace(self, **{name: DEFAULTS[name]})

    @property
    def active(self) -> tuple[str, ...]:
        """The names that narrow anything, in the order they are shown."""
        return tuple(name for name, default in DEFAULTS.items() if getattr(self, name) != default)

    def query(self) -> str:
        """The choice as a query string, one spelling for one meaning, always with its moment."""
        said = QueryDict(mutable=True)
        for name, value in self._written():
            if value is not None and value != "":
                said[name] = str(value)
        return said.urlencode(safe=",:")

    def _written(self) -> Iterator[tuple[str, Any]]:
        yield "state", ",".join(self.states)
        yield from ((name, getattr(self, name)) for name in ("lane", "queue", "team", "rep"))
        yield "source", BLANK if self.source == "" else self.source
        yield from ((name, getattr(self, name)) for name in ("sla", "clock", "result"))
        yield from (("from", self.first), ("to", self.last), ("age", self.age), ("actor", self.actor))
        yield "as_of", self.at.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def _conditions(self) -> Iterator[Q]:
        plain = {
            "phase__in": self.states,
            "lane": self.lane,
            "queue__slug": self.queue,
            "queue__team__slug": self.team,
            "rep": self.rep,
        }
        yield Q(**{path: value for path, value in plain.items() if value not in ((), None, "")})
        if self.source is not None:
            yield Q(lead__source=self.source)
        yield from self._when()
        yield from self._of_clocks()
        if self.actor == NOBODY:
            yield _nobody_next()  # two statements of their own: usually nothing is found

    def _when(self) -> Iterator[Q]:
        zone = timezone.get_current_timezone()
        since = as_of.day_bounds(self.first, self.first, zone)[0] if self.first else None
        before = as_of.day_bounds(self.last, self.last, zone)[1] if self.last else None
        if since or before:
            yield as_of.first_offered(since, before)
        if self.age:
            yield _aged(self.age, self.at)

    def _of_clocks(self) -> Iterator[Q]:
        if self.result == UNANSWERED:  # what still waits belongs to the open ones: an index knows those
            yield as_of.is_open(self.at, is_live=self.is_live)
        if self.result:
            yield Q(pk__in=self._clocks().values("handoff"))
        elif self.clock and not self.sla:
            yield Q(pk__in=Clock.objects.filter(kind=self.clock).values("handoff"))

    def _clocks(self) -> QuerySet[Clock]:
        """The clocks with the result asked for, as of the moment."""
        clocks = Clock.objects.annotate(became=as_of.result_at(self.at))
        if self.clock:
            clocks = clocks.filter(kind=self.clock)
        if self.result == LOST:
            return clocks.filter(state=Clock.BREACHED, ended_at__lte=self.at)
        if self.result == UNANSWERED:
            return clocks.filter(as_of.is_alive(self.at))
        if self.result == EXCUSED:
            return clocks.filter(became__in=RESULTS["late"], excused_at__lte=self.at)
        return clocks.filter(became__in=RESULTS[self.result])


DEFAULTS: dict[str, Any] = {
    one.name: one.default for one in fields(HandoffFilter) if one.name not in ("at", "is_live")
}


def midnight(on: date) -> datetime:
    """When this day begins for the reader."""
    return as_of.day_bounds(on, on, timezone.get_current_timezone())[0]


def today(at: datetime) -> tuple[datetime, datetime]:
    """The reader's day around `at`."""
    on = timezone.localtime(at).date()
    return as_of.day_bounds(on, on, timezone.get_current_timezone())


def bounds_of_ages(at: datetime) -> dict[str, tuple[datetime | None, datetime | None]]:
    """From and before which moments each age reaches, by the calendar of the house."""
    house = Calendar.of_the_house()
    if house is None:
        return {age: (None, None) for age in as_of.AGES}
    return {age: as_of.age_bounds(age, house.hours, at) for age in as_of.AGES}


def _aged(age: str, at: datetime) -> Q:
    since, before = bounds_of_ages(at)[age]
    return (Q(phase_since__gte=since) if since else Q()) & (Q(phase_since__lt=before) if before else Q())


def _nobody_next() -> Q:
    """The last handoff of an open lead in sales' hands that has nobody to act next, or no date.

    It says what is so now, whatever `at`: who acts next is kept for the present only.
    """
    held = Standing.objects.filter(
        stage__in=stages.IN_SALES_HANDS, lead__outcome=None, lead__merged_into=None
    )
    alone = held.filter(Q(next_actor=None) | Q(next_due_at=None)).values_list("lead", flat=True)
    last = Handoff.objects.filter(lead__in=list(alone)).values("lead").annotate(last=Max("pk"))
    return Q(pk__in=list(last.order_by().values_list("last", flat=True)))


@dataclass
class Reading:
    """What a query string says, and the parameters in it that could not be read."""

    chosen: HandoffFilter
    problems: list[str]


def read(params: QueryDict, *, user: User, now: datetime) -> Reading:
    """The choice of a query string; what is not understood is left out and named."""
    reader = _Reader(params)
    month = reader.month()
    chosen = HandoffFilter(
        at=reader.moment("as_of", now),
        states=reader.states(),
        lane=reader.number("lane"),
        queue=reader.text("queue"),
        team=reader.text("team"),
        rep=int(user.pk) if reader.text("rep") == ME else reader.number("rep"),
        source=reader.source(),
        sla=reader.choice("sla", SLA),
        clock=reader.choice("clock", CLOCKS),
        result=reader.choice("result", (*RESULTS, UNANSWERED, LOST, EXCUSED)),
        first=month[0] if month else reader.day("from"),
        last=month[1] if month else reader.day("to"),
        age=reader.choice("age", tuple(as_of.AGES)),
        actor=reader.choice("actor", (NOBODY,)),
        is_live=not params.get("as_of"),
    )
    return Reading(chosen, reader.problems)


class _Reader:
    """Reads parameters one by one; each refusal is noted, none stops the others."""

    def __init__(self, params: QueryDict) -> None:
        self.params = params
        self.problems: list[str] = []

    def text(self, name: str) -> str:
        value = self.params.get(name, "").strip()
        if len(value) > LONGEST or not value.isprintable():
            return self.refuse(name)
        return value

    def refuse(self, name: str) -> str:
        self.problems.append(name)
        return ""

    def choice(self, name: str, known: tuple[str, ...]) -> str:
        value = self.text(name)
        return value if not value or value in known else self.refuse(name)

    def states(self) -> tuple[str, ...]:
        said = set(self.text("state").split(",")) - {""}
        if said - set(STATES):
            self.refuse("state")
        return tuple(one for one in STATES if one in said)

    def number(self, name: str) -> int | None:
        value = self.text(name)
        if value and not (value.isascii() and value.isdigit() and len(value) <= 18):
            self.refuse(name)
            return None
        return int(value) if value else None

    def source(self) -> str | None:
        value = self.text("source")
        return ("" if value == BLANK else value) if value else None

    def day(self, name: str) -> date | None:
        value = self.text(name)
        try:
            return _within_reason(date.fromisoformat(value)) if value else None
        except ValueError:
            self.refuse(name)
            return None

    def month(self) -> tuple[date, date] | None:
        """`month=2026-11` is its first and last day."""
        value = self.text("month")
        try:
            first = _within_reason(date.fromisoformat(f"{value}-01")) if value else None
        except ValueError:
            self.refuse("month")
            return None
        return (first, last_of_month(first)) if first else None

    def moment(self, name: str, now: datetime) -> datetime:
        """A moment with its offset, not after now."""
        value = self.text(name)
        try:
            said = datetime.fromisoformat(value) if value else now
            _within_reason(said.date())
        except ValueError:
            said = None
        if said is None or said.tzinfo is None:
            self.refuse(name)
            return now
        return min(said, now)


def _within_reason(day: date) -> date:
    """Years a calendar can reckon with."""
    if not 2000 <= day.year < 2200:
        raise ValueError(day)
    return day


def last_of_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
