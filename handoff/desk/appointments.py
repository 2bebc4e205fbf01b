"""Meetings as the desk allows them: who may book, move, end and judge one (see `leads.meetings`)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from handoff import telling, whose_turn
from handoff.desk.answers import zone_of
from handoff.desk.further import further, may_judge_meeting
from handoff.desk.permissions import insist
from handoff.desk.supporting import audience
from handoff.models import Handoff
from handoff.refusals import DeskRefused
from leads import lifecycle, meetings
from leads.models import Lead, Meeting, User


@transaction.atomic
def book_meeting(lead: Lead, *, by: User, now: datetime, **wish: Any) -> Meeting:
    """Its owner, a supporter or a manager books one; the day of it is the next step where none is sooner."""
    held = lifecycle.lock([lead.pk])[lead.pk]
    handoff = open_handoff(held)
    insist(further(by, held, handoff).book)
    meeting = meetings.book(held, by=by, now=now, handoff_id=handoff.pk if handoff else None, **wish)
    _next_step(handoff, meeting, now=now)
    return meeting


@transaction.atomic
def change_meeting(meeting: Meeting, *, by: User, now: datetime, state: str = "", **said: Any) -> Meeting:
    """Another time or place, or what became of it (`state`); not both at once."""
    _insist(meeting, by)
    if not state or state == meeting.state:
        moved = meetings.change(meeting, by=by, now=now, **said)
        _next_step(open_handoff(moved.lead), moved, now=now)
        return moved
    version = said.pop("version", None)
    if said:
        raise DeskRefused("one_at_a_time", "state")
    return meetings.end(meeting, state=state, by=by, now=now, version=version)


@transaction.atomic
def judge_meeting(meeting: Meeting, *, by: User, now: datetime, **said: Any) -> Meeting:
    """Valid or not: one tap of the field rep."""
    meeting.lead = lifecycle.lock([meeting.lead_id])[meeting.lead_id]
    insist(may_judge_meeting(by, meeting, open_handoff(meeting.lead)))
    judged = meetings.judge(meeting, by=by, now=now, **said)
    telling.judged(judged, by=by, beside=audience(judged.lead, but=by), now=now)
    return judged


def open_handoff(lead: Lead) -> Handoff | None:
    found = Handoff.objects.open().filter(lead=lead).select_related("queue__team__calendar", "lead")
    return found.first()


def _insist(meeting: Meeting, by: User) -> None:
    """Whoever may book with this lead, or goes there themselves."""
    lead = lifecycle.lock([meeting.lead_id])[meeting.lead_id]
    goes = meeting.ours.filter(pk=by.pk).exists()
    insist(goes or further(by, lead, open_handoff(lead)).book)


def _next_step(handoff: Handoff | None, meeting: Meeting, *, now: datetime) -> None:
    if handoff is None or handoff.state != Handoff.ACCEPTED or meeting.starts_at < now - timedelta(days=1):
        return
    zone = zone_of(handoff)
    day, today = meeting.starts_at.astimezone(zone).date(), now.astimezone(zone).date()
    if handoff.next_step_on is None or handoff.next_step_on <= today or day < handoff.next_step_on:
        handoff.next_step_on = day
        handoff.save(update_fields=["next_step_on"])
        whose_turn.refresh([handoff.lead_id], now=now)
