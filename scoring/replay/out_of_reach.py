"""Who cannot become ready in a whole stretch: looked at once, instead of walked through time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from leads.stages import LEAD, MAL, MQL
from scoring.replay import ceiling
from scoring.replay.recorded import Past
from scoring.rules import Model

MANY = 60  # looking at so many, each time one more is known, costs more than the walk


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
    if ceiling.falls_short(definition, fit=model.fit_max, interest=ceiling.interest(model, events, since)):
        return True
    if len(past.told) > MANY:
        return False
    most = most_interest(past, model, since=since)
    return ceiling.falls_short(definition, fit=model.fit_max, interest=most) or ceiling.falls_short(
        definition, fit=most_fit(past, model), interest=most
    )


def most_interest(past: Past, model: Model, *, since: datetime) -> float:
    """No interest of this lead is more from `since` on: it peaks when something has just become known."""
    earlier = [one.event for one in past.told if one.recorded_at < since]
    most, events = ceiling.interest(model, earlier, since), earlier
    for one in past.told[len(earlier) :]:
        events.append(one.event)
        if one.event.type in model.event_types:
            most = max(most, ceiling.interest(model, events, one.recorded_at))
    return most


def most_fit(past: Past, model: Model) -> float:
    """No fit of this lead is more, whichever of its values are known and while sales does not have it."""
    stages = (LEAD, MAL) if past.start.stage == LEAD else (past.start.stage,)
    return max(_fit({**values, "stage": stage}, model) for _, values in past.values for stage in stages)


def _fit(values: Mapping[str, Any], model: Model) -> float:
    found = sum(rule.points for rule in model.fit_rules if rule.points > 0 and rule.holds(values))
    return min(model.fit_max, found)
