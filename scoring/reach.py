"""Who can never become ready: an upper bound that costs a look at the facts and no walk through time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leads.stages import LEAD, MAL, MQL
from scoring.rules import Definition, Model
from scoring.simulation import Past

ROOM = 1.0  # rounding gives at most half a point, floats far less


def out_of_reach(past: Past, model: Model) -> bool:
    """Certainly not moved to or from sales by the machine: maybe too seldom, never wrongly.

    Who was moved by people, has an override, a promised date or stands at `mql` is walked. Of the others
    the most they could ever have is held against the minimums.
    """
    if past.wishes or past.said or past.start.wake_at or past.start.stage == MQL:
        return False
    definition = model.definition
    if definition is None or past.start.stage not in (LEAD, MAL):
        return True
    return not _may_raise_a_hand(past, definition) and _falls_short(past, model, definition)


def most_interest(past: Past, model: Model) -> float:
    """No score of this lead has more: all that is good counts in full, nothing that is bad counts."""
    sums: dict[int, float] = {}
    for one in past.told:
        for place, rule in model.rules_of.get(one.event.type, ()):
            if rule.points > 0:
                sums[place] = sums.get(place, 0.0) + rule.points
    rules, response = model.interest_rules, model.response
    bounded = sum(
        total if (most := rules[at].max) is None else min(total, most) for at, total in sums.items()
    )
    answered = max(0.0, response.points) + max(0.0, response.silent_points) if response else 0.0
    return min(model.interest_max, bounded + answered)


def most_fit(past: Past, model: Model) -> float:
    """No fit of this lead is more, whichever of its values are known and while sales does not have it."""
    stages = (LEAD, MAL) if past.start.stage == LEAD else (past.start.stage,)
    seen = [{**row[1], "stage": stage} for row in past.values for stage in stages]
    return max(_fit(values, model) for values in seen)


def _fit(values: Mapping[str, Any], model: Model) -> float:
    found = sum(rule.points for rule in model.fit_rules if rule.points > 0 and rule.holds(values))
    return min(model.fit_max, found)


def _may_raise_a_hand(past: Past, definition: Definition) -> bool:
    types = {track.patterns[0].type for track in definition.tracks if track.patterns}
    return bool(types) and any(one.event.type in types for one in past.told)


def _falls_short(past: Past, model: Model, definition: Definition) -> bool:
    interest = most_interest(past, model)
    if interest < definition.min_interest - ROOM:
        return True
    if model.fit_max + interest < definition.min_readiness - ROOM:
        return True
    fit = most_fit(past, model)
    return fit < definition.min_fit - ROOM or fit + interest < definition.min_readiness - ROOM
