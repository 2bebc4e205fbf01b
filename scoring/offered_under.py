"""By which rules a lead came to sales: while its handoff is open those judge whether it leaves by itself.

Another version changes what it is worth, and nothing of what it was offered under (PRODUCT 5, publishing).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from leads import stages
from leads.models import Lead, Transition
from scoring.engine import Facts, Model, points_only
from scoring.models import ScoringModel

BY_THE_MACHINE = ("score", "fast_track")


def models(leads: Iterable[Lead], version: ScoringModel) -> dict[int, Model]:
    """The older rules, by lead, of those that came to `mql` by the machine before `version` did.

    One query where somebody is at `mql`, a second where the rules are other ones.
    """
    waiting = [lead.pk for lead in leads if lead.stage == stages.MQL and lead.trigger in BY_THE_MACHINE]
    if not waiting:
        return {}
    ways = Transition.objects.counted().filter(lead_id__in=waiting, end=stages.MQL).order_by("version")
    came_by = {pk: because.get("model") for pk, because in ways.values_list("lead_id", "because")}
    older = {number for number in came_by.values() if number not in (None, version.version)}
    known = ScoringModel.objects.filter(version__in=older) if older else []
    rules = {one.version: one.compiled for one in known}
    return {pk: rules[number] for pk, number in came_by.items() if number in rules}


def event_types(entered: Mapping[int, Model]) -> frozenset[str]:
    return frozenset[str]().union(*(model.event_types for model in entered.values()))


def valid_until(model: Model, facts: Facts, at: datetime) -> datetime:
    """Until when time alone does not change what the older rules say."""
    return points_only(model, facts, at).valid_until
