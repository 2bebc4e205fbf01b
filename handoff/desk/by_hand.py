"""A person's moves beside the answers: hand over by hand, take back to nurture, not a fit, open again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from handoff import telling
from handoff.desk import asking, closing, gate
from handoff.desk.answers import house_zone, zone_of
from handoff.desk.next_steps import BACK_STEPS, BY_TASK, PASS_ON, needs_reason, next_of
from handoff.desk.opening import WITHDRAWN
from handoff.desk.permissions import insist, may, may_hand_over, may_judge
from handoff.desk.rewinding import DISQUALIFY, before, keep
from handoff.desk.sending_back import send_back
from handoff.models import Handoff
from handoff.refusals import DeskRefused
from leads import lifecycle, roles, stages
from leads.models import Lead, User

LONGEST_OPENING = 300
NURTURED = (stages.LEAD, stages.MAL)
NEEDED = ("queue__team__calendar", "policy", "handed_by")


@transaction.atomic
def move(
    lead: Lead,
    *,
    to: str,
    by: User,
    now: datetime,
    reason: str = "",
    note: str = "",
    opening_line: str = "",
    next_step: str = "",
    wake_on: date | None = None,
    wake_trigger: Mapping[str, Any] | None = None,
    version: int | None = None,
) -> Lead:
    """One of a person's moves; `to="mql"` is the hand-over.

    Raises DeskRefused, NotYours, StageRefused (the table) or LeadChanged (an older `version`).
    """
    held = _hold(lead, version)
    if to == stages.MQL:
        return _hand_over(held, by=by, now=now, note=note or reason, opening_line=opening_line)
    if to == stages.DISQUALIFIED:
        return disqualify(held, by=by, now=now, reason=reason, note=note)
    if to == stages.MAL and held.stage == stages.DISQUALIFIED:
        return reopen(held, by=by, now=now, reason=reason or note)
    if to == stages.MAL and held.stage in stages.IN_SALES_HANDS:
        back: dict[str, Any] = {"next_step": next_step, "wake_on": wake_on, "wake_trigger": wake_trigger}
        return recycle(held, by=by, now=now, reason=reason, note=note, **back)
    return _forward(held, to=to, by=by, now=now, reason=reason, note=note)


@transaction.atomic
def recycle(
    lead: Lead,
    *,
    by: User,
    now: datetime,
    reason: str,
    next_step: str = "",
    wake_on: date | None = None,
    wake_trigger: Mapping[str, Any] | None = None,
    note: str = "",
    version: int | None = None,
) -> Lead:
    """Back to nurture from sales' hands, with reason and next step; an open handoff ends with it.

    Who holds the handoff sends it back by this; anybody else who may takes it back (`recalled`).
    Either way it comes back by score only with something new: else the machine would undo it at once.
    """
    held = _hold(lead, version)
    if held.stage not in stages.IN_SALES_HANDS or held.outcome == stages.WON:
        raise stages.StageRefused("not_in_table", held.stage, stages.MAL, stages.PERSON)
    open_one = Handoff.objects.open().filter(lead=held).select_related(*NEEDED).first()
    back: dict[str, Any] = {"next_step": next_step, "wake_on": wake_on, "wake_trigger": wake_trigger}
    if open_one is not None and may(by, open_one).send_back:
        if next_step == PASS_ON:
            raise DeskRefused("unknown_choice", "next_step", value=next_step, choices=BACK_STEPS)
        send_back(open_one, by=by, now=now, reason=reason, note=note, **back)
        return Lead.objects.get(pk=held.pk)
    insist(answers_for(by, held))
    return take_back(held, open_one, by=by, now=now, reason=reason, note=note, **back)


def take_back(
    held: Lead, open_one: Handoff | None, *, by: User, now: datetime, reason: str, note: str = "", **back: Any
) -> Lead:
    """To nurture, whoever has the lead; locked, and allowed, by the caller."""
    zone = zone_of(open_one) if open_one else house_zone()
    then = next_of(reason, note=note, steps=BACK_STEPS, zone=zone, now=now, **back)
    if then.step in BY_TASK:
        task = asking.ask(held, open_one, then.step, by=by, text=note, now=now, reason=reason)
        then = then.waiting_for(task)
    if open_one is None:
        telling.lost(held, held.owner, cause=WITHDRAWN, by=by, reason=reason, now=now)
    return _move(
        held, to=then.stage, by=by, now=now, reason=reason, note=note, clear_owner=True, sent_back=True,
        **then.promise,
    )  # fmt: skip


@transaction.atomic
def disqualify(
    lead: Lead, *, by: User, now: datetime, reason: str, note: str = "", version: int | None = None
) -> Lead:
    """We decided not to follow: a reason of the list `disqualify`; an open handoff ends with it.

    Then it is an answer to that handoff, and can be undone as one.
    """
    held = _hold(lead, version)
    if held.outcome is not None:
        raise stages.StageRefused("not_in_table", held.stage, stages.DISQUALIFIED, stages.PERSON)
    insist(answers_for(by, held))
    needs_reason("disqualify", reason, note)
    open_one = Handoff.objects.open().filter(lead=held).select_related("lead").first()
    if open_one is None:
        telling.lost(held, held.owner, cause=Handoff.DISQUALIFIED, by=by, reason=reason, now=now)
    was = before(open_one, by=by) if open_one else {}
    lead = _move(held, to=stages.DISQUALIFIED, by=by, now=now, reason=reason, note=note)
    if open_one is not None:
        keep(Handoff.objects.select_related("lead").get(pk=open_one.pk), DISQUALIFY, was, by=by, now=now)
    return lead


@transaction.atomic
def reopen(lead: Lead, *, by: User, now: datetime, reason: str, version: int | None = None) -> Lead:
    """A lead that was not a fit is nurtured again, on what is new from now; why is said in own words.

    One whose opportunity was won or lost goes on with that opportunity.
    """
    held = _hold(lead, version)
    if held.outcome is not None:
        closing.reopen_opportunity(held, by=by, now=now, reason=reason)
        return Lead.objects.get(pk=held.pk)
    if held.stage != stages.DISQUALIFIED:
        raise stages.StageRefused("not_in_table", held.stage, stages.MAL, stages.PERSON)
    insist(answers_for(by, held))
    if not reason.strip():
        raise DeskRefused("required", "reason")
    return _move(held, to=stages.MAL, by=by, now=now, reason="reopened", note=reason, sent_back=True)


def _hold(lead: Lead, version: int | None) -> Lead:
    """The lead as it is now, locked. Raises LeadChanged when the person saw an older one."""
    held = lifecycle.lock([lead.pk])[lead.pk]
    lifecycle.insist_on(held, version)
    return held


def _hand_over(held: Lead, *, by: User, now: datetime, note: str, opening_line: str) -> Lead:
    insist(may_hand_over(by))
    if len(opening_line) > LONGEST_OPENING:
        raise DeskRefused("too_long", "opening_line", most=LONGEST_OPENING)
    if held.stage not in NURTURED:
        raise stages.StageRefused("not_in_table", held.stage, stages.MQL, stages.PERSON)
    _, conditions = gate.failed(held, now=now)
    stopped = [one for one in conditions if one.level == "block"]
    if stopped:
        raise DeskRefused("gate_blocked", "", conditions=stopped)
    if conditions and not note.strip():
        raise DeskRefused("gate_needs_note", "note", conditions=list(conditions))
    because = {"opening_line": opening_line.strip()} if opening_line.strip() else {}
    return _move(held, to=stages.MQL, by=by, now=now, note=note, trigger="person", because=because)


def _forward(held: Lead, *, to: str, by: User, now: datetime, reason: str, note: str) -> Lead:
    """Forward within sales, or a rep's own find; what an offer must answer is answered there."""
    if to == stages.OPPORTUNITY:
        raise DeskRefused("opportunity_needs_figures", "to")
    open_one = Handoff.objects.open().filter(lead=held).select_related("queue__team").first()
    if open_one is not None and open_one.state != Handoff.ACCEPTED:
        raise DeskRefused("answer_the_handoff", "to")
    insist(may_judge(by, held, open_one) if held.stage == stages.SAL else answers_for(by, held))
    owner: dict[str, Any] = {}
    if to in (stages.SAL, stages.SQL) and held.owner_id is None:
        insist(by.is_rep)
        owner = {"owner": by}
    return _move(held, to=to, by=by, now=now, reason=reason, note=note, **owner)


def _move(held: Lead, *, to: str, by: User, now: datetime, **wish: Any) -> Lead:
    lifecycle.move(held.pk, to=to, cause=stages.PERSON, by=by, now=now, **wish)
    return Lead.objects.get(pk=held.pk)


def answers_for(by: User, lead: Lead) -> bool:
    """Marketing for what it nurtures or offered, the owner for theirs, managers for what they see."""
    if by.has_role(roles.ADMIN, roles.MANAGER):
        return True
    if by.has_role(roles.MARKETER) and lead.stage in (stages.MQL, stages.DISQUALIFIED, *NURTURED):
        return True
    if by.has_role(roles.MARKETER) and lead.outcome == stages.LOST:
        return True
    return lead.owner_id == by.pk or (lead.owner_id is None and by.is_rep and lead.stage in NURTURED)
