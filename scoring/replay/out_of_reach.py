"""Who cannot become ready in a whole stretch: looked at once, instead of walked through time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from leads.stages import LEAD, MAL, MQL
from scoring.replay import ceiling
from scoring.replay.recorded import Past
from scoring.rules import Definition, Model


def out_of_reach(past: Past, model: Model, *, since: datetime) -> bool:
    """Certainly not moved to or from sales by the machine from `since` on: maybe too seldom, never wrongly.

    Who was moved by people, has an override, a promised date or stands at `mql` is walked. Of the others
    the most they could ever have is held against the minimums.
    """
    if past.wishes or past.said or past.start.wake_at or past.start.stage == MQL:
        return False
    definition = model.definition
    if definition is None or past.start.stage not in (LEAD, MAL):
        return True
    events = [one.event for one in past.told]
    if ceiling.may_raise_a_hand(definition, events, since):
        return False
    most = ceiling.Ceiling(model, events, since).interest
    if ceiling.falls_short(definition, fit=model.fit_max, interest=most):
        return True
    fit = most_fit(past, model)
    if ceiling.falls_short(definition, fit=fit, interest=most):
        return True
    return stays_short(past, model, definition, fit=fit, since=since)


def stays_short(past: Past, model: Model, definition: Definition, *, fit: float, since: datetime) -> bool:
    """Below a minimum all the way with so much fit: interest peaks when something has just become known.

    What was known before is let fade only where the sum without fading would reach the minimum.
    """
    earlier = [one.event for one in past.told if one.recorded_at < since]
    events, most = earlier, ceiling.Ceiling(model, earlier, since)
    if not ceiling.falls_short(definition, fit=fit, interest=most.interest):
        return False
    for one in past.told[len(earlier) :]:
        events.append(one.event)
        most.add(one.event, one.recorded_at)
        if not ceiling.falls_short(definition, fit=fit, interest=most.interest):
            most = ceiling.Ceiling(model, events, one.recorded_at)
            if not ceiling.falls_short(definition, fit=fit, interest=most.interest):
                return False
    return True


def most_fit(past: Past, model: Model) -> float:
    """No fit of this lead is more, whichever of its values are known and while sales does not have it."""
    stages = (LEAD, MAL) if past.start.stage == LEAD else (past.start.stage,)
    return max(_fit({**values, "stage": stage}, model) for _, values in past.values for stage in stages)


def _fit(values: Mapping[str, Any], model: Model) -> float:
    found = sum(rule.points for rule in model.fit_rules if rule.points > 0 and rule.holds(values))
    return min(model.fit_max, found)
