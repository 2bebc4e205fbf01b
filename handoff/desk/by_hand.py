"""A person's moves beside the answers: hand over by hand, take back to nurture, not a fit, open again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from handoff.desk import gate
from handoff.desk.answers import DISQUALIFY, house_zone, needs_reason, next_of, zone_of
from handoff.desk.permissions import insist, may_hand_over
from handoff.models import Handoff
from handoff.refusals import DeskRefused
from leads import lifecycle, roles, stages
from leads.models import Lead, User

LONGEST_OPENING = 300
NURTURED = (stages.LEAD, stages.MAL)


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
    version: int | None = None,
) -> Lead:
    """One of a person's moves; `to="mql"` is the hand-over.

    Raises DeskRefused, NotYours, StageRefused (the table) or LeadChanged (an older `version`).
    """
    if to == stages.MQL:
        return _hand_over(
            lead, by=by, now=now, note=note or reason, opening_line=opening_line, version=version
        )
    if to == stages.DISQUALIFIED:
        return disqualify(lead, by=by, now=now, reason=reason, note=note, version=version)
    if to == stages.MAL and lead.stage == stages.DISQUALIFIED:
        return reopen(lead, by=by, now=now, reason=reason, version=version)
    if to == stages.MAL and lead.stage != stages.LEAD:
        return recycle(
            lead,
            by=by,
            now=now,
            reason=reason,
            next_step=next_step,
            wake_on=wake_on,
            note=note,
            version=version,
        )
    return _forward(lead, to=to, by=by, now=now, reason=reason, note=note, version=version)


@transaction.atomic
def recycle(
    lead: Lead,
    *,
    by: User,
    now: datetime,
    reason: str,
    next_step: str = "",
    wake_on: date | None = None,
    note: str = "",
    version: int | None = None,
) -> Lead:
    """Back to nurture from sales' hands, with reason and next step; an open handoff ends as recalled."""
    held = lifecycle.lock([lead.pk])[lead.pk]
    if held.stage not in stages.IN_SALES_HANDS:
        raise stages.StageRefused("not_in_table", held.stage, stages.MAL, stages.PERSON)
    insist(_answers_for(by, held))
    open_one = Handoff.objects.open().filter(lead=held).select_related("queue__team__calendar").first()
    zone = zone_of(open_one) if open_one else house_zone()
    step, wake_at = next_of(reason, next_step, wake_on, note, zone=zone, now=now)
    to = stages.DISQUALIFIED if step == DISQUALIFY else stages.MAL
    return _move(
        held, to=to, by=by, now=now, reason=reason, note=note, wake_at=wake_at, clear_owner=True,
        sent_back=held.stage != stages.MQL, version=version,
    )  # fmt: skip


@transaction.atomic
def disqualify(
    lead: Lead, *, by: User, now: datetime, reason: str, note: str = "", version: int | None = None
) -> Lead:
    """We decided not to follow: a reason of the playbook's `disqualify` list; an open handoff ends with it."""
    insist(_answers_for(by, lead))
    needs_reason("disqualify", reason, note)
    return _move(lead, to=stages.DISQUALIFIED, by=by, now=now, reason=reason, note=note, version=version)


@transaction.atomic
def reopen(lead: Lead, *, by: User, now: datetime, reason: str, version: int | None = None) -> Lead:
    """A lead that was not a fit is nurtured again; why is said in the person's own words."""
    insist(_answers_for(by, lead))
    if not reason.strip():
        raise DeskRefused("required", "reason")
    return _move(lead, to=stages.MAL, by=by, now=now, reason="reopened", note=reason, version=version)


def _hand_over(
    lead: Lead, *, by: User, now: datetime, note: str, opening_line: str, version: int | None
) -> Lead:
    insist(may_hand_over(by))
    if len(opening_line) > LONGEST_OPENING:
        raise DeskRefused("too_long", "opening_line", most=LONGEST_OPENING)
    held = lifecycle.lock([lead.pk])[lead.pk]
    if held.stage not in NURTURED:
        raise stages.StageRefused("not_in_table", held.stage, stages.MQL, stages.PERSON)
    _, conditions = gate.failed(held, now=now)
    stopped = [one for one in conditions if one.level == "block"]
    if stopped:
        raise DeskRefused("gate_blocked", "", conditions=stopped)
    if conditions and not note.strip():
        raise DeskRefused("gate_needs_note", "note", conditions=list(conditions))
    because = {"opening_line": opening_line.strip()} if opening_line.strip() else {}
    return _move(
        held, to=stages.MQL, by=by, now=now, note=note, trigger="person", because=because, version=version
    )


def _forward(
    lead: Lead, *, to: str, by: User, now: datetime, reason: str, note: str, version: int | None
) -> Lead:
    """Forward within sales, or a rep's own find; what an offer must answer is answered there."""
    if to == stages.OPPORTUNITY:
        raise DeskRefused("opportunity_needs_figures", "to")
    if Handoff.objects.filter(lead=lead, state__in=(Handoff.WAITING, Handoff.OFFERED)).exists():
        raise DeskRefused("answer_the_handoff", "to")
    insist(_answers_for(by, lead))
    owner: dict[str, Any] = {}
    if to in (stages.SAL, stages.SQL) and lead.owner_id is None:
        insist(by.is_rep)
        owner = {"owner": by}
    return _move(lead, to=to, by=by, now=now, reason=reason, note=note, version=version, **owner)


def _move(lead: Lead, *, to: str, by: User, now: datetime, **wish: Any) -> Lead:
    lifecycle.move(lead.pk, to=to, cause=stages.PERSON, by=by, now=now, **wish)
    return Lead.objects.get(pk=lead.pk)


def _answers_for(by: User, lead: Lead) -> bool:
    """Marketing for what it nurtures or offered, the owner for theirs, managers for what they see."""
    if by.has_role(roles.ADMIN, roles.MANAGER):
        return True
    if by.has_role(roles.MARKETER) and lead.stage in (stages.MQL, stages.DISQUALIFIED, *NURTURED):
        return True
    return lead.owner_id == by.pk or (lead.owner_id is None and by.is_rep and lead.stage in NURTURED)
