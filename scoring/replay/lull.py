"""How long an offered lead certainly stays where it is: looks are left out there, and no step is.

Between two turns (the end of a window that may raise a figure, an event ahead) interest only fades, unless
something bad is being forgotten. Whoever would still stay at the end of such a stretch stays in all of it;
otherwise halving it comes near the moment of leaving, from the early side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from scoring.definition import leaves
from scoring.engine import Event, Facts, Model, figures_only
from scoring.shelf_life import AT_LEAST

CLOSE = timedelta(days=1)  # from here on each look is taken as in life


def stays_until(model: Model, facts: Facts, at: datetime, before: datetime, *, entered_by: str) -> datetime:
    """No look after `at` and before this moment finds that the lead leaves, while nothing is written."""

    def is_gone(moment: datetime) -> bool:
        return (
            leaves(model, facts, figures_only(model, facts, moment), moment, entered_by=entered_by)
            is not None
        )

    turns = sorted({moment for moment in _turns(model, facts, at) if moment < before})
    if turns and turns[0] <= at:
        return at
    stays = at
    for gone in (*(turn - AT_LEAST for turn in turns), before):
        if is_gone(gone):
            break
        stays = gone
    else:
        return before
    while gone - stays > CLOSE:
        middle = stays + (gone - stays) / 2
        if is_gone(middle):
            gone = middle
        else:
            stays = middle
    return stays


def _turns(model: Model, facts: Facts, at: datetime) -> Iterator[datetime]:
    """Moments from which on a figure may rise again."""
    counted = [one for one in facts.events if one.counts]
    for event in counted:
        if event.occurred_at > at:
            yield event.occurred_at
        if any(rule.points < 0 for _, rule in model.rules_of.get(event.type, ())):
            yield at
    for event, window in (*_unanswered(model, counted), *_next_in_line(model, counted)):
        if at - event.occurred_at < window:
            yield event.occurred_at + window


def _unanswered(model: Model, events: Sequence[Event]) -> Iterator[tuple[Event, timedelta]]:
    """What asks for an answer, or costs points by being one, is better forgotten."""
    response = model.response
    if response is None or response.window is None:
        return
    types = response.actions
    if response.points < 0 or response.silent_points > 0:
        types |= response.reactions
    yield from ((event, response.window) for event in events if event.type in types)


def _next_in_line(model: Model, events: Sequence[Event]) -> Iterator[tuple[Event, timedelta]]:
    """Where more happened in a day than counts, whoever leaves the window makes room for a younger one."""
    for rule in model.interest_rules:
        if rule.window is None or rule.per_day is None or rule.half_life is None:
            continue
        own = [one for one in events if one.type == rule.pattern.type]
        days = Counter(one.occurred_at.astimezone(model.zone).date() for one in own)
        for day, many in days.items():
            if many > rule.per_day:
                yield from (
                    (one, rule.window) for one in own if one.occurred_at.astimezone(model.zone).date() == day
                )
