"""Handoffs that would not have happened: what counted when they were made was taken back later (PRODUCT 4).

A correction voids an activity, or a click turns out to be a machine's. Each handoff that came by score or
by a raised hand is asked again at the moment it was made: with the attributes known then and the events
known then, of which those taken back since no longer count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import F, Q, QuerySet

from handoff.desk.raising import RAISED_AT
from handoff.models import Handoff
from leads import stages
from leads.models import Activity, Transition
from scoring import facts
from scoring.definition import still_holds
from scoring.engine import Event
from scoring.models import MachineClick, ScoringModel

BY_DEFINITION = ("score", "fast_track")
VOIDED, MACHINE = "voided", "machine"
LOOKED_AT = 500  # handoffs asked again for one page

Found = Mapping[int, Sequence["TakenBack"]]


class TakenBack(NamedTuple):
    """An event that counted until `at`; `because` is `voided` or `machine`."""

    event: int
    type: str
    occurred_at: datetime
    recorded_at: datetime
    because: str
    at: datetime


@dataclass(frozen=True)
class Doubt:
    """A handoff that would not have happened, and the events it stood on that were taken back since."""

    handoff: Handoff
    events: tuple[TakenBack, ...]


@dataclass(frozen=True)
class _Hindsight:
    """What is known today of the leads of some handoffs; read by a constant number of statements."""

    events: Mapping[int, Sequence[Event]]
    recorded: Mapping[int, datetime]
    models: Mapping[int, ScoringModel]
    sent_back: Mapping[int, Sequence[datetime]]


def among(handoffs: Iterable[Handoff]) -> list[Doubt]:
    """Those of these handoffs that would not have happened, in the order given."""
    entered = [one for one in handoffs if _by_definition(one)]
    back = _taken_back({one.lead_id for one in entered}) if entered else {}
    shaken = {one.pk: _shaking(one, back.get(one.lead_id, ())) for one in entered}
    asked = [one for one in entered if shaken[one.pk]]
    known = _known(asked) if asked else None
    return [Doubt(one, shaken[one.pk]) for one in asked if known and not _would_happen(one, known)]


def page(
    seen: QuerySet[Handoff], *, before: int | None = None, most: int = LOOKED_AT
) -> tuple[list[Doubt], int | None]:
    """The newest with a number below `before`, and the number to go on below, where there is more."""
    rows = candidates(seen) if before is None else candidates(seen).filter(pk__lt=before)
    looked_at = list(rows.select_related("lead__company")[:LOOKED_AT])
    found = among(looked_at)
    if len(found) > most:
        return found[:most], found[most - 1].handoff.pk
    return found, looked_at[-1].pk if len(looked_at) == LOOKED_AT else None


def candidates(seen: QuerySet[Handoff]) -> QuerySet[Handoff]:
    """The handoffs of a queryset for which an event was taken back after they were made, newest first.

    Found from what was taken back, which is little, and not by asking every handoff for its events.
    """
    of_lead, of_click = F("voids__lead__handoffs__created_at"), F("activity__lead__handoffs__created_at")
    voided = Activity.objects.filter(
        voids__isnull=False, voids__recorded_at__lte=of_lead, recorded_at__gt=of_lead
    ).values("voids__lead__handoffs")
    machine = MachineClick.objects.filter(activity__recorded_at__lte=of_click, judged_at__gt=of_click).values(
        "activity__lead__handoffs"
    )
    rows = seen.filter(trigger__in=BY_DEFINITION, previous=None)
    return rows.filter(pk__in=voided.union(machine)).order_by("-pk")


def _by_definition(one: Handoff) -> bool:
    """Made by the definition, the first of its chain, with the evidence of then."""
    frozen = one.evidence.keys() >= {"fit", "model"}
    return one.trigger in BY_DEFINITION and one.previous_id is None and frozen


def _made_at(one: Handoff) -> datetime:
    """The moment its evidence is of: a hand that went up while it waited is judged by then."""
    raised_at = one.evidence.get(RAISED_AT)
    return datetime.fromisoformat(raised_at) if raised_at else one.created_at


def _shaking(one: Handoff, back: Iterable[TakenBack]) -> tuple[TakenBack, ...]:
    """What counted when this handoff was made and does not any more."""
    return tuple(event for event in back if _counted_at(one, event) and event.at > _made_at(one))


def _counted_at(one: Handoff, event: TakenBack) -> bool:
    at = _made_at(one)
    return event.occurred_at <= at and event.recorded_at <= at


def _taken_back(lead_ids: Iterable[int]) -> dict[int, list[TakenBack]]:
    rows = Activity.objects.filter(lead__in=list(lead_ids), voids=None)
    rows = rows.filter(Q(voided_by__isnull=False) | Q(machine_click__isnull=False))
    found: dict[int, list[TakenBack]] = defaultdict(list)
    for lead, pk, kind, at, recorded, voided, judged in rows.order_by("occurred_at", "pk").values_list(
        "lead_id", "pk", "type", "occurred_at", "recorded_at",
        "voided_by__recorded_at", "machine_click__judged_at",
    ):  # fmt: skip
        because, when = (VOIDED, voided) if voided else (MACHINE, judged)
        found[lead].append(TakenBack(pk, kind, at, recorded, because, when))
    return found


def _known(asked: Sequence[Handoff]) -> _Hindsight:
    leads = {one.lead_id for one in asked}
    rows = Activity.objects.filter(lead__in=leads)
    events, _ = facts.events_of(rows)
    versions = {one.evidence["model"] for one in asked}
    return _Hindsight(
        events=events,
        recorded=dict(rows.values_list("pk", "recorded_at")),
        models={one.version: one for one in ScoringModel.objects.filter(version__in=versions)},
        sent_back=_sent_back(leads),
    )


def _sent_back(lead_ids: Iterable[int]) -> dict[int, list[datetime]]:
    """When each lead was given back by a person, oldest first: from there on only what is new counted."""
    ways = Transition.objects.counted().filter(
        lead__in=list(lead_ids), cause=stages.PERSON, end=stages.MAL,
        start__in=(*stages.IN_SALES_HANDS, stages.DISQUALIFIED),
    )  # fmt: skip
    found: dict[int, list[datetime]] = defaultdict(list)
    for lead, at in ways.order_by("recorded_at", "pk").values_list("lead_id", "recorded_at"):
        found[lead].append(at)
    return found


def _would_happen(one: Handoff, known: _Hindsight) -> bool:
    model, at = known.models.get(one.evidence["model"]), _made_at(one)
    if model is None:
        return True
    counted = {line["event"] for line in one.evidence.get("lines", ())}  # whatever the worker's clock said
    events = [
        event
        for event in known.events.get(one.lead_id, ())
        if known.recorded[event.id] <= at or event.id in counted
    ]
    before = [moment for moment in known.sent_back.get(one.lead_id, ()) if moment <= at]
    said = (one.evidence.get("override") or {}).get("readiness")
    return still_holds(
        model.compiled, events, at,
        fit=one.evidence["fit"], sent_back_at=before[-1] if before else None, override=said,
    )  # fmt: skip
