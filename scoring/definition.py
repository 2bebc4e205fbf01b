"""When a lead is ready for sales: the agreed definition, asked of one lead at one moment (PRODUCT 5).

It holds when all of `require` hold, nothing of `exclude` does, and either the minimums are met or one
fast-track group is complete. After a send-back, interest and fast track count only what happened since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from leads import readiness_classes
from leads.predicate_tests import is_empty
from leads.predicates import reader
from scoring.engine import Event, Facts, Model, Score, points_only, rounded, since
from scoring.fast_track import first_complete
from scoring.rules import Definition
from scoring.shelf_life import TIE

__all__ = [
    "Condition",
    "Verdict",
    "class_code",
    "gate",
    "judge",
    "leaves",
    "missing",
    "plain_class",
    "still_holds",
]

Level = Literal["block", "warn"]
Trigger = Literal["score", "fast_track"]


class Condition(NamedTuple):
    """One line of the checklist.

    `code` is `require`, `exclude`, `new_reaction`, `min_readiness`, `min_fit` or `min_interest`;
    `needed` what the playbook asks (tests of a path, the predicate of an exclude, a minimum), `actual`
    what there is; `detail` the path of a require, the place of an exclude (from 0).
    `level` is set by `gate` only.
    """

    code: str
    passed: bool
    needed: Any
    actual: Any
    detail: str | int | None = None
    level: Level | None = None


class _Checklist(NamedTuple):
    """The conditions of one lead, each made when somebody asks for it: of a million nobody does.

    `score` is what counts for the minimums; `fresh` (after a send-back): has anything happened since?
    """

    definition: Definition
    values: Mapping[str, Any]
    score: Score
    override: int | None
    fresh: bool | None

    def require(self) -> Iterator[Condition]:
        for one in self.definition.require:
            actual = reader(one.path)(self.values)
            yield Condition("require", one.holds(self.values), one.test, actual, one.path)

    def exclude(self) -> Iterator[Condition]:
        for place, one in enumerate(self.definition.exclude):
            yield Condition("exclude", not one.holds(self.values), one.when, None, place)

    def enough(self) -> Iterator[Condition]:
        if self.fresh is not None:
            yield Condition("new_reaction", self.fresh, True, self.fresh)
        for code, needed, actual in _minimums(self.definition, self.score, self.override):
            yield Condition(code, not _below(actual, needed), needed, actual)


class Verdict(NamedTuple):
    """What the definition says, and each condition it looked at.

    `group`: the complete fast-track group (place from 0), also when something else forbids the move.
    `excluded_by`: the first exclude that holds, `instead` its consequence (`tell_owner`).
    `incomplete_group`: a group that is complete while a `require` fails: a task for marketing.
    `since_score`: after a send-back, the score of what happened since; else None.
    `valid_until`: until when time alone cannot change any of this.
    """

    holds: bool
    trigger: Trigger | None
    group: int | None
    excluded_by: int | None
    instead: str | None
    incomplete_group: int | None
    since_score: Score | None
    valid_until: datetime
    checklist: _Checklist | None

    @property
    def conditions(self) -> tuple[Condition, ...]:
        asked = self.checklist
        return () if asked is None else (*asked.require(), *asked.exclude(), *asked.enough())


def judge(
    model: Model,
    facts: Facts,
    score: Score,
    at: datetime,
    *,
    sent_back_at: datetime | None = None,
    override: int | None = None,
) -> Verdict:
    """Does the definition hold? `score` is the lead's score at `at` for these facts.

    `sent_back_at` is the moment of the last send-back; then `facts` must also hold the reactions after
    it of types the model does not read. `override` is a person's readiness while it lasts.
    """
    counted, events = score, facts
    if sent_back_at is not None:
        events = since(facts, sent_back_at)
        counted = points_only(model, events, at)
    fresh = sent_back_at is None or _has_reaction(events, at)
    definition = model.definition
    if definition is None:
        return Verdict(False, None, None, None, None, None, None, score.valid_until, None)
    asked = _Checklist(
        definition, facts.values, counted, override, fresh=None if sent_back_at is None else fresh
    )
    group = first_complete(definition, events.events, at) if fresh else None
    return _verdict(asked, group, score)


def leaves(
    model: Model,
    facts: Facts,
    score: Score,
    at: datetime,
    *,
    entered_by: str,
    override: int | None = None,
) -> Literal["exclude", "hysteresis"] | None:
    """Why a lead at `mql` whose handoff nobody accepted goes back by itself, or None.

    `entered_by` is the handoff's trigger: `score`, `fast_track`, `wake`, `person` or `import`. Who was
    put there by a person, an import or a wake never leaves by itself.
    """
    definition = model.definition
    if definition is None or entered_by not in ("score", "fast_track"):
        return None
    if any(exclude.holds(facts.values) for exclude in definition.exclude):
        return "exclude"
    if entered_by != "score" or first_complete(definition, facts.events, at) is not None:
        return None
    readiness = score.readiness if override is None else override
    fell = _below(readiness, definition.leave_below) or _below(
        score.interest, definition.leave_below_interest
    )
    return "hysteresis" if fell else None


def gate(
    model: Model,
    facts: Facts,
    score: Score,
    at: datetime,
    *,
    sent_back_at: datetime | None = None,
    override: int | None = None,
) -> list[Condition]:
    """What stands against handing over by hand: only conditions that fail, each with its level.

    `block` refuses; `warn` needs a sentence of the person. A hand-raiser needs no minimums.
    """
    definition = model.definition
    if definition is None:
        return []
    verdict = judge(model, facts, score, at, sent_back_at=sent_back_at, override=override)
    failed = [one for one in verdict.conditions if not one.passed]
    if verdict.group is not None:
        failed = [one for one in failed if not one.code.startswith("min_")]
    levels = [(one, _level(definition, one.code)) for one in failed]
    return [one._replace(level=level) for one, level in levels if level]


def still_holds(
    model: Model,
    events: Sequence[Event],
    at: datetime,
    *,
    fit: float,
    sent_back_at: datetime | None = None,
    override: int | None = None,
) -> bool:
    """Would the definition, which held at `at`, have held with these events instead?

    What the lead was then has not changed: its fit (the exact one of then), `require` and `exclude`.
    """
    definition, counted = model.definition, Facts({}, events)
    if definition is None:
        return False
    if sent_back_at is not None:
        counted = since(counted, sent_back_at)
        if not _has_reaction(counted, at):
            return False
    if first_complete(definition, counted.events, at) is not None:
        return True
    interest = points_only(model, counted, at).interest
    return _are_reached(definition, Score(rounded(fit + interest), fit, interest, (), at), override)


def missing(model: Model, facts: Facts) -> tuple[str, ...]:
    """The fields of `complete` that are empty; none: the handoff counts as complete."""
    paths = model.definition.complete if model.definition else ()
    return tuple(path for path in paths if is_empty(reader(path)(facts.values)))


def plain_class(model: Model, score: Score) -> tuple[bool, bool]:
    """Which of the four plain classes: (fit is high, interest is high), cut by `classes`."""
    fit, interest = model.classes.get("fit", 0), model.classes.get("interest", 0)
    return not _below(score.fit, fit), not _below(score.interest, interest)


def class_code(model: Model, score: Score) -> str:
    """The plain class as a word, by the exact halves: `now`, `future`, `nurture` or `out`."""
    return readiness_classes.BY_HEIGHT[plain_class(model, score)]


def _verdict(asked: _Checklist, group: int | None, score: Score) -> Verdict:
    """What costs least is asked first: nearly all of a million leads fall short of a minimum."""
    definition, values = asked.definition, asked.values
    is_up = group is not None or (
        asked.fresh is not False and _are_reached(definition, asked.score, asked.override)
    )
    required = is_up and all(one.holds(values) for one in definition.require)
    excluded_by = next((place for place, one in enumerate(definition.exclude) if one.holds(values)), None)
    holds = required and excluded_by is None
    reached: Trigger = "score" if group is None else "fast_track"
    return Verdict(
        holds=holds,
        trigger=reached if holds else None,
        group=group,
        excluded_by=excluded_by,
        instead=None if excluded_by is None else definition.exclude[excluded_by].instead,
        incomplete_group=group if excluded_by is None and not required else None,
        since_score=None if asked.score is score else asked.score,
        valid_until=min(score.valid_until, asked.score.valid_until),
        checklist=asked,
    )


def _minimums(
    definition: Definition, score: Score, override: int | None
) -> tuple[tuple[str, float, float], ...]:
    """Each minimum: its code, what is needed and what there is."""
    readiness = score.readiness if override is None else override
    return (
        ("min_readiness", definition.min_readiness, readiness),
        ("min_fit", definition.min_fit, score.fit),
        ("min_interest", definition.min_interest, score.interest),
    )


def _are_reached(definition: Definition, score: Score, override: int | None) -> bool:
    return not any(_below(actual, needed) for _, needed, actual in _minimums(definition, score, override))


def _has_reaction(facts: Facts, at: datetime) -> bool:
    return any(one.direction == "reaction" and one.counts and one.occurred_at <= at for one in facts.events)


def _below(actual: float, least: float | None) -> bool:
    """Float noise is not a difference: 19.9999999999 has reached 20."""
    return least is not None and actual < least - TIE


def _level(definition: Definition, code: str) -> Level | None:
    if code in definition.block:
        return "block"
    return "warn" if code in definition.warn else None
