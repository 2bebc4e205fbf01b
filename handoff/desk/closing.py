"""Opportunities as the desk allows them: the owner, or who manages them, opens, changes and closes one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from handoff import telling
from handoff.desk.appointments import open_handoff
from handoff.desk.further import answers_further, further
from handoff.desk.handing_on import REASSIGNED
from handoff.desk.permissions import insist
from handoff.models import Handoff
from handoff.refusals import DeskRefused
from leads import lifecycle, opportunities, stages
from leads.models import Lead, Opportunity, User


@transaction.atomic
def open_opportunity(lead: Lead, *, by: User, now: datetime, **figures: Any) -> Opportunity:
    """A qualified lead gets a proposal; its handoff becomes `completed`."""
    held = lifecycle.lock([lead.pk])[lead.pk]
    handoff = open_handoff(held)
    if held.stage == stages.OPPORTUNITY and held.outcome is None:
        return opportunities.begin(held, by=by, now=now, **figures)  # says who was quicker
    if held.stage not in (stages.SAL, stages.SQL):
        raise stages.StageRefused("not_in_table", held.stage, stages.OPPORTUNITY, stages.PERSON)
    if handoff is not None and handoff.state != Handoff.ACCEPTED:
        raise DeskRefused("answer_the_handoff", "lead")
    insist(further(by, held, handoff).open)
    return opportunities.begin(held, by=by, now=now, **figures)


@transaction.atomic
def change_opportunity(opportunity: Opportunity, *, by: User, now: datetime, **said: Any) -> Opportunity:
    """Other figures; another owner and whoever had it before are told."""
    insist(_answers(by, opportunity.lead_id))
    before = Lead.objects.select_related("owner").get(pk=opportunity.lead_id).owner
    changed = opportunities.change(opportunity, by=by, now=now, **said)
    owner = changed.lead.owner
    if owner is not None and owner != before:
        telling.lost(changed.lead, before, cause=REASSIGNED, by=by, now=now)
        telling.given(changed.lead, owner, by=by, now=now)
    return changed


@transaction.atomic
def close_opportunity(opportunity: Opportunity, *, by: User, now: datetime, **said: Any) -> Opportunity:
    """Won or lost; the first to say so decides, the others hear who and when."""
    insist(_answers(by, opportunity.lead_id))
    return opportunities.close(opportunity, by=by, now=now, **said)


@transaction.atomic
def reopen_opportunity(
    lead: Lead, *, by: User, now: datetime, reason: str, version: int | None = None
) -> Opportunity:
    """What was won or lost goes on after all; why is said in own words."""
    insist(_answers(by, lead.pk))
    return opportunities.reopen(lead, by=by, now=now, reason=reason, version=version)


def _answers(by: User, lead_id: int) -> bool:
    """By the lead as it is now, locked; what has become of its opportunity meanwhile, the door says."""
    lead = lifecycle.lock([lead_id])[lead_id]
    return answers_further(by, lead, open_handoff(lead))
