"""How long an offered lead certainly stays where it is: looks are left out there, and no step is.

While no window ends and nothing bad is forgotten, interest only fades. Whoever would still stay at the end of
such a stretch stays in all of it; otherwise halving it comes near the moment of leaving, from the early side.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scoring.definition import leaves
from scoring.engine import Event, Facts, Model, points_only
from scoring.shelf_life import AT_LEAST

CLOSE = timedelta(days=1)  # from here on each look is taken as in life


def stays_until(model: Model, facts: Facts, at: datetime, before: datetime, *, entered_by: str) -> datetime:
    """No look after `at` and before this moment finds that the lead leaves, while nothing is written."""

    def is_gone(moment: datetime) -> bool:
        return (
            leaves(model, facts, points_only(model, facts, moment), moment, entered_by=entered_by) is not None
        )

    turns = [end - AT_LEAST for end in _turns(model, facts, at)]
    stays, gone = at, max(at, min([before, *turns]))
    if not is_gone(gone):
        return gone
    while gone - stays > CLOSE:
        middle = stays + (gone - stays) / 2
        if is_gone(middle):
            gone = middle
        else:
            stays = middle
    return stays


def _turns(model: Model, facts: Facts, at: datetime) -> Iterator[datetime]:
    """Moments from which on a figure may rise again."""
    for event in facts.events:
        if event.counts:
            if event.occurred_at > at:
                yield event.occurred_at
            yield from (event.occurred_at + window for window in _windows(model, event)
                        if at - event.occurred_at < window)  # fmt: skip
            if any(rule.points < 0 for _, rule in model.rules_of.get(event.type, ())):
                yield at


def _windows(model: Model, event: Event) -> Iterator[timedelta]:
    """Of these the end may be good: less is unanswered, or another event takes its place of the day."""
    response = model.response
    if response and response.window and event.type in response.actions | response.reactions:
        yield response.window
    for _, rule in model.rules_of.get(event.type, ()):
        if rule.window and rule.per_day is not None and rule.half_life is not None:
            yield rule.window
