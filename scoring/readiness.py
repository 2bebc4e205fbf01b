"""The doors of scoring: keep every stored score true, and act when the definition of MQL begins to hold.

A task or the sweep calls `rescore` with ids; what is due is a query (`due`), never only a message.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from leads import lifecycle, stages
from leads.models import Lead, Standing
from scoring import chores, facts
from scoring.definition import Verdict, judge, leaves
from scoring.engine import Facts, Model, Score, next_edge, score
from scoring.models import ScoringModel

BATCH = 300
UNSCORED_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Judged:
    """One lead looked at: its score and what the definition says of it now."""

    lead: Lead
    facts: Facts
    score: Score
    verdict: Verdict
    rescore_at: datetime


def due(*, now: datetime, limit: int = BATCH) -> list[int]:
    """Leads whose stored score may no longer be `score(lead, now)`, longest due first."""
    waiting = Standing.objects.filter(rescore_at__lte=now, lead__merged_into=None)
    return list(waiting.order_by("rescore_at").values_list("lead_id", flat=True)[:limit])


def sweep(*, now: datetime) -> int:
    """Rescore one batch of what is due; returns how many were."""
    ids = due(now=now)
    return rescore(ids, now=now) if ids else 0


@transaction.atomic
def rescore(lead_ids: Iterable[int], *, now: datetime) -> int:
    """Score these leads again, store what changed, and move those the definition moves."""
    leads = lifecycle.lock(lead_ids)
    standings = {
        row.lead_id: row
        for row in Standing.objects.select_for_update().filter(lead_id__in=leads).order_by("lead_id")
    }
    version = ScoringModel.objects.in_force(now)
    if version is None:
        Standing.objects.filter(lead_id__in=leads).update(rescore_at=now + UNSCORED_FOR)
        return len(leads)
    judged = judge_many(leads.values(), version.compiled, now=now)
    _store(judged, standings)
    lifecycle.move_many([move for seen in judged if (move := _move(seen, version, now=now))], now=now)
    chores.ask(judged, now=now)
    return len(leads)


def look(lead: Lead, *, now: datetime) -> Judged | None:
    """One lead judged now, nothing stored: for pages and for the gate by hand."""
    version = ScoringModel.objects.in_force(now)
    return judge_many([lead], version.compiled, now=now)[0] if version else None


def judge_many(leads: Iterable[Lead], model: Model, *, now: datetime) -> list[Judged]:
    leads = list(leads)
    known = facts.load(leads, model.event_types, known_at=now)
    judged = []
    for lead in leads:
        found = score(model, known[lead.pk], now)
        verdict = judge(model, known[lead.pk], found, now, sent_back_at=lead.sent_back_at)
        until = next_edge(model, known[lead.pk], found, now, sent_back_at=lead.sent_back_at)
        judged.append(Judged(lead, known[lead.pk], found, verdict, until))
    return judged


def _store(judged: list[Judged], standings: dict[int, Standing]) -> None:
    rows = []
    for seen in judged:
        row = standings[seen.lead.pk]
        row.readiness = seen.score.readiness
        row.fit, row.interest = round_half_up(seen.score.fit), round_half_up(seen.score.interest)
        row.rescore_at = seen.rescore_at
        rows.append(row)
    Standing.objects.bulk_update(rows, ["readiness", "fit", "interest", "rescore_at"], batch_size=200)


def _move(seen: Judged, version: ScoringModel, *, now: datetime) -> lifecycle.Move | None:
    """Where the machine takes this lead: up by the definition, to nurture, or back from `mql`."""
    lead, verdict = seen.lead, seen.verdict
    because = {"model": version.version}
    if lead.stage in (stages.LEAD, stages.MAL) and verdict.holds:
        because |= {"group": verdict.group} if verdict.group is not None else {}
        return lifecycle.Move(
            lead.pk, stages.MQL, stages.RULE, because=because, trigger=verdict.trigger or "score"
        )
    if lead.stage == stages.LEAD and contactable(lead) and verdict.excluded_by is None:
        return lifecycle.Move(lead.pk, stages.MAL, stages.RULE, because=because)
    if lead.stage == stages.MQL and (
        why := leaves(version.compiled, seen.facts, seen.score, now, entered_by=lead.trigger)
    ):
        return lifecycle.Move(lead.pk, stages.MAL, stages.RULE, because=because | {"left": why})
    return None


def contactable(lead: Lead) -> bool:
    """A valid e-mail with mail allowed, or a phone (PRODUCT 3)."""
    return bool((lead.email_key and not lead.mail_opt_out) or lead.phone)


def round_half_up(points: float) -> int:
    """The integer a list shows, by the rounding of readiness itself (ties within 1e-9 go up)."""
    return int((points + 0.5 + 1e-9) // 1)
