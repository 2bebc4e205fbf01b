"""Why this lead, why now: what was known when it was handed over, frozen with the handoff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Window
from django.db.models.functions import RowNumber

from handoff import estimating
from leads.models import Activity, Lead
from leads.models.activities import HUMAN, REACTION
from scoring import readiness
from scoring.models import ScoringModel

LATEST = 5


def freeze(
    leads: Sequence[Lead], because: Mapping[int, Mapping[str, Any]], *, now: datetime
) -> dict[int, Any]:
    """Evidence by lead id, a constant number of queries; `because` is what moved each lead."""
    version, told = ScoringModel.objects.in_force(now), estimating.of(leads, now=now)
    if version is None:
        return {lead.pk: told.get(lead.pk, {}) for lead in leads}
    latest = _latest(leads, now=now)
    return {
        seen.lead.pk: _evidence(seen, version.body, because.get(seen.lead.pk, {}).get("group"))
        | {"model": version.version, "reactions": latest.get(seen.lead.pk, [])}
        | told.get(seen.lead.pk, {})
        for seen in readiness.judge_many(leads, version.compiled, now=now)
    }


def _evidence(seen: readiness.Judged, body: Mapping[str, Any], group: int | None) -> dict[str, Any]:
    score = seen.score
    return {
        "readiness": score.readiness,
        "fit": score.fit,
        "interest": score.interest,
        "lines": [
            {
                "rule": line.rule,
                "event": line.event,
                "label": line.label,
                "original": line.original,
                "points": line.points,
                "half": line.half,
                "at": line.occurred_at.isoformat() if line.occurred_at else None,
            }
            for line in score.lines
        ],
        "group": group,
        "opening": _opening(seen, body, group),
    } | _by_hand(seen)


def _by_hand(seen: readiness.Judged) -> dict[str, Any]:
    """What a person said of the readiness when it was handed over; nothing where nobody did."""
    said = seen.override
    return {} if said is None else {"override": {"readiness": said.readiness, "reason": said.reason}}


def _latest(leads: Sequence[Lead], *, now: datetime) -> dict[int, list[dict[str, Any]]]:
    """The newest genuine reactions of each lead, newest first, whether they score or not."""
    newest_first = Window(RowNumber(), partition_by="lead", order_by=("-occurred_at", "-pk"))
    genuine = Activity.objects.filter(
        lead__in=leads, direction=REACTION, genuine=HUMAN, voided_by=None, occurred_at__lte=now
    )
    rows = genuine.annotate(place=newest_first).filter(place__lte=LATEST).order_by("lead", "place")
    found: dict[int, list[dict[str, Any]]] = {}
    for lead, pk, kind, at, content in rows.values_list("lead", "pk", "type", "occurred_at", "content"):
        found.setdefault(lead, []).append(
            {"event": pk, "type": kind, "at": at.isoformat(), "content": content}
        )
    return found


def _opening(seen: readiness.Judged, body: Mapping[str, Any], group: int | None) -> Any:
    """The playbook's first sentence for the group that fired, else for the strongest line of interest
    that has one (PRODUCT 6).
    """
    openings = body.get("opening") or {}
    groups = (body.get("mql") or {}).get("fast_track") or ()
    if group is not None and group < len(groups) and groups[group].get("id") in openings:
        return openings[groups[group]["id"]]
    by_points = sorted(
        (line for line in seen.score.lines if line.half == "interest" and line.event is not None),
        key=lambda line: -line.points,
    )
    return next((openings[line.rule] for line in by_points if line.rule in openings), None)
