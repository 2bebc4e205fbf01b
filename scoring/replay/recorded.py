"""One lead's recorded history over a stretch of time, and what of it was known when (decision 0059)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from leads.stages import DISQUALIFIED, IN_SALES_HANDS, MAL, MQL, OPPORTUNITY, PERSON, SAL, SQL
from scoring.engine import Event, Facts, Model, Score
from scoring.genuineness import CLICK, judged
from scoring.rules import FitRule

ACCEPTED = (SAL, SQL, OPPORTUNITY)


class Told(NamedTuple):
    """One activity: since when it is known, and since when it is known to be void."""

    recorded_at: datetime
    event: Event
    voided_at: datetime | None = None


class Wish(NamedTuple):
    """What a person or an import did with the lead. `wake_at`: when it was promised to come back."""

    at: datetime
    start: str
    end: str
    cause: str
    reason: str = ""
    of_handoff: bool = False
    wake_at: datetime | None = None

    @property
    def is_acceptance(self) -> bool:
        return self.of_handoff and self.cause == PERSON and self.start == MQL and self.end in ACCEPTED

    @property
    def is_send_back(self) -> bool:
        """Sales' hands give it back: from now on only something new counts."""
        away = self.end == MAL or (self.end == DISQUALIFIED and self.of_handoff)
        return self.cause == PERSON and self.start in IN_SALES_HANDS and away


class Said(NamedTuple):
    """A person's readiness beside the machine's, while `since <= t < until`."""

    since: datetime
    until: datetime
    readiness: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a lead stands, as far as the machine's next move depends on it.

    `under` are the rules by which the machine brought it to `mql`: an open handoff keeps them.
    """

    stage: str
    trigger: str = ""
    sent_back_at: datetime | None = None
    wake_at: datetime | None = None
    under: Model | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """One lead's recorded history.

    `told` and `values` are ordered by when they became known; `values` are nested as predicates read them,
    each from its moment on. `facts_at`: every moment at which something was written about the lead.
    `start` is where it stood before the stretch began (or was born).
    """

    recorded_at: datetime
    start: Place
    values: Sequence[tuple[datetime, Mapping[str, Any]]]
    told: Sequence[Told] = ()
    facts_at: Sequence[datetime] = ()
    wishes: Sequence[Wish] = ()
    said: Sequence[Said] = ()


class Step(NamedTuple):
    """A change of stage. `score` and `values` are what the machine saw, where it moved the lead."""

    at: datetime
    start: str
    end: str
    cause: str
    trigger: str = ""
    why: str = ""
    score: Score | None = None
    values: Mapping[str, Any] | None = None


class Known:
    """What had been recorded by a moment; asked for moments in order."""

    def __init__(self, past: Past) -> None:
        self.past = past
        self.at = past.recorded_at
        self._row = 0  # the place of the values in force
        self.told = 0  # how many activities are known
        self._events: Sequence[Event] | None = None
        self._values: tuple[int, str, Mapping[str, Any]] | None = None
        self._settled: dict[tuple[int, str, int | None], Model] = {}
        self._voids = sorted(one.voided_at for one in past.told if one.voided_at)
        self._voided = 0

    def advance(self, at: datetime) -> None:
        self.at, rows, told = at, self.past.values, self.past.told
        while self._row + 1 < len(rows) and rows[self._row + 1][0] <= at:
            self._row += 1
        before = (self.told, self._voided)
        while self.told < len(told) and told[self.told].recorded_at <= at:
            self.told += 1
        while self._voided < len(self._voids) and self._voids[self._voided] <= at:
            self._voided += 1
        if before != (self.told, self._voided):
            self._events = None

    @property
    def but_for_new_activities(self) -> tuple[int, int]:
        """The same at two moments: between them nothing became known but activities, if anything."""
        return self._row, self._voided

    def values(self, place: Place) -> Mapping[str, Any]:
        if self._values is None or self._values[:2] != (self._row, place.stage):
            values = {**self.past.values[self._row][1], "stage": place.stage}
            self._values = (self._row, place.stage, values)
        return self._values[2]

    def settled(self, model: Model, place: Place) -> Model:
        """The same rules, with what they say of the fields worked out once: no time changes that."""
        key = (self._row, place.stage, model.version)
        if key not in self._settled:
            values = self.values(place)
            holding = [rule for rule in model.fit_rules if rule.holds(values)]
            rules = tuple(FitRule(rule.id, rule.group, _always, rule.points) for rule in holding)
            self._settled[key] = model.with_fit(rules)
        return self._settled[key]

    def facts(self, model: Model, place: Place) -> Facts:
        """As `facts.load` would have read them: what the model asks for, clicks, and what is new."""
        back = place.sent_back_at
        return Facts(
            self.values(place),
            [
                one
                for one in self.events()
                if one.type in model.event_types
                or one.type == CLICK
                or (back is not None and one.direction == "reaction" and one.occurred_at > back)
            ],
        )

    def events(self) -> Sequence[Event]:
        if self._events is None:
            known = [
                one.event._replace(voided=True) if one.voided_at and one.voided_at <= self.at else one.event
                for one in self.past.told[: self.told]
            ]
            self._events = judged(known)
        return self._events


def known_at(past: Past, at: datetime) -> Facts:
    """Everything that had been recorded by then; the stage is where the stretch began."""
    known = Known(past)
    known.advance(at)
    return Facts(known.values(past.start), known.events())


def _always(values: Mapping[str, Any]) -> bool:
    return True
