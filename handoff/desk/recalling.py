"""A handoff is taken back: by marketing, who offered it, or by a manager; one, or many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from handoff import news, telling, timers, whose_turn
from handoff.desk import by_hand
from handoff.desk.answers import note_handler
from handoff.desk.holding import take, win
from handoff.desk.next_steps import needs_reason
from handoff.desk.opening import WITHDRAWN
from handoff.desk.permissions import insist
from handoff.models import Handoff
from handoff.refusals import Conflict, DeskRefused, NotYours
from leads import lifecycle, roles
from leads.models import Involvement, User

Refusal = Conflict | DeskRefused | NotYours


def may_recall(user: User, handoff: Handoff) -> bool:
    """Managers; marketing, and in lane 2 its inside owner, as long as nobody has accepted it."""
    if not handoff.is_open:
        return False
    if user.has_role(roles.ADMIN, roles.MANAGER):
        return True
    is_theirs = user.has_role(roles.MARKETER) or (handoff.lane > 1 and handoff.lead.owner_id == user.pk)
    return is_theirs and handoff.state != Handoff.ACCEPTED


@transaction.atomic
def recall(
    handoff: Handoff,
    *,
    by: User,
    now: datetime,
    reason: str,
    next_step: str = "",
    wake_on: date | None = None,
    wake_trigger: Mapping[str, Any] | None = None,
    note: str = "",
    version: int | None = None,
) -> Handoff:
    """From lane 1 to nurture with a reason and a next step; from lane 2 back to its inside owner.

    Raises Conflict, NotYours, DeskRefused.
    """
    held = take(handoff, version=version, states=Handoff.OPEN)
    insist(may_recall(by, held))
    if held.lane > 1:
        needs_reason("send_back", reason, note)
        return _back_inside(held, reason=reason, note=note, by=by, now=now)
    by_hand.take_back(
        held.lead, held, by=by, now=now, reason=reason, next_step=next_step, wake_on=wake_on,
        wake_trigger=wake_trigger, note=note,
    )  # fmt: skip
    return Handoff.objects.get(pk=held.pk)


def recall_many(
    handoffs: Iterable[Handoff], *, by: User, now: datetime, **wish: Any
) -> tuple[list[Handoff], list[tuple[Handoff, Refusal]]]:
    """Each for itself: what was taken back, and what was not and why."""
    done: list[Handoff] = []
    refused: list[tuple[Handoff, Refusal]] = []
    for one in handoffs:
        try:
            done.append(recall(one, by=by, now=now, **wish))
        except (Conflict, DeskRefused, NotYours) as why:
            refused.append((one, why))
    return done, refused


def _back_inside(held: Handoff, *, reason: str, note: str, by: User, now: datetime) -> Handoff:
    """Accepted anew by whoever passed it on, without an `accept` clock; routed where they are gone."""
    before = _passed_on(held)
    if held.rep is not None:
        note_handler(held, held.rep, now=now)
    win(
        held, state=Handoff.RECALLED, end_cause=WITHDRAWN, reason=reason, ended_at=now, ended_by=by,
        open_to_team=False,
    )  # fmt: skip
    timers.cancel([held.pk], now=now)
    new = Handoff(
        lead=held.lead, lane=before.lane if before else held.lane - 1, queue=before.queue if before else None,
        policy=before.policy if before else None, trigger=held.trigger, previous=held, handed_by=by,
        opening_line=held.opening_line, note=note.strip(), evidence=held.evidence,
        confirmed=held.confirmed, created_at=now,
    )  # fmt: skip
    owner = before.rep if before else None
    if owner is not None and owner.works_here(now):
        new.state, new.rep, new.accepted_at, new.accepted_by = Handoff.ACCEPTED, owner, now, owner
    else:
        owner, new.waiting_because, new.route_at = None, Handoff.NOBODY, now
    new.save()
    lifecycle.give_to(held.lead, owner, by=by, now=now)
    if owner is None:
        news.waiting.announce(handoff_ids=[new.pk])
    else:
        Involvement.objects.filter(lead=held.lead, user=owner, kind=Involvement.SUPPORTER).delete()
        telling.given(held.lead, owner, by=by, now=now)
    telling.ended([held], now=now)
    whose_turn.refresh([held.lead_id], now=now)
    return held


def _passed_on(held: Handoff) -> Handoff | None:
    """The handoff of the lane before from which it came."""
    earlier = Handoff.objects.filter(lead=held.lead_id, state=Handoff.PROMOTED, lane__lt=held.lane)
    return earlier.select_related("rep", "queue", "policy").order_by("-ended_at", "-pk").first()
