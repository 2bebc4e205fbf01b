"""What was known of each lead when sales decided about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from leads import stages
from leads.models import Lead
from scoring.engine import Facts, Model
from scoring.lessons import traits
from scoring.lessons.traits import Trait
from scoring.past.decisions import Decision
from scoring.replay import recollection
from scoring.replay.recorded import known_at


def facts(decisions: Sequence[Decision], *, now: datetime) -> dict[int, Facts]:
    """The facts behind each decision, by its id: attributes and events as they had been recorded then.

    A constant number of statements, however many decisions there are.
    """
    if not decisions:
        return {}
    leads = Lead.objects.filter(pk__in={one.lead for one in decisions})
    leads, since = leads.select_related("company", "campaign"), min(one.known_at for one in decisions)
    told = recollection.read(leads, {}, since=since, until=now)  # no rules: nobody is walked through time
    return {one.id: _offered(known_at(told[one.lead].past, one.known_at)) for one in decisions}


def told_apart(decisions: Sequence[Decision], model: Model, *, now: datetime) -> dict[int, list[Trait]]:
    """By its id, what each decision can be told apart by: which of these rules matched then, and values."""
    return {one.id: traits.of(model, told, one.at)
            for one, told in zip(decisions, facts(decisions, now=now).values(), strict=True)}  # fmt: skip


def _offered(told: Facts) -> Facts:
    """As sales saw the lead: it stood at `mql`."""
    return Facts({**told.values, "stage": stages.MQL}, told.events)
