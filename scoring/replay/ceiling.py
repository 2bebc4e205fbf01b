"""The most a score can become by time alone: a bound that is cheap to ask and never too low.

Without a new fact what is good only fades, and what is bad can at best be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from scoring.genuineness import HUMAN
from scoring.rules import Definition, Event, InterestRule, Model, Response, Track

ROOM = 1.0  # rounding gives at most half a point, floats far less


class Ceiling:
    """No interest from `at` on is more than `interest`; an event ahead counts in full."""

    __slots__ = ("_actions", "_model", "_reactions", "_sums")

    def __init__(self, model: Model, events: Iterable[Event], at: datetime) -> None:
        self._model, self._sums, self._actions, self._reactions = model, dict[int, float](), 0, 0
        for event in events:
            self.add(event, at)

    def add(self, event: Event, at: datetime) -> None:
        """One more; `at` is when it becomes known, and those before fade on without being looked at again."""
        if event.genuine != HUMAN or event.voided:
            return
        model, kind = self._model, event.type
        response = model.response
        if response is not None and _may_be_inside(response, event, at):
            self._actions += kind in response.actions
            self._reactions += kind in response.reactions
        for place, rule in model.rules_of.get(kind, ()):
            if rule.points > 0:
                self._sums[place] = self._sums.get(place, 0.0) + _worth(rule, event, at)

    @property
    def interest(self) -> float:
        answers = _answers(self._model.response, self._actions, self._reactions)
        return min(self._model.interest_max, _bounded(self._model, self._sums) + answers)


def falls_short(definition: Definition, *, fit: float, interest: float) -> bool:
    """Certainly below a minimum with at most so much of each."""
    return (
        fit < definition.min_fit - ROOM
        or interest < definition.min_interest - ROOM
        or fit + interest < definition.min_readiness - ROOM
    )


def may_raise_a_hand(definition: Definition, events: Sequence[Event], at: datetime) -> bool:
    """Is there something for each part of a fast-track group, from `at` on?"""
    return any(
        all(any(one.type == part.type and _lasts(track, one, at) and part.fits(one) and one.counts
                for one in events) for part in track.patterns)
        for track in definition.tracks
    )  # fmt: skip


def _lasts(track: Track, event: Event, at: datetime) -> bool:
    return at - event.occurred_at < track.within


def _worth(rule: InterestRule, event: Event, at: datetime) -> float:
    if rule.pattern.checks and not rule.pattern.fits(event):
        return 0.0
    age = (at - event.occurred_at).total_seconds()
    if age <= 0:
        return rule.points
    if rule.window is not None and age >= rule.window.total_seconds():
        return 0.0
    return rule.points if rule.half_life is None else float(rule.points * 2.0 ** (-age / rule.half_life))


def _bounded(model: Model, sums: Mapping[int, float]) -> float:
    rules = model.interest_rules
    return sum(total if (most := rules[at].max) is None else min(total, most) for at, total in sums.items())


def _may_be_inside(response: Response, event: Event, at: datetime) -> bool:
    """Now or later: what has left the window does not come back."""
    return response.window is None or at - event.occurred_at < response.window


def _answers(response: Response | None, actions: int, reactions: int) -> float:
    """Only our own actions open the way to these points, and each needs so much of an answer."""
    if response is None or not actions:
        return 0.0
    is_open = response.min_actions is not None and actions >= response.min_actions
    is_silent = response.silent_after is not None and actions >= response.silent_after
    share = min(1.0, reactions / max(1, response.min_actions or 1))
    answered = max(0.0, response.points) * share if is_open else 0.0
    return answered + (max(0.0, response.silent_points) if is_silent else 0.0)
