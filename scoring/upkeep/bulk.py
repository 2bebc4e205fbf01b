"""The same scores as `readiness.rescore`, for leads by the hundred that only time or a new model touches.

Nearly all of them neither move nor ask anything of anybody: of those only the narrow standing is held, for as
long as it takes to compute a batch, and only what changed is written. All others go through the one door.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import QuerySet

from leads import rows, stages
from leads.among import among
from leads.models import Standing
from scoring import chores, readiness
from scoring.definition import Verdict, class_code, judge
from scoring.engine import Model, Score, points_only, rounded
from scoring.models import Override, ScoringModel
from scoring.offered_under import BY_THE_MACHINE
from scoring.upkeep import bulk_facts
from scoring.upkeep.bulk_facts import Known

BATCH = 250  # rows held at once: a fifth of a second on a busy machine at most
LONG = timedelta(days=1)  # no worker's clock is so late that a fact it has not seen would be due after this
SAME = timedelta(milliseconds=10)  # two ways to the same crossing end this close to each other

HELD = (
    "lead_id", "stage", "readiness", "fit", "interest", "readiness_class", "rescore_at", "last_reaction_at",
)  # fmt: skip
WRITTEN = ["readiness", "fit", "interest", "readiness_class", "rescore_at"]

Row = tuple[int, int, int, int, str, datetime]  # the lead and what is WRITTEN of it


class Held(NamedTuple):
    """A standing as it was locked."""

    lead_id: int
    stage: str
    readiness: int
    fit: int
    interest: int
    readiness_class: str
    rescore_at: datetime
    last_reaction_at: datetime | None


class Done(NamedTuple):
    """What became of a batch: leads looked at, how many were written, and those left to the one door."""

    looked_at: frozenset[int]
    written: int
    others: list[int]


def rescore(chosen: QuerySet[Standing], *, now: datetime) -> Done:
    """Score these standings again, those left out that somebody else holds at this moment.

    A lead that needs more than new figures is left as it is: `others`, for `readiness.rescore`.
    """
    with transaction.atomic():
        held = _hold(chosen)
        changed, others = _look(held, now=now)
        rows.write_plain(Standing, WRITTEN, changed)
    return Done(frozenset(held) - set(others), len(changed), others)


def _hold(chosen: QuerySet[Standing]) -> dict[int, Held]:
    locked = chosen.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    return {row[0]: Held(*row) for row in locked.values_list(*HELD)}


def _look(held: Mapping[int, Held], *, now: datetime) -> tuple[list[Row], list[int]]:
    """The rows to write, and the leads for the door. The version is read after the locks."""
    version = ScoringModel.objects.in_force(now) if held else None
    if version is None:
        return [], list(held)
    model, until = version.compiled, ScoringModel.objects.next_change(now)
    said = set(Override.objects.not_over(now).filter(lead__in=among(held)).values_list("lead", flat=True))
    changed, others = [], []
    settled = {pk for pk, row in held.items() if row.rescore_at > now + LONG}
    for lead in bulk_facts.read(held.keys(), model, settled, now=now):
        row = held[lead.pk]
        if lead.is_merged or lead.is_rejudged or lead.pk in said or _may_leave(row, lead):
            others.append(lead.pk)
            continue
        points = points_only(model, lead.facts, now)
        verdict = judge(model, lead.facts, points, now, sent_back_at=lead.sent_back_at)
        if _wants_more(row, lead, verdict, now=now):
            others.append(lead.pk)
        elif new := _changed(row, points, verdict, model, until, now=now):
            changed.append(new)
    return changed, others


def _may_leave(row: Held, lead: Known) -> bool:
    """At `mql` by the machine: the rules it came by are asked as well."""
    return row.stage == stages.MQL and lead.trigger in BY_THE_MACHINE


def _wants_more(row: Held, lead: Known, verdict: Verdict, *, now: datetime) -> bool:
    """The definition moves this lead, or asks something of a person."""
    if verdict.instead == chores.TELL_OWNER:
        return row.last_reaction_at is not None and row.last_reaction_at > now - chores.RECENT
    if row.stage == stages.MQL:
        return verdict.trigger == readiness.HAND_RAISER
    if row.stage not in (stages.LEAD, stages.MAL):
        return False
    nurtured = row.stage == stages.LEAD and verdict.excluded_by is None and lead.is_contactable
    return verdict.holds or nurtured or verdict.incomplete_group is not None


def _changed(
    row: Held, points: Score, verdict: Verdict, model: Model, until: datetime | None, *, now: datetime
) -> Row | None:
    """What should be stored, or None where what is stored is true for as long as it says."""
    rescore_at = min(verdict.valid_until, until) if until else verdict.valid_until
    fit, interest, code = rounded(points.fit), rounded(points.interest), class_code(model, points)
    if now < row.rescore_at <= rescore_at + SAME and row[2:6] == (points.readiness, fit, interest, code):
        return None
    return row.lead_id, points.readiness, fit, interest, code, rescore_at
