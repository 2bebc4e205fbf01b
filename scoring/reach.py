"""Which single reaction would bring a lead over the line: tried on the engine (decision 0052)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leads.activity_types import REACTION
from scoring.definition import Verdict, judge
from scoring.engine import Event, Facts, Model, Score, points_only
from scoring.rules import Pattern

LAST = 2**63 - 1  # of one moment and one day, what is tried comes after what was told
POINTS = ("min_readiness", "min_interest", "new_reaction")  # what a reaction can bring


@dataclass(frozen=True)
class Try:
    """One reaction as if it happened now: what it brings, and the fast-track group it completes (from 0).

    After a send-back `gain` and `readiness` are those of what happened since.
    """

    pattern: Pattern
    rule: str | None
    gain: int
    readiness: int
    group: int | None


@dataclass(frozen=True)
class Reach:
    """Each of `enough` makes the definition hold by itself, the least first.

    `strongest` is set when points alone are missing and no single reaction brings them.
    """

    enough: tuple[Try, ...] = ()
    strongest: Try | None = None


def reach(
    model: Model,
    facts: Facts,
    at: datetime,
    *,
    directions: Mapping[str, str],
    sent_back_at: datetime | None = None,
    override: int | None = None,
) -> Reach:
    """What would be enough for a lead that is not ready. `directions`: reaction or action, by type."""
    said: dict[str, Any] = {"sent_back_at": sent_back_at, "override": override}
    before = _counted(model, facts, at, said)[0]
    enough, rest = [], []
    for rule, pattern in _patterns(model, directions):
        event = example(pattern, at)
        if event is None:
            continue
        known = Facts(facts.values, [*facts.events, event])
        score, verdict = _counted(model, known, at, said)
        one = Try(pattern, rule, score.readiness - before.readiness, score.readiness, verdict.group)
        if verdict.holds:
            enough.append(one)
        elif all(each.passed or each.code in POINTS for each in verdict.conditions):
            rest.append(one)
    strongest = max(rest, key=lambda one: one.gain, default=None)
    least = sorted(enough, key=lambda one: one.gain)
    return Reach(tuple(least), strongest if not enough and strongest and strongest.gain > 0 else None)


def _counted(model: Model, facts: Facts, at: datetime, said: Mapping[str, Any]) -> tuple[Score, Verdict]:
    """The score that the definition counts (after a send-back of what is new), and what it says."""
    score = points_only(model, facts, at)
    verdict = judge(model, facts, score, at, **said)
    return verdict.since_score or score, verdict


def example(pattern: Pattern, at: datetime) -> Event | None:
    """An event that this pattern means, at a moment; None where it asks for more than can be made up."""
    asks = pattern.asks
    event = Event(
        LAST,
        pattern.type,
        REACTION,
        at,
        campaign=asks.get("campaign"),
        content=str(asks.get("content") or ""),
        url=str(asks.get("url_prefix") or ""),
        data=_data(asks.get("where") or {}),
    )
    return event if pattern.fits(event) else None


def _patterns(model: Model, directions: Mapping[str, str]) -> Iterable[tuple[str | None, Pattern]]:
    """The reactions that rules give points for, and those of fast-track groups; each once."""
    rules: list[tuple[str | None, Pattern]] = [
        (rule.id, rule.pattern) for rule in model.interest_rules if rule.points > 0
    ]
    tracks = model.definition.tracks if model.definition else ()
    parts: list[tuple[str | None, Pattern]] = [(None, one) for track in tracks for one in track.patterns]
    seen: set[str] = set()
    for rule, pattern in (*rules, *parts):
        key = repr(
            [
                pattern.type,
                *(pattern.asks.get(name) for name in ("where", "campaign", "content", "url_prefix")),
            ]
        )
        if key not in seen and directions.get(pattern.type, REACTION) == REACTION:
            seen.add(key)
            yield rule, pattern


def _data(where: Mapping[str, Any]) -> dict[str, Any]:
    """Data of which a predicate holds, where it asks for one value or one of several."""
    data: dict[str, Any] = {}
    for path, tests in where.items():
        *way, last = path.split(".")
        if way[:1] != ["data"] or not isinstance(tests, Mapping):
            continue
        place = data
        for name in way[1:]:
            place = place.setdefault(name, {})
        place[last] = _value(tests)
    return data


def _value(tests: Mapping[str, Any]) -> Any:
    for name in ("is", "in", "contains_any", "has_word", "starts_with", "gte"):
        if name in tests:
            wanted = tests[name]
            return wanted[0] if isinstance(wanted, list) else wanted
    return "x" if tests.get("present") else None
