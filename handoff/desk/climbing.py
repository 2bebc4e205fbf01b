"""Steps of ladders done when their moment has come, each once: opened to the team, taken back, handed on.

Lock order as everywhere: leads, queues, then steps with their handoffs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from handoff import ladder, news, telling, whose_turn
from handoff.desk.floor import Desk
from handoff.desk.handing_on import follow_on
from handoff.models import Handoff, Step
from leads import lifecycle, rows

LADDER = "ladder"
KEPT_BECAUSE = (ladder.MAX_RECALLS, ladder.NOBODY)
TOLD = "told"  # in the outcome of a step: who was told, by act
BATCH = 500
FIELDS = ["state", "done_at", "outcome"]


def steps_due(*, now: datetime, limit: int = BATCH) -> list[int]:
    """Waiting steps whose moment has come, longest due first."""
    due = Step.objects.filter(state=Step.WAITING, due_at__lte=now, clock__ended_at=None)
    return list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])


@transaction.atomic
def climb(step_ids: Iterable[int], *, now: datetime) -> int:
    """Do these steps that nobody has done yet; returns how many."""
    ids = list(step_ids)
    lifecycle.hold(Step.objects.filter(pk__in=ids).values_list("clock__handoff__lead_id", flat=True))
    desk = Desk.opened(now=now)
    steps = _held(ids, now=now)
    _mark_done(steps, now=now)
    told = telling.climbed(steps, now=now)
    _open_to_team([step.clock.handoff for step in steps if ladder.OPEN_TO_TEAM in step.acts])
    gone = _recall([step for step in steps if ladder.RECALL in step.acts], desk, now=now)
    telling.kept((step for step in steps if step.outcome.get(ladder.RECALL) in KEPT_BECAUSE), now=now)
    for step in steps:
        step.outcome = step.outcome | ({TOLD: told[step.pk]} if step.pk in told else {})
    rows.write(steps, FIELDS)
    news.waiting.announce(handoff_ids=gone)
    whose_turn.refresh((step.clock.handoff.lead_id for step in steps), now=now)
    return len(steps)


def _held(ids: Sequence[int], *, now: datetime) -> list[Step]:
    """Looked at again under the locks; of two recalls of one handoff only the first is left to do."""
    waiting = Step.objects.filter(pk__in=ids, state=Step.WAITING, due_at__lte=now, clock__ended_at=None)
    held = waiting.select_for_update(of=("self",)).select_related(
        "clock__task", "clock__handoff__lead", "clock__handoff__policy", "clock__handoff__queue__team"
    )
    seen: set[int] = set()
    found = []
    for step in held.order_by("due_at", "position", "pk"):
        if ladder.RECALL not in step.acts:
            found.append(step)
        elif step.clock.handoff_id not in seen:
            seen.add(step.clock.handoff_id)
            found.append(step)
    return found


def _mark_done(steps: Sequence[Step], *, now: datetime) -> None:
    """Done before anything is taken back, so that the end of its clock no longer drops it."""
    for step in steps:
        step.state, step.done_at = Step.DONE, now
    rows.write(steps, FIELDS)


def _open_to_team(handoffs: Iterable[Handoff]) -> None:
    ids = [one.pk for one in handoffs]
    if ids:
        closed = Handoff.objects.offered().filter(pk__in=ids, open_to_team=False)
        closed.update(open_to_team=True, version=F("version") + 1)


def _recall(steps: Sequence[Step], desk: Desk, *, now: datetime) -> list[int]:
    """Take back what nobody answered; the new waiting handoffs. The rest is kept, and its step says why."""
    fresh = Handoff.objects.select_related("lead", "queue", "policy").in_bulk(
        [one.clock.handoff_id for one in steps]
    )
    recalls = _recalls([one.lead_id for one in fresh.values()]) if fresh else {}
    gone = []
    for step in steps:
        held = fresh[step.clock.handoff_id]
        if held.rep_id is None:
            step.outcome = {ladder.RECALL: "waiting"}
        elif why := _kept(held, recalls.get(held.pk, 0), desk):
            step.outcome = {ladder.RECALL: why}
            _keep(held, why)
        else:
            new = follow_on(held, held.queue, cause=LADDER, by=None, reason="", now=now)
            step.outcome = {ladder.RECALL: held.rep_id, ladder.REASSIGN: new.pk}
            gone.append(new.pk)
    return gone


def _kept(held: Handoff, recalls: int, desk: Desk) -> str:
    seats: dict[int, Any] = desk.seats.get(held.queue_id or 0, {})
    lost = frozenset({held.rep_id} if held.rep_id is not None else ())
    has_other = any(not seat.excluded(lost) for seat in seats.values())
    return ladder.kept_because(recalls, held.policy.body if held.policy else {}, has_other=has_other)


def _keep(held: Handoff, why: str) -> None:
    """It stays offered, open to the team, and is the team lead's to look after."""
    if held.state == Handoff.OFFERED:
        Handoff.objects.filter(pk=held.pk).update(
            open_to_team=True, version=F("version") + 1, routing=held.routing | {whose_turn.KEPT: why}
        )


def _recalls(lead_ids: Sequence[int]) -> dict[int, int]:
    """How often the ladder took each handoff's lead away already, in its lane and episode."""
    told = Handoff.objects.filter(lead__in=lead_ids).order_by("pk")
    counts: dict[int, int] = {}
    causes: dict[int, str] = {}
    for pk, previous, state, cause in told.values_list("pk", "previous_id", "state", "end_cause"):
        causes[pk] = cause if state == Handoff.RECALLED else ""
        came = causes.get(previous or 0, "")
        counts[pk] = counts.get(previous or 0, 0) + (came == LADDER) if came else 0
    return counts
