"""The most a score can become by time alone: a bound that is cheap to ask and never too low.

Without a new fact what is good only fades, and what is bad can at best be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from scoring.rules import Definition, Event, InterestRule, Model, Response

ROOM = 1.0  # rounding gives at most half a point, floats far less


def interest(model: Model, events: Iterable[Event], at: datetime) -> float:
    """No interest from `at` on is more, whatever the moment; an event ahead counts in full."""
    sums: dict[int, float] = {}
    response, actions = model.response, 0
    for event in events:
        if not event.counts:
            continue
        if response is not None and event.type in response.actions:
            actions += 1
        for place, rule in model.rules_of.get(event.type, ()):
            if rule.points > 0:
                sums[place] = sums.get(place, 0.0) + _worth(rule, event, at)
    return min(model.interest_max, _bounded(model, sums) + _answers(response, actions))


def falls_short(definition: Definition, *, fit: float, interest: float) -> bool:
    """Certainly below a minimum with at most so much of each."""
    return (
        fit < definition.min_fit - ROOM
        or interest < definition.min_interest - ROOM
        or fit + interest < definition.min_readiness - ROOM
    )


def may_raise_a_hand(definition: Definition, events: Iterable[Event]) -> bool:
    """Is there something for each part of a fast-track group, at whatever time?"""
    told: dict[str, list[Event]] = {}
    for event in events:
        if event.counts:
            told.setdefault(event.type, []).append(event)
    return any(
        all(any(part.fits(one) for one in told.get(part.type, ())) for part in track.patterns)
        for track in definition.tracks
    )


def _worth(rule: InterestRule, event: Event, at: datetime) -> float:
    age = (at - event.occurred_at).total_seconds()
    if age <= 0:
        return rule.points
    if rule.window is not None and age >= rule.window.total_seconds():
        return 0.0
    return rule.points if rule.half_life is None else float(rule.points * 2.0 ** (-age / rule.half_life))


def _bounded(model: Model, sums: Mapping[int, float]) -> float:
    rules = model.interest_rules
    return sum(total if (most := rules[at].max) is None else min(total, most) for at, total in sums.items())


def _answers(response: Response | None, actions: int) -> float:
    """Only our own actions open the way to these points."""
    if response is None:
        return 0.0
    is_open = response.min_actions is not None and actions >= response.min_actions
    is_silent = response.silent_after is not None and actions >= response.silent_after
    answered = max(0.0, response.points) if is_open else 0.0
    return answered + (max(0.0, response.silent_points) if is_silent else 0.0)
