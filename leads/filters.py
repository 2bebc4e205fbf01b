"""Which leads a list shows: one filter for page, API and export.

`read` takes a query string by an allow-list; what it cannot read it names instead of guessing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import QueryDict

from leads import identity, readiness_classes, stages
from leads.models import User
from leads.models.standing import StandingQuerySet

BLANK, NOBODY, ME = "-", "none", "me"
OVERDUE, AT_RISK, IN_TIME, NO_CLOCK = "overdue", "risk", "ok", "none"
SLA = (OVERDUE, AT_RISK, IN_TIME, NO_CLOCK)
DEFAULT_ORDER = "-readiness"
ORDERS = ("-readiness", "readiness", "next_due_at", "id", "-id")
LONGEST_TEXT = 200
LONGEST_ID = 18  # digits; more would not fit the database's integers
ALIASES = {"src": "source", "sort": "ordering"}
PARAMETERS = frozenset(
    {"stage", "source", "class", "ready", "readiness_min", "owner", "queue", "q", "sla", "ordering", *ALIASES}
)


@dataclass(frozen=True)
class Problem:
    """A value that was left out of account: `parameter` as the caller wrote it, and why.

    Codes: unknown_choice, not_a_number, out_of_range, too_long, unreadable.
    """

    parameter: str
    code: str
    value: str


@dataclass(frozen=True)
class LeadFilter:
    """A choice of leads. Names are AND, values of one name are OR; nothing said: every lead.

    `sources` holds "" for leads without a source; `owner` is a user's id or NOBODY; `ready` are the
    lowest and highest readiness, both included.
    """

    stages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    ready: tuple[int | None, int | None] = (None, None)
    owner: int | str | None = None
    queue: int | None = None
    text: str = ""
    sla: tuple[str, ...] = ()
    ordering: str = DEFAULT_ORDER

    def narrow(self, standings: StandingQuerySet, *, now: datetime) -> StandingQuerySet:
        """The rows of a queryset (what somebody may see) that this filter lets through."""
        return standings.filter(*self._conditions(now))

    def without(self, name: str) -> LeadFilter:
        """The same filter with one name taken out."""
        return replace(self, **{name: DEFAULTS[name]})

    @property
    def active(self) -> tuple[str, ...]:
        """The names that narrow anything, in the order they are shown."""
        return tuple(
            name for name in DEFAULTS if name != "ordering" and getattr(self, name) != DEFAULTS[name]
        )

    def query(self) -> str:
        """The filter as a query string, one spelling for one meaning; "" when it says nothing."""
        said = QueryDict(mutable=True)
        for name, values in self._written():
            if values:
                said.setlist(name, values)
        return said.urlencode(safe=",@")

    def _written(self) -> Iterator[tuple[str, list[str]]]:
        low, high = ("" if end is None else str(end) for end in self.ready)
        yield "stage", [",".join(self.stages)] if self.stages else []
        yield "source", [one or BLANK for one in self.sources]
        yield "class", [",".join(self.classes)] if self.classes else []
        yield "ready", [f"{low}-{high}"] if self.ready != (None, None) else []
        yield "owner", [str(self.owner)] if self.owner is not None else []
        yield "queue", [str(self.queue)] if self.queue is not None else []
        yield "q", [self.text] if self.text else []
        yield "sla", [",".join(self.sla)] if self.sla else []
        yield "ordering", [self.ordering] if self.ordering != DEFAULT_ORDER else []

    def _conditions(self, now: datetime) -> Iterator[Q]:
        if self.stages:
            yield _one_of("stage", self.stages)
        if self.sources:
            yield _one_of("source", self.sources)
        if self.classes:
            yield _one_of("readiness_class", self.classes)
        low, high = self.ready
        if low is not None:
            yield Q(readiness__gte=low)
        if high is not None:
            yield Q(readiness__lte=high)
        if self.owner is not None:
            yield Q(owner=None if self.owner == NOBODY else self.owner)
        if self.queue is not None:
            yield Q(queue_id=self.queue)
        if self.sla:
            yield _any_of([_sla(state, now) for state in self.sla])
        if self.text:
            yield from _found_by(self.text)


DEFAULTS: dict[str, Any] = {one.name: one.default for one in fields(LeadFilter)}


@dataclass
class Reading:
    """What a query string says, and what in it could not be read."""

    chosen: LeadFilter = field(default_factory=LeadFilter)
    problems: list[Problem] = field(default_factory=list)


def read(params: QueryDict, *, user: User) -> Reading:
    """The filter of a query string; `me` is `user`. Parameters nobody knows are none of its business."""
    reader = _Reader(params)
    chosen = LeadFilter(
        stages=reader.choices("stage", stages.STAGES),
        sources=reader.sources(),
        classes=reader.choices("class", readiness_classes.ALL),
        ready=reader.ready(),
        owner=reader.owner(user),
        queue=reader.identifier("queue"),
        text=reader.text("q"),
        sla=reader.choices("sla", SLA),
        ordering=reader.choice("ordering", ORDERS) or DEFAULT_ORDER,
    )
    return Reading(chosen, reader.problems)


class _Reader:
    """Reads parameters one by one; each refusal is noted, none stops the others."""

    def __init__(self, params: QueryDict) -> None:
        self.given: dict[str, list[str]] = {}
        self.problems: list[Problem] = []
        for name, values in params.lists():
            known = self.given.setdefault(ALIASES.get(name, name), [])
            known += [clean for value in values if (clean := self._clean(name, str(value)))]

    def _clean(self, name: str, value: str) -> str:
        value = value.strip()
        if name not in PARAMETERS or not value:
            return ""
        if not value.isprintable() and any(ord(c) < 32 for c in value):
            self.refuse(name, "unreadable", value.encode("unicode_escape").decode())
            return ""
        if len(value) > LONGEST_TEXT:
            self.refuse(name, "too_long", value[:20] + "…")
            return ""
        return value

    def refuse(self, name: str, code: str, value: str) -> None:
        self.problems.append(Problem(name, code, value[:60]))

    def last(self, name: str) -> str:
        """A parameter that has one value; said twice, the later word counts."""
        return (self.given.get(name) or [""])[-1]

    def choices(self, name: str, known: tuple[str, ...]) -> tuple[str, ...]:
        """Comma-separated or repeated values, in the order of the house."""
        said = {part.strip() for value in self.given.get(name, ()) for part in value.split(",")} - {""}
        for stranger in sorted(said - set(known)):
            self.refuse(name, "unknown_choice", stranger)
        return tuple(one for one in known if one in said)

    def choice(self, name: str, known: tuple[str, ...]) -> str:
        value = self.last(name)
        if value and value not in known:
            self.refuse(name, "unknown_choice", value)
            return ""
        return value

    def sources(self) -> tuple[str, ...]:
        """Sources as they are written (they may hold commas); `-` is the blank one."""
        said = ["" if value == BLANK else value for value in self.given.get("source", ())]
        return tuple(dict.fromkeys(said))

    def ready(self) -> tuple[int | None, int | None]:
        """`60-`, `-40`, `20-60` or `60`; `readiness_min` says the lower end by itself."""
        low, high = self._span(self.last("ready"))
        least = self._points("readiness_min", self.last("readiness_min"))
        return (low if least is None else max(least, low or 0)), high

    def _span(self, said: str) -> tuple[int | None, int | None]:
        first, dash, last = said.partition("-")
        low = self._points("ready", first)
        high = self._points("ready", last) if dash else low
        if (first and low is None) or (last and high is None):
            return None, None
        if low is not None and high is not None and low > high:
            self.refuse("ready", "out_of_range", said)
            return None, None
        return low, high

    def _points(self, name: str, value: str) -> int | None:
        if not value:
            return None
        if not (value.isascii() and value.isdigit()):
            self.refuse(name, "not_a_number", value)
        elif len(value) > 3 or int(value) > 100:
            self.refuse(name, "out_of_range", value)
        else:
            return int(value)
        return None

    def owner(self, user: User) -> int | str | None:
        value = self.last("owner")
        if value == ME:
            return int(user.pk)
        return NOBODY if value == NOBODY else self.identifier("owner")

    def identifier(self, name: str) -> int | None:
        value = self.last(name)
        if not value:
            return None
        if value.isascii() and value.isdigit() and len(value) <= LONGEST_ID:
            return int(value)
        self.refuse(name, "not_a_number", value)
        return None

    def text(self, name: str) -> str:
        value = self.last(name)
        return value if identity.search_terms(value) else ""


def _one_of(path: str, values: tuple[Any, ...]) -> Q:
    """Equality where there is one value: an index keeps its order only then."""
    return Q(**{path: values[0]}) if len(values) == 1 else Q(**{f"{path}__in": values})


def _any_of(conditions: list[Q]) -> Q:
    found = conditions[0]
    for one in conditions[1:]:
        found |= one
    return found


def _sla(state: str, now: datetime) -> Q:
    """The nearest clock of a lead; exactly at its due time it is still in time (PRODUCT 6)."""
    if state == NO_CLOCK:
        return Q(clock_due_at=None)
    if state == OVERDUE:
        return Q(clock_due_at__lt=now)
    running = Q(clock_due_at__gte=now)
    at_risk = Q(clock_risk_at__lte=now)
    return running & at_risk if state == AT_RISK else running & ~at_risk


def _found_by(text: str) -> Iterator[Q]:
    """Every term in the search text, or the lead whose number it is."""
    number = identity.search_id(text)
    terms = Q()
    for term in identity.search_terms(text):
        terms &= Q(lead__search_text__contains=term)
    yield terms if number is None else terms | Q(pk=number)
