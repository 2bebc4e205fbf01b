"""A sent-back lead comes back on its date, once, to whoever had it (PRODUCT 3, wake)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from handoff.models import Handoff
from leads import lifecycle, roles, stages
from leads.models import Lead, Task
from scoring import chores, readiness

BATCH = 100


def due_wakes(*, now: datetime, limit: int = BATCH) -> list[int]:
    """Leads whose follow-up date has come, longest due first."""
    found = Lead.objects.filter(wake_at__lte=now, stage=stages.MAL, merged_into=None)
    return list(found.order_by("wake_at", "pk").values_list("pk", flat=True)[:limit])


@transaction.atomic
def wake(lead_ids: Iterable[int], *, now: datetime) -> int:
    """Bring these leads back to `mql`; one that is excluded by now becomes a marketing task instead."""
    locked = lifecycle.lock(lead_ids)
    due = [
        lead
        for lead in locked.values()
        if lead.wake_at and lead.wake_at <= now and lead.stage == stages.MAL and lead.merged_into_id is None
    ]
    briefs = _briefs(due)
    moves = []
    for lead in due:
        if _is_excluded(lead, now=now):
            _ask_marketing(lead, now=now)
        else:
            because = {"back": briefs[lead.pk]} if lead.pk in briefs else {}
            moves.append(lifecycle.Move(lead.pk, stages.MQL, stages.WAKE, because=because, trigger="wake"))
    if moves:
        lifecycle.move_many(moves, now=now)
    return len(due)


def _is_excluded(lead: Lead, *, now: datetime) -> bool:
    seen = readiness.look(lead, now=now)
    return seen is not None and seen.verdict.excluded_by is not None


def _briefs(leads: list[Lead]) -> dict[int, dict[str, Any]]:
    """Why each lead comes back: how its last handoff ended, by whom, with the reason and the words."""
    found = Handoff.objects.filter(lead__in=leads, ended_at__isnull=False).order_by("ended_at", "pk")
    return {
        one.lead_id: {
            "handoff": one.pk,
            "rep": one.rep_id,
            "reason": one.reason,
            "note": one.note,
            "opening_line": one.opening_line,
            "sent_back_at": one.ended_at.isoformat() if one.ended_at else None,
        }
        for one in found
    }


def _ask_marketing(lead: Lead, *, now: datetime) -> None:
    """The promise is kept as a task: somebody decides, and the wake does not come again."""
    assert lead.wake_at is not None
    Task.objects.get_or_create(
        cause_key=f"{Task.WAKE_EXCLUDED}:{lead.pk}:{lead.wake_at.isoformat()}",
        defaults={
            "lead": lead,
            "kind": Task.WAKE_EXCLUDED,
            "side": roles.MARKETING,
            "created_at": now,
            "due_at": chores.next_business_day(now),
        },
    )
    lifecycle.drop_wake(lead, now=now)
