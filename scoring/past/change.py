"""Why a score changed between two moments: the difference, split exactly (docs/decisions/0051).

The inputs of the earlier score are replaced by those of the later one, in the order of `PARTS`, and each
part is what the score gained by its replacement. So the parts add up to the difference, to the last digit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from math import ceil, fsum
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from scoring.engine import Event, Facts, Line, Model, Score, points_only, score

MODEL, CORRECTION, MERGE, REACTION, TIME = PARTS = ("model", "correction", "merge", "reaction", "time")
MOST = 100  # with more events than this, neighbours are one step
NESTED = ("company", "attributes")
LONG_AGO = datetime.min.replace(tzinfo=UTC)

Path = tuple[str, ...]
One = TypeVar("One")


@dataclass(frozen=True)
class Known:
    """One side of a comparison: the model in force at a moment, and what was known of the lead by then."""

    model: Model
    facts: Facts
    at: datetime


class Points(NamedTuple):
    """A difference of scores: whole points of readiness, and the exact halves behind them."""

    readiness: int
    fit: float
    interest: float


class Share(NamedTuple):
    """What one rule had of a step: its id, `response`, or `clip` for what the most of a half cut off."""

    rule: str
    hundredths: int


@dataclass(frozen=True)
class Step:
    """What one replacement gained.

    `code`: `model`, `field` (of `path`), `received` (the lead came in), `late`, `voided`, `machine`,
    `human`, `changed`, `gone` (corrections of events), `event` (something new) or `time`. `rules` are
    the interest rules that mean its events; `hundredths` its exact points as printed, adding up too.
    `shares` split the hundredths of time by rule, to the last of them.
    """

    part: str
    code: str
    points: Points
    hundredths: int
    at: datetime | None = None
    path: str = ""
    old: Any = None
    new: Any = None
    events: tuple[Event, ...] = ()
    rules: tuple[str, ...] = ()
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True)
class Part:
    name: str
    points: Points
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Change:
    """The two scores and what lies between them: the points of all parts add up to the difference."""

    before: Score
    after: Score
    parts: tuple[Part, ...]

    @property
    def readiness(self) -> int:
        return self.after.readiness - self.before.readiness


def compare(before: Known, after: Known, *, changed: Mapping[str, datetime] | None = None) -> Change:
    """The way from one score to a later one. `changed`: when a field was corrected last, by its path.

    New events count from when they happened: each is added at its moment, and what the score does
    between those moments is time's part.
    """
    walk = _Walk(before)
    first = walk.score
    walk.go(MODEL, "model", model=after.model)
    _correct_values(walk, after.facts.values, changed or {})
    _correct_events(walk, after.facts.events, before.at)
    _react(walk, after)
    return Change(first, walk.score, tuple(_part(name, walk.steps, walk.faded) for name in PARTS))


class _Walk:
    """A score on its way: every move is scored, and what it gained is written down."""

    def __init__(self, start: Known) -> None:
        happened = [event for event in start.facts.events if event.occurred_at <= start.at]
        self.here = replace(start, facts=Facts(start.facts.values, happened))
        self.score = points_only(start.model, self.here.facts, start.at)
        self.steps: list[Step] = []
        self.faded: dict[str, list[float]] = defaultdict(list)

    def wait(self, until: datetime, *, known: Iterable[Event] | None = None) -> None:
        """Let time pass: what each rule's events lose by it is written down too."""
        before = self._of_rules()
        self.go(TIME, TIME, to=until, known=known)
        after = self._of_rules()
        for rule in before.keys() | after.keys():
            self.faded[rule].append(after.get(rule, 0.0) - before.get(rule, 0.0))

    def _of_rules(self) -> dict[str, float]:
        found: dict[str, list[float]] = defaultdict(list)
        for line in score(self.here.model, self.here.facts, self.here.at).lines:
            if line.rule != "rounding":
                found[_rule_of(line)].append(line.points)
        return {rule: fsum(points) for rule, points in found.items()}

    def go(
        self,
        part: str,
        code: str,
        *,
        model: Model | None = None,
        values: Mapping[str, Any] | None = None,
        known: Iterable[Event] | None = None,
        to: datetime | None = None,
        **said: Any,
    ) -> None:
        """Replace some inputs and write down what that gained; `said` is what a `Step` says of it."""
        before = self.score
        self.put(model=model, values=values, known=known, to=to)
        self.score = points_only(self.here.model, self.here.facts, self.here.at)
        self.steps.append(Step(part, code, *_gained(before, self.score), **said))

    def put(
        self,
        *,
        model: Model | None = None,
        values: Mapping[str, Any] | None = None,
        known: Iterable[Event] | None = None,
        to: datetime | None = None,
    ) -> None:
        """Replace inputs that change no score."""
        old = self.here
        facts = Facts(
            old.facts.values if values is None else values, old.facts.events if known is None else list(known)
        )
        self.here = Known(model or old.model, facts, to or old.at)


def _gained(before: Score, after: Score) -> tuple[Points, int]:
    points = Points(
        after.readiness - before.readiness, after.fit - before.fit, after.interest - before.interest
    )
    return points, _hundredths(after) - _hundredths(before)


def _hundredths(score: Score) -> int:
    return round(100 * (score.fit + score.interest))


def _part(name: str, steps: Iterable[Step], faded: Mapping[str, Sequence[float]]) -> Part:
    """The steps of one part that gained anything; the stretches of time are one."""
    own = [step for step in steps if step.part == name and (any(step.points) or step.hundredths)]
    if name == TIME and own:
        total = sum(step.hundredths for step in own)
        own = [Step(TIME, TIME, _sum(own), total, shares=_shares(faded, total))]
    return Part(name, _sum(own), tuple(own))


def _shares(faded: Mapping[str, Sequence[float]], total: int) -> tuple[Share, ...]:
    """Each rule's part in whole hundredths, the most first; what rounding left over is the first one's."""
    exact = {rule: fsum(points) for rule, points in faded.items()}
    ordered = sorted(exact, key=lambda rule: (-abs(exact[rule]), rule))
    parts = {rule: round(100 * exact[rule]) for rule in ordered}
    if ordered:
        parts[ordered[0]] += total - sum(parts.values())
    return tuple(Share(rule, part) for rule, part in parts.items() if part)


def _rule_of(line: Line) -> str:
    """Whose points a line tells of: what a rule's own most cuts off is the rule's."""
    is_of_a_rule = line.rule == "clip" and line.label not in ("fit", "interest")
    return line.label if is_of_a_rule else line.rule


def _sum(steps: Iterable[Step]) -> Points:
    points = [step.points for step in steps]
    return Points(*(sum(column) for column in zip(*points, strict=True))) if points else Points(0, 0.0, 0.0)


# ---------- corrections ----------


def _correct_values(walk: _Walk, values: Mapping[str, Any], changed: Mapping[str, datetime]) -> None:
    """Field by field in the order of their corrections; a lead that was not known yet comes in at once."""
    if not walk.here.facts.values:
        walk.go(CORRECTION, "received", values=values)
        return
    old, new = dict(_leaves(walk.here.facts.values)), dict(_leaves(values))
    differing = [path for path in {**old, **new} if old.get(path) != new.get(path)]
    flat = dict(old)
    for path in sorted(differing, key=lambda path: (_moment(changed, path) or LONG_AGO, path)):
        flat[path] = new.get(path)
        walk.go(CORRECTION, "field", values=_nested(flat), path=".".join(path), at=_moment(changed, path),
                old=old.get(path), new=new.get(path))  # fmt: skip
    walk.put(values=values)


def _moment(changed: Mapping[str, datetime], path: Path) -> datetime | None:
    """When a field was corrected; with another company all that is known of it came at once."""
    return changed.get(".".join(path)) or changed.get(path[0])


def _leaves(values: Mapping[str, Any], before: Path = ()) -> Iterable[tuple[Path, Any]]:
    for name, value in values.items():
        if name in NESTED and isinstance(value, Mapping):
            yield from _leaves(value, (*before, name))
        else:
            yield (*before, name), value


def _nested(flat: Mapping[Path, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for path, value in flat.items():
        place = values
        for name in path[:-1]:
            place = place.setdefault(name, {})
        place[path[-1]] = value
    return values


def _correct_events(walk: _Walk, events: Iterable[Event], until: datetime) -> None:
    """What is known otherwise now of what had happened by then, in the order of happening."""
    known = {event.id: event for event in walk.here.facts.events}
    new = {event.id: event for event in events if event.occurred_at <= until}
    differing = [
        (_difference(known.get(pk), new.get(pk)), new.get(pk) or known[pk])
        for pk in known.keys() | new.keys()
        if known.get(pk) != new.get(pk)
    ]
    read = [(code, event) for code, event in differing if event.type in walk.here.model.event_types]
    read.sort(key=lambda one: (one[1].occurred_at, one[1].id))
    for code, together in _groups(read, lambda one: one[0]):
        for _, event in together:
            known.pop(event.id, None)
            known |= {event.id: new[event.id]} if event.id in new else {}
        _step(walk, CORRECTION, code, known.values(), [event for _, event in together])
    walk.put(known=new.values())


def _difference(old: Event | None, new: Event | None) -> str:
    if old is None or new is None:
        return "late" if old is None else "gone"
    if old.voided != new.voided:
        return "voided"
    return new.genuine if new.genuine != old.genuine else "changed"


# ---------- what is new, and time ----------


def _react(walk: _Walk, after: Known) -> None:
    begin, model = walk.here.at, after.model
    known = list(walk.here.facts.events)
    fresh = [one for one in after.facts.events if begin < one.occurred_at <= after.at and one.counts]
    read = sorted(
        (one for one in fresh if one.type in model.event_types), key=attrgetter("occurred_at", "id")
    )
    for _, together in _groups(read, lambda one: ""):
        walk.wait(together[-1].occurred_at)
        known = [*known, *together]
        _step(walk, REACTION, "event", known, together)
    walk.wait(after.at, known=after.facts.events)


def _step(walk: _Walk, part: str, code: str, known: Iterable[Event], events: Sequence[Event]) -> None:
    rules = dict.fromkeys(rule for event in events for rule in meant_by(walk.here.model, event))
    walk.go(part, code, known=known, events=tuple(events), rules=tuple(rules), at=events[-1].occurred_at)


def meant_by(model: Model, event: Event) -> list[str]:
    """The interest rules that mean an event, by their ids."""
    return [rule.id for _, rule in model.rules_of.get(event.type, ()) if rule.pattern.fits(event)]


def _groups(items: Sequence[One], key: Callable[[One], str]) -> list[tuple[str, list[One]]]:
    """Each by itself; where there are too many, neighbours of one kind together."""
    if len(items) <= MOST:
        return [(key(one), [one]) for one in items]
    size = ceil(len(items) / MOST)
    return [
        (kind, same[place : place + size])
        for kind, found in groupby(sorted(items, key=key), key)
        for same in [list(found)]
        for place in range(0, len(same), size)
    ]
