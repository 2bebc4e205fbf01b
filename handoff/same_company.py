"""Someone is on it: whom of the same company sales is working on, who does, since when (PRODUCT 1, 11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from handoff.models import Handoff
from leads import roles, stages
from leads.models import Activity, Lead, User
from leads.models.activities import ACTION

MOST = 5
WORKING = tuple(stage for stage in stages.IN_SALES_HANDS if stage != stages.MQL)


@dataclass(frozen=True)
class AtWork:
    """Another lead of the company in sales' hands. `is_named`: the reader may know who it is."""

    lead: Lead
    since: datetime
    last_act: datetime | None
    is_named: bool


def at_work(lead: Lead, *, viewer: User) -> tuple[AtWork, ...]:
    """Others of this company whom sales is working on: a card each, whoever may open them (PRODUCT 11).

    To a partner caller, who sees their own queue only, the others have no names.
    """
    if lead.company_id is None:
        return ()
    acts = Activity.objects.filter(lead=OuterRef("pk"), direction=ACTION, actor__isnull=False)
    others = (
        _in_hand(stages.IN_SALES_HANDS)
        .filter(company=lead.company_id)
        .exclude(pk=lead.pk)
        .select_related("next_actor", "owner")
        .annotate(last_act=Subquery(acts.order_by("-occurred_at").values("occurred_at")[:1]))
        .order_by("-stage_entered_at", "pk")
    )
    found = list(others[:MOST])
    named = _named(viewer, found)
    return tuple(AtWork(one, one.since, one.last_act, one.pk in named) for one in found)


def of_list(lead_ids: Sequence[int], *, viewer: User) -> Mapping[int, list[AtWork]]:
    """For a page of leads: others of each open one's company whom somebody else is working on."""
    rows = Lead.objects.filter(pk__in=lead_ids, company__isnull=False, outcome=None)
    asked = list(rows.exclude(stage=stages.DISQUALIFIED).only("company", "next_actor"))
    working = _in_hand(WORKING).filter(company__in={one.company_id for one in asked})
    others = list(working.select_related("next_actor").order_by("-since", "pk")) if asked else []
    named, at = _named(viewer, others), defaultdict(list)
    for other in others:
        at[other.company_id].append(AtWork(other, other.since, None, other.pk in named))
    return {
        one.pk: found
        for one in asked
        if (
            found := [
                other
                for other in at[one.company_id]
                if other.lead.pk != one.pk and other.lead.next_actor_id != one.next_actor_id
            ]
        )
    }


def _in_hand(wanted: Sequence[str]) -> QuerySet[Any]:
    """Each with `since`: from when on whoever has it in hand has it."""
    held = Handoff.objects.filter(lead=OuterRef("pk"), ended_at=None)
    since = held.values(at=Coalesce("accepted_at", "offered_at", "created_at"))[:1]
    rows = Lead.objects.filter(merged_into=None, outcome=None, stage__in=wanted, next_actor__isnull=False)
    return rows.annotate(since=Coalesce(Subquery(since), "stage_entered_at", output_field=DateTimeField()))


def _named(viewer: User, others: Sequence[Lead]) -> set[int]:
    every = {one.pk for one in others}
    if roles.PARTNER_CALLER not in viewer.roles:
        return every
    return set(Lead.objects.visible_to(viewer).filter(pk__in=every).values_list("pk", flat=True))
