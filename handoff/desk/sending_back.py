"""A lead goes back with a reason and a next step, or straight on to a colleague (PRODUCT 6, send back)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from handoff import telling, timers
from handoff.desk import asking, handing_on
from handoff.desk.answers import note_handler, zone_of
from handoff.desk.holding import take, win
from handoff.desk.next_steps import BY_TASK, PASS_ON, next_of, reason_of
from handoff.desk.permissions import insist, may
from handoff.desk.persisting import insist_on_trying
from handoff.desk.rewinding import SEND_BACK, before, keep
from handoff.desk.supporting import audience
from handoff.desk.wakes import holds
from handoff.models import Clock, Handoff
from handoff.refusals import DeskRefused
from leads import lifecycle, stages
from leads.models import Task, User


@transaction.atomic
def send_back(
    handoff: Handoff,
    *,
    by: User,
    now: datetime,
    reason: str,
    next_step: str = "",
    wake_on: date | None = None,
    wake_trigger: Mapping[str, Any] | None = None,
    to: User | None = None,
    note: str = "",
    follow: str = "marketing",
    version: int | None = None,
) -> Handoff:
    """Give the lead back with a reason and what happens next; offered or accepted alike.

    `pass_on` gives it to a colleague of the lane at once: recalled, offered anew, its stage kept.
    """
    held = take(handoff, version=version, states=(Handoff.OFFERED, Handoff.ACCEPTED))
    insist(may(by, held).send_back)
    then = next_of(reason, next_step, wake_on, note, wake_trigger=wake_trigger, zone=zone_of(held), now=now)
    insist_on_trying(held, reason_of("send_back", reason))
    if then.wake_trigger and "when" in then.wake_trigger and holds(then.wake_trigger["when"], held.lead):
        raise DeskRefused("holds_already", "wake_trigger")
    if follow not in ("marketing", "me"):
        raise DeskRefused("unknown_choice", "follow", value=follow)
    if then.step == PASS_ON:
        handing_on.pass_on(held, to=to, by=by, reason=reason, note=note, now=now)
        return held
    was = before(held, by=by)
    if then.step in BY_TASK:
        task = asking.ask(held.lead, held, then.step, by=by, text=note, now=now, reason=reason)
        then = then.waiting_for(task)
    win(
        held, state=Handoff.SENT_BACK, rep=held.rep or by, reason=reason, next_step=then.step,
        note=note or held.note, ended_at=now, ended_by=by, open_to_team=False, follow=follow, **then.promise,
    )  # fmt: skip
    if then.step not in BY_TASK and held.policy is not None and Clock.ANSWER in held.policy.body:
        asking.ask(held.lead, held, Task.SENT_BACK, by=by, text=note, now=now, reason=reason)
    timers.end_kind(held, Clock.ACCEPT, event_at=now, now=now)
    timers.cancel([held.pk], now=now)
    note_handler(held, by, now=now)
    telling.sent_back(held, by=by, beside=audience(held.lead, but=by), now=now)
    held.lead = lifecycle.move(
        held.lead_id, to=then.stage, cause=stages.PERSON, by=by, reason=reason, note=note,
        handoff_id=held.pk, sent_back=True, now=now, **then.promise, **_owner_after(follow, by),
    )  # fmt: skip
    keep(held, SEND_BACK, was, by=by, now=now)
    return held


def _owner_after(follow: str, by: User) -> dict[str, Any]:
    return {"owner": by} if follow == "me" else {"clear_owner": True}
