"""A sent-back lead comes back, once, to who had it: on its date, when they react, when a condition holds, or
when marketing has done what was missing (PRODUCT 3, wake).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from handoff.desk.asking import WITHDRAWN
from handoff.models import Handoff
from leads import lifecycle, roles, stages
from leads.among import among
from leads.models import Activity, Involvement, Lead, Task
from leads.models.activities import HUMAN, REACTION
from leads.predicates import matches
from scoring import chores, facts, readiness

BATCH = 100
DATE, REACTED, HOLDS, DONE = "date", "reaction", "when", "task"
CANNOT = "cannot"  # marketing's answer to a task that can not be done: it wakes nobody
MOST_RETURNS = 3
"""Who was sent back so often does not come back by a wake: people decide (docs/decisions/0092)."""


def due_wakes(*, now: datetime, limit: int = BATCH) -> list[int]:
    """Leads whose follow-up date has come, longest due first; then those waiting for what has happened."""
    asleep = Lead.objects.filter(stage=stages.MAL, merged_into=None)
    found = asleep.filter(wake_at__lte=now).order_by("wake_at", "pk").values_list("pk", flat=True)[:limit]
    due = dict.fromkeys(found)
    for happened in WAYS.values():
        if len(due) < limit:
            due |= dict.fromkeys(happened(asleep, now))
    return list(due)[:limit]


@transaction.atomic
def wake(lead_ids: Iterable[int], *, now: datetime) -> int:
    """Bring these leads back to `mql`.

    One that is excluded by now, or whose trigger never came, becomes a marketing task instead.
    """
    locked = lifecycle.lock(promised(lead_ids))
    asleep = Lead.objects.filter(pk__in=locked, stage=stages.MAL, merged_into=None)
    happened = {pk: by for by, found in WAYS.items() for pk in found(asleep, now)}
    due = [lead for lead in locked.values() if _is_due(lead, now=now) or lead.pk in happened]
    briefs, bounced = _briefs(due, happened), _bounced(due)
    moves = []
    for lead in due:
        if lead.wake_trigger is not None and lead.pk not in happened:
            _ask_marketing(lead, Task.WAKE_EXPIRED, now=now)
        elif lead.pk in bounced:
            _ask_marketing(lead, Task.PING_PONG, now=now)
        elif _is_excluded(lead, now=now):
            _ask_marketing(lead, Task.WAKE_EXCLUDED, now=now)
        else:
            because = {"back": briefs[lead.pk]} if lead.pk in briefs else {}
            moves.append(lifecycle.Move(lead.pk, stages.MQL, stages.WAKE, because=because, trigger="wake"))
    if moves:
        lifecycle.move_many(moves, now=now)
    return len(due)


def promised(lead_ids: Iterable[int]) -> list[int]:
    """Of these leads, those that were promised to come back: of many that react hardly any."""
    asleep = Lead.objects.filter(pk__in=among(lead_ids), stage=stages.MAL, wake_at__isnull=False)
    return list(asleep.order_by("pk").values_list("pk", flat=True))


def waits_for_reaction(leads: QuerySet[Lead], *, before: datetime) -> QuerySet[Lead]:
    """Of these leads, those that wait for a reaction though one was recorded by `before`.

    New is what happened after they went back: an older event told late brings nobody back.
    """
    told = Activity.objects.filter(
        lead=OuterRef("pk"), direction=REACTION, genuine=HUMAN, voids=None, voided_by=None,
        occurred_at__gt=OuterRef("sent_back_at"), occurred_at__lte=before, recorded_at__lte=before,
    )  # fmt: skip
    return leads.filter(wake_trigger__isnull=False, wake_trigger__on="reaction").filter(Exists(told))


def _reacted(asleep: QuerySet[Lead], now: datetime) -> list[int]:
    return list(waits_for_reaction(asleep, before=now).order_by("pk").values_list("pk", flat=True))


def waits_for_task(leads: QuerySet[Lead], *, before: datetime) -> QuerySet[Lead]:
    """Of these leads, those that wait for a task of marketing though it was done by `before`."""
    done = Task.objects.filter(
        lead=OuterRef("pk"), kind__in=(Task.RIGHT_PERSON, Task.MARKETING_FIX), done_at__lte=before,
        created_at=OuterRef("sent_back_at"),
    )  # fmt: skip
    done = done.exclude(outcome__in=(CANNOT, WITHDRAWN))
    return leads.filter(wake_trigger__has_key="task").filter(Exists(done))


def _done(asleep: QuerySet[Lead], now: datetime) -> list[int]:
    return list(waits_for_task(asleep, before=now).order_by("pk").values_list("pk", flat=True))


def holds(predicate: Mapping[str, Any], lead: Lead) -> bool:
    """Is it true of the lead as it stands, its stored score included?"""
    score = {name: getattr(lead.standing, name) for name in ("readiness", "fit", "interest")}
    return matches(predicate, facts.values_of(lead) | score)


def _fulfilled(asleep: QuerySet[Lead], now: datetime) -> list[int]:
    waiting = asleep.filter(wake_trigger__has_key="when").select_related("company", "campaign", "standing")
    rows = waiting.order_by("pk").iterator(BATCH)
    return [lead.pk for lead in rows if lead.wake_trigger and holds(lead.wake_trigger["when"], lead)]


WAYS: Mapping[str, Callable[[QuerySet[Lead], datetime], list[int]]] = {
    REACTED: _reacted, DONE: _done, HOLDS: _fulfilled,
}  # fmt: skip


def _is_due(lead: Lead, *, now: datetime) -> bool:
    is_asleep = lead.stage == stages.MAL and lead.merged_into_id is None
    return is_asleep and lead.wake_at is not None and lead.wake_at <= now


def _is_excluded(lead: Lead, *, now: datetime) -> bool:
    seen = readiness.look(lead, now=now)
    return seen is not None and seen.verdict.excluded_by is not None


def _briefs(leads: list[Lead], happened: Mapping[int, str]) -> dict[int, dict[str, Any]]:
    """By what each lead comes back, and how its last handoff ended: by whom, the reason, the words."""
    found = Handoff.objects.filter(lead__in=leads, ended_at__isnull=False).order_by("ended_at", "pk")
    inside, said = _inside(leads), _said(leads)
    return {
        one.lead_id: {
            "by": happened.get(one.lead_id, DATE),
            "answer": said.get(one.lead_id, ""),
            "handoff": one.pk,
            "rep": inside.get(one.lead_id, one.rep_id) if one.lane > 1 else one.rep_id,
            "reason": one.reason,
            "note": one.note,
            "opening_line": one.opening_line,
            "sent_back_at": one.ended_at.isoformat() if one.ended_at else None,
        }
        for one in found
    }


def _inside(leads: list[Lead]) -> dict[int, int]:
    """Who passed each lead on to field sales and supports it still: asked first when it comes back."""
    passed = Handoff.objects.filter(lead__in=leads, state=Handoff.PROMOTED, rep__isnull=False)
    helps = Involvement.objects.filter(
        lead=OuterRef("lead"), user=OuterRef("rep"), kind=Involvement.SUPPORTER
    )
    return dict(passed.filter(Exists(helps)).order_by("ended_at", "pk").values_list("lead_id", "rep_id"))


def _said(leads: list[Lead]) -> dict[int, str]:
    """What marketing answered to the task a lead waited for."""
    waited = [
        lead.wake_trigger["task"] for lead in leads if lead.wake_trigger and "task" in lead.wake_trigger
    ]
    return dict(Task.objects.filter(pk__in=waited).values_list("lead_id", "answer")) if waited else {}


def _bounced(leads: list[Lead]) -> set[int]:
    """Sent back so often that a wake alone brings them back no more; whoever follows up themselves may."""
    back = Handoff.objects.filter(lead__in=leads, state=Handoff.SENT_BACK).exclude(follow="me")
    counted = back.values("lead").annotate(n=Count("pk")).filter(n__gte=MOST_RETURNS)
    return set(counted.values_list("lead", flat=True))


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
