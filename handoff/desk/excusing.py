"""A manager excuses a breach: it stays one, and reports show the figures with and without it (PRODUCT 6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from handoff.desk.answers import zone_of
from handoff.desk.permissions import insist
from handoff.models import Clock, DueChange, Handoff
from handoff.refusals import DeskRefused
from leads import lifecycle, roles
from leads.models import User

PER_MONTH = 3  # where the policy says nothing
LONGEST = 200


def may_excuse(by: User, clock: Clock) -> bool:
    """The manager of the team that promised; of an answer, a manager of marketing."""
    if clock.kind == Clock.ANSWER:
        return by.has_role(roles.ADMIN) or (by.is_manager and by.side == roles.MARKETING)
    queue = clock.handoff.queue
    return by.may_manage(queue.team if queue else None)


@transaction.atomic
def excuse(clock: Clock, *, by: User, now: datetime, reason: str) -> Clock:
    """Excuse this breach, with a reason, as often per person and month as the policy allows."""
    lifecycle.hold([clock.handoff.lead_id])
    rows = Clock.objects.select_for_update(of=("self",))
    held = rows.select_related("handoff__queue__team__calendar", "handoff__policy", "task").get(pk=clock.pk)
    insist(may_excuse(by, held))
    said = reason.strip()
    if not said:
        raise DeskRefused("required", "reason")
    if len(said) > LONGEST:
        raise DeskRefused("too_long", "reason", most=LONGEST)
    if held.breached_at is None:
        raise DeskRefused("not_a_breach")
    if held.excused_at is not None:
        raise DeskRefused("already_excused")
    whose = whose_breach(held)
    _insist_on_limit(held, whose)
    held.excused_at, held.excused_by, held.excuse = now, by, said
    held.save(update_fields=["excused_at", "excused_by", "excuse"])
    DueChange.objects.create(
        clock=held, cause=DueChange.EXCUSE, old=held.breached_at, new=held.due_at, changed_at=now, by=by,
        detail={"person": whose, "reason": said},
    )  # fmt: skip
    return held


def whose_breach(clock: Clock) -> int | None:
    """Who had the lead when the clock ran out; of an answer, who was asked."""
    if clock.kind == Clock.ANSWER:
        return clock.task.assignee_id if clock.task else None
    one: Handoff = clock.handoff
    assert clock.breached_at is not None
    while one.previous is not None and (one.offered_at is None or one.offered_at > clock.breached_at):
        one = one.previous
    return one.rep_id or clock.handoff.rep_id


def _insist_on_limit(clock: Clock, whose: int | None) -> None:
    """The month is that of the breach, in the team's calendar; two managers at once wait for each other."""
    most = int(_rules(clock).get("per_month", PER_MONTH))
    list(
        User.objects.select_for_update(no_key=True).filter(pk__in=[whose] if whose else []).values_list("pk")
    )
    begins, ends = _month(clock)
    excused = DueChange.objects.filter(
        cause=DueChange.EXCUSE, detail__person=whose, old__gte=begins, old__lt=ends,
        clock__excused_at__isnull=False,
    )  # fmt: skip
    if excused.count() >= most:
        raise DeskRefused("excuses_used_up", "", most=most)


def _month(clock: Clock) -> tuple[datetime, datetime]:
    assert clock.breached_at is not None
    here = clock.breached_at.astimezone(zone_of(clock.handoff))
    begins = here.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return begins, (begins + timedelta(days=32)).replace(day=1)


def _rules(clock: Clock) -> dict[str, Any]:
    return (clock.handoff.policy.body.get("excuses") or {}) if clock.handoff.policy else {}
