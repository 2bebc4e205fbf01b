"""A sent-back lead comes back on its date or when they react, once, to who had it (PRODUCT 3, wake)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from handoff.models import Handoff
from leads import lifecycle, roles, stages
from leads.models import Activity, Lead, Task
from leads.models.activities import HUMAN, REACTION
from scoring import chores, readiness

BATCH = 100


def due_wakes(*, now: datetime, limit: int = BATCH) -> list[int]:
    """Leads whose follow-up date has come, longest due first; then those waiting for what has happened."""
    asleep = Lead.objects.filter(stage=stages.MAL, merged_into=None)
    found = asleep.filter(wake_at__lte=now).order_by("wake_at", "pk").values_list("pk", flat=True)[:limit]
    due = dict.fromkeys(found)
    if len(due) < limit:
        due |= dict.fromkeys(_reacted(asleep, now=now).values_list("pk", flat=True)[:limit])
    return list(due)[:limit]


@transaction.atomic
def wake(lead_ids: Iterable[int], *, now: datetime) -> int:
    """Bring these leads back to `mql`.

    One that is excluded by now, or whose trigger never came, becomes a marketing task instead.
    """
    locked = lifecycle.lock(lead_ids)
    asleep = Lead.objects.filter(pk__in=locked, stage=stages.MAL, merged_into=None)
    reacted = set(_reacted(asleep, now=now).values_list("pk", flat=True))
    due = [lead for lead in locked.values() if _is_due(lead, now=now) or lead.pk in reacted]
    briefs = _briefs(due)
    moves = []
    for lead in due:
        if lead.wake_trigger is not None and lead.pk not in reacted:
            _ask_marketing(lead, Task.WAKE_EXPIRED, now=now)
        elif _is_excluded(lead, now=now):
            _ask_marketing(lead, Task.WAKE_EXCLUDED, now=now)
        else:
            because = {"back": briefs[lead.pk]} if lead.pk in briefs else {}
            moves.append(lifecycle.Move(lead.pk, stages.MQL, stages.WAKE, because=because, trigger="wake"))
    if moves:
        lifecycle.move_many(moves, now=now)
    return len(due)


def waits_for_reaction(leads: QuerySet[Lead], *, before: datetime) -> QuerySet[Lead]:
    """Of these leads, those that wait for a reaction though one was recorded by `before`.

    New is what happened after they went back: an older event told late brings nobody back.
    """
    told = Activity.objects.filter(
        lead=OuterRef("pk"), direction=REACTION, genuine=HUMAN, voids=None, voided_by=None,
        occurred_at__gt=OuterRef("sent_back_at"), occurred_at__lte=before, recorded_at__lte=before,
    )  # fmt: skip
    return leads.filter(wake_trigger__isnull=False, wake_trigger__on="reaction").filter(Exists(told))


def _reacted(leads: QuerySet[Lead], *, now: datetime) -> QuerySet[Lead]:
    return waits_for_reaction(leads, before=now).order_by("pk")


def _is_due(lead: Lead, *, now: datetime) -> bool:
    is_asleep = lead.stage == stages.MAL and lead.merged_into_id is None
    return is_asleep and lead.wake_at is not None and lead.wake_at <= now


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


def _ask_marketing(lead: Lead, kind: str, *, now: datetime) -> None:
    """The promise is kept as a task: somebody decides, and the wake does not come again."""
    assert lead.wake_at is not None
    Task.objects.get_or_create(
        cause_key=f"{kind}:{lead.pk}:{lead.wake_at.isoformat()}",
        defaults={
            "lead": lead,
            "kind": kind,
            "side": roles.MARKETING,
            "created_at": now,
            "due_at": chores.next_business_day(now),
        },
    )
    lifecycle.drop_wake(lead, now=now)
