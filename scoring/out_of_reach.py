"""Who cannot become ready in a whole stretch: looked at once, instead of walked through time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leads.stages import LEAD, MAL, MQL
from scoring import ceiling
from scoring.rules import Model
from scoring.simulation import Past


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
    events = [one.event for one in past.told]
    if ceiling.may_raise_a_hand(definition, events):
        return False
    interest = ceiling.interest(model, events, past.values[0][0])  # younger than this nothing is known
    if ceiling.falls_short(definition, fit=model.fit_max, interest=interest):
        return True
    return ceiling.falls_short(definition, fit=most_fit(past, model), interest=interest)


def most_fit(past: Past, model: Model) -> float:
    """No fit of this lead is more, whichever of its values are known and while sales does not have it."""
    stages = (LEAD, MAL) if past.start.stage == LEAD else (past.start.stage,)
    return max(_fit({**values, "stage": stage}, model) for _, values in past.values for stage in stages)


def _fit(values: Mapping[str, Any], model: Model) -> float:
    found = sum(rule.points for rule in model.fit_rules if rule.points > 0 and rule.holds(values))
    return min(model.fit_max, found)
