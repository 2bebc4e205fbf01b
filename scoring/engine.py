"""How ready a lead is: one pure function of facts, model and moment (PRODUCT 5).

    readiness = fit + interest, rounded half up once, at the end

The same facts give the same score in any order of arrival, and every score comes with lines that add
up to it and with `valid_until`, the moment from which it may be something else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import floor, fsum, inf
from operator import itemgetter
from typing import Any, NamedTuple

from scoring.fast_track import earliest_end
from scoring.rules import Event, Facts, FitRule, InterestRule, Model, Response
from scoring.shelf_life import AT_LEAST, NEVER, TIE, shelf_life

__all__ = [
    "Event",
    "Facts",
    "Line",
    "Model",
    "Score",
    "figures_only",
    "next_edge",
    "points_only",
    "rounded",
    "score",
    "since",
]

DUST = 1e-12  # a clip smaller than this is float noise, not a clip

Worth = tuple[Event, float]

_order = itemgetter(3, 0)  # (occurred_at, id) of an Event


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the explanation; the points of all lines add up to the readiness.

    `rule` is a rule's id, `response`, `clip` or `rounding`. `label` is a code: the event's type, the
    rule's id, for a clip what was clipped (a rule's id, `fit`, `interest`), for the response rule
    `response` or `silent`. `original` are the points before decay. `half` is fit, interest or total.
    """

    rule: str
    event: int | None
    label: str
    original: float
    points: float
    half: str
    occurred_at: datetime | None = None


class Score(NamedTuple):
    """Readiness (whole points), its exact halves, why, and until when it cannot have changed."""

    readiness: int
    fit: float
    interest: float
    lines: tuple[Line, ...]
    valid_until: datetime


def rounded(points: float) -> int:
    """Half up; what is short of a half by less than 1e-9 goes up too."""
    return floor(points + 0.5 + TIE)


def score(model: Model, facts: Facts, at: datetime) -> Score:
    """The score of a lead at a moment, with its explanation."""
    tally = _Tally(model, facts, at)
    lines = [*_fit_lines(tally), *_interest_lines(tally)]
    lines += _rest("rounding", "rounding", "total", tally.readiness - fsum(line.points for line in lines))
    return Score(tally.readiness, tally.fit, tally.interest, tuple(lines), tally.valid_until())


def points_only(model: Model, facts: Facts, at: datetime) -> Score:
    """The same score without lines: for bulk work."""
    tally = _Tally(model, facts, at)
    return Score(tally.readiness, tally.fit, tally.interest, (), tally.valid_until())


def figures_only(model: Model, facts: Facts, at: datetime) -> Score:
    """The same figures and nothing more, for comparing many: how long they hold is not worked out."""
    tally = _Tally(model, facts, at)
    return Score(tally.readiness, tally.fit, tally.interest, (), at)


def next_edge(
    model: Model, facts: Facts, score: Score, at: datetime, *, sent_back_at: datetime | None = None
) -> datetime:
    """Until when time alone changes neither the score nor any verdict on it; early, never late.

    A person's override has its own end, which the caller knows.
    """
    if sent_back_at is None:
        return score.valid_until
    return min(score.valid_until, points_only(model, since(facts, sent_back_at), at).valid_until)


def since(facts: Facts, moment: datetime) -> Facts:
    """The same lead with only the events that occurred after a moment (a send-back)."""
    return Facts(facts.values, [event for event in facts.events if event.occurred_at > moment])


class _Tally:
    """Everything that counts at one moment, before it is put into lines."""

    def __init__(self, model: Model, facts: Facts, at: datetime) -> None:
        self.model, self.at = model, at
        self.change = NEVER  # the next moment at which time alone adds or removes an event
        self.events = self._happened(facts.events)
        self.fit_rules = _fitting(model, facts.values)
        self.raw_fit = fsum(rule.points for rule in self.fit_rules)
        self.fit = _clip(self.raw_fit, 0.0, model.fit_max)
        self.worths = self._worths()
        self.sums = {place: fsum(worth for _, worth in found) for place, found in self.worths.items()}
        self.answered, self.silent = self._response()
        clipped = [_bounded(model.interest_rules[place], total) for place, total in self.sums.items()]
        self.raw_interest = fsum([*clipped, self.answered, self.silent])
        self.interest = _clip(self.raw_interest, 0.0, model.interest_max)
        self.readiness = rounded(self.fit + self.interest)

    def valid_until(self) -> datetime:
        """Later than `at`, and at most 30 days ahead."""
        definition = self.model.definition
        if definition is not None and (end := earliest_end(definition, self.events, self.at)) is not None:
            self._changes(end)
        return max(self.at + AT_LEAST, min(self.change, self._decays_until()))

    def _decays_until(self) -> datetime:
        steady, decays = self.answered + self.silent, []
        for place, total in self.sums.items():
            rule = self.model.interest_rules[place]
            if rule.half_life is None:
                steady += _bounded(rule, total)
            else:
                decays.append((total, rule.half_life, inf if rule.max is None else rule.max))
        edges, top = self.model.interest_edges, self.model.interest_max
        return shelf_life(self.at, fit=self.fit, top=top, steady=steady, decays=decays, edges=edges)

    def _changes(self, moment: datetime) -> None:
        if moment < self.change:
            self.change = moment

    def _happened(self, events: Sequence[Event]) -> list[Event]:
        """What counts and has happened, in the order of happening; the next one to come is noted."""
        happened, at = [], self.at
        for event in events:
            if event.genuine != "human" or event.voided:
                continue
            if event.occurred_at > at:
                self._changes(event.occurred_at)
            else:
                happened.append(event)
        if len(happened) > 1:
            happened.sort(key=_order)
        return happened

    def _worths(self) -> dict[int, list[Worth]]:
        """Per rule (by its place in the playbook) the events that count for it and their points now."""
        worths: dict[int, list[Worth]] = {}
        rules_of, at = self.model.rules_of, self.at
        self.seen: dict[tuple[int, date], int] = {}
        for event in self.events:
            for place, rule in rules_of.get(event.type, ()):
                if rule.pattern.checks and not rule.pattern.fits(event):
                    continue
                age = at - event.occurred_at
                if rule.window is not None and not self._inside(rule.window, age, event):
                    continue
                if rule.per_day is not None and self._used_up(place, rule.per_day, event):
                    continue
                worth = rule.points
                if rule.half_life is not None:
                    worth *= 2.0 ** (-age.total_seconds() / rule.half_life)
                worths.setdefault(place, []).append((event, worth))
        return worths

    def _inside(self, window: timedelta, age: timedelta, event: Event) -> bool:
        if age >= window:
            return False
        self._changes(event.occurred_at + window)
        return True

    def _used_up(self, place: int, per_day: int, event: Event) -> bool:
        key = place, self._day(event)
        used = self.seen.get(key, 0)
        self.seen[key] = used + 1
        return used >= per_day

    def _day(self, event: Event) -> date:
        return event.occurred_at.astimezone(self.model.zone).date()

    def _response(self) -> tuple[float, float]:
        """Points for answers to what we did, and points for silence."""
        rule = self.model.response
        if rule is None:
            return 0.0, 0.0
        actions = self._type_days(rule.actions, rule)
        if not actions:
            return 0.0, 0.0
        reactions = self._type_days(rule.reactions, rule)
        answered = rule.min_actions is not None and actions >= rule.min_actions
        silent = rule.silent_after is not None and actions >= rule.silent_after and not reactions
        share = min(1.0, reactions / actions)
        return (rule.points * share if answered else 0.0), (rule.silent_points if silent else 0.0)

    def _type_days(self, types: frozenset[str], rule: Response) -> int:
        """How many events of these types, each type at most once a day, inside the window."""
        found: set[tuple[str, date]] = set()
        for event in self.events:
            if event.type not in types:
                continue
            if rule.window is None or self._inside(rule.window, self.at - event.occurred_at, event):
                found.add((event.type, self._day(event)))
        return len(found)


def _fitting(model: Model, values: Mapping[str, Any]) -> list[FitRule]:
    """The rules of fit that count."""
    found = []
    for group in model.fit_groups:
        for rule in group:
            if rule.holds(values):
                found.append(rule)
                break
    return found


def _clip(points: float, least: float, most: float) -> float:
    return min(max(points, least), most)


def _bounded(rule: InterestRule, total: float) -> float:
    return total if rule.max is None else _clip(total, -rule.max, rule.max)


def _fit_lines(tally: _Tally) -> list[Line]:
    counting = [rule for rule in tally.model.fit_rules if rule in tally.fit_rules]  # as in the playbook
    lines = [Line(rule.id, None, rule.id, rule.points, rule.points, "fit") for rule in counting]
    return lines + _rest("clip", "fit", "fit", tally.fit - tally.raw_fit)


def _interest_lines(tally: _Tally) -> list[Line]:
    lines: list[Line] = []
    for place in sorted(tally.worths):
        lines += _rule_lines(tally, place)
    response = tally.model.response
    if response and tally.answered:
        lines.append(Line("response", None, "response", response.points, tally.answered, "interest"))
    if response and tally.silent:
        lines.append(Line("response", None, "silent", tally.silent, tally.silent, "interest"))
    return lines + _rest("clip", "interest", "interest", tally.interest - tally.raw_interest)


def _rule_lines(tally: _Tally, place: int) -> list[Line]:
    rule, total = tally.model.interest_rules[place], tally.sums[place]
    lines = [
        Line(rule.id, event.id, event.type, rule.points, worth, "interest", event.occurred_at)
        for event, worth in tally.worths[place]
    ]
    return lines + _rest("clip", rule.id, "interest", _bounded(rule, total) - total)


def _rest(rule: str, label: str, half: str, points: float) -> list[Line]:
    """A line for what clipping or rounding took or gave; none when it was nothing."""
    return [Line(rule, None, label, points, points, half)] if abs(points) > DUST else []
