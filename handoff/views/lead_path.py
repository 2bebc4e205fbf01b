"""What the page of a lead shows of its path: meetings, opportunity, supporters, what may be done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from handoff import desk
from handoff.models import Handoff
from leads import roles
from leads.models import Lead, Meeting, Opportunity, User


def shown(lead: Lead, user: User, held: Handoff | None, *, at: datetime) -> dict[str, Any]:
    """The context of `lead_further.html` and its sections; a constant number of statements."""
    further = desk.further(user, lead, held)
    meetings = _meetings(lead)
    judges = any(_may_judge(user, one, lead, held) for one in meetings)
    supporters = desk.supporters_of(lead)
    return {
        "further": further,
        "meetings": meetings,
        "to_judge": [one for one in meetings if judges and is_to_judge(one, at)],
        "may_judge_meetings": judges,
        "opportunities": list(
            Opportunity.objects.filter(lead=lead).select_related("owner", "closed_by").order_by("-pk")
        ),
        "supporters": supporters,
        "may_support": _others(lead, supporters, at) if further.support else [],
    }


def is_to_judge(meeting: Meeting, at: datetime) -> bool:
    """Over, and nobody has said yet what it was worth."""
    if meeting.verdict:
        return False
    return meeting.state == Meeting.HELD or (meeting.state == Meeting.BOOKED and meeting.ends_at <= at)


def _meetings(lead: Lead) -> list[Meeting]:
    """Newest first; one that was moved is told by the one in its place."""
    rows = Meeting.objects.filter(lead=lead).exclude(state=Meeting.RESCHEDULED)
    found = list(
        rows.select_related("verdict_by", "replaces").prefetch_related("ours").order_by("-starts_at", "-pk")
    )
    for one in found:
        one.lead = lead
    return found


def _may_judge(user: User, meeting: Meeting, lead: Lead, held: Handoff | None) -> bool:
    if lead.owner_id == user.pk:
        return True
    goes = any(one.pk == user.pk for one in meeting.ours.all())
    return (goes and user.has_role(roles.FIELD_SALES)) or desk.answers_further(user, lead, held)


def _others(lead: Lead, supporters: list[User], at: datetime) -> list[User]:
    """Who could be asked: everybody of sales but the owner and who does it already."""
    taken = {lead.owner_id, *(one.pk for one in supporters)}
    people = User.objects.filter(side=roles.SALES, is_active=True).order_by("family_kana", "pk")
    return [one for one in people if one.pk not in taken and one.works_here(at)]
