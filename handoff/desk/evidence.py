"""Why this lead, why now: what was known when it was handed over, frozen with the handoff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from leads.models import Lead
from leads.models.activities import HUMAN, REACTION
from scoring import readiness
from scoring.models import ScoringModel

LATEST = 5


def freeze(
    leads: Sequence[Lead], because: Mapping[int, Mapping[str, Any]], *, now: datetime
) -> dict[int, Any]:
    """Evidence by lead id, a constant number of queries; `because` is what moved each lead."""
    version = ScoringModel.objects.in_force(now)
    if version is None:
        return {lead.pk: {} for lead in leads}
    openings = version.body.get("opening") or {}
    return {
        seen.lead.pk: _evidence(seen, version.version, openings, because.get(seen.lead.pk, {}))
        for seen in readiness.judge_many(leads, version.compiled, now=now)
    }


def _evidence(
    seen: readiness.Judged, version: int, openings: Mapping[str, Any], because: Mapping[str, Any]
) -> dict[str, Any]:
    score = seen.score
    return {
        "readiness": score.readiness,
        "fit": score.fit,
        "interest": score.interest,
        "model": version,
        "group": because.get("group"),
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
        "reactions": _latest(seen),
        "opening": _opening(seen, openings, because),
    }


def _latest(seen: readiness.Judged) -> list[dict[str, Any]]:
    """The newest genuine reactions, newest first."""
    genuine = [
        event
        for event in seen.facts.events
        if event.direction == REACTION and event.genuine == HUMAN and not event.voided
    ]
    genuine.sort(key=lambda event: (event.occurred_at, event.id), reverse=True)
    return [
        {"event": event.id, "type": event.type, "at": event.occurred_at.isoformat(), "content": event.content}
        for event in genuine[:LATEST]
    ]


def _opening(seen: readiness.Judged, openings: Mapping[str, Any], because: Mapping[str, Any]) -> Any:
    """The playbook's first sentence for the strongest line of interest that has one (PRODUCT 6)."""
    by_points = sorted(
        (line for line in seen.score.lines if line.half == "interest" and line.event is not None),
        key=lambda line: -line.points,
    )
    return next((openings[line.rule] for line in by_points if line.rule in openings), None)
