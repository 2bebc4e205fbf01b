"""What a rep says to an offered lead: accept it, and the contacts from then on."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from handoff import telling, timers, whose_turn
from handoff.desk.holding import take, win
from handoff.desk.permissions import insist, may
from handoff.desk.rewinding import ACCEPT, before, keep
from handoff.desk.taking_on import take_on
from handoff.models import Clock, Handoff
from handoff.refusals import DeskRefused
from leads import intake
from leads.models import Involvement, PlaybookSection, User

RESULTS = {
    "reached": "call_connected",
    "declined": "call_connected",
    "call_back": "call_connected",
    "no_answer": "call_attempt",
    "gatekeeper": "call_attempt",
    "left_company": "call_attempt",
    "meeting_set": "meeting_invited",
    "email_sent": "email_sent",
}
CHANNELS = ("phone", "email", "online", "visit", "dm", "letter")


@transaction.atomic
def accept(handoff: Handoff, *, by: User, now: datetime, version: int | None = None) -> Handoff:
    """Take the lead on. Raises Conflict (somebody was quicker) or NotYours (offered to somebody else)."""
    held = take(handoff, version=version, states=(Handoff.OFFERED,))
    insist(may(by, held).accept)
    was = before(held, by=by)
    win(
        held,
        state=Handoff.ACCEPTED,
        rep=by,
        accepted_at=now,
        accepted_by=by,
        open_to_team=False,
        snoozed_until=None,
        snoozed_till_reaction=False,
    )
    timers.end_kind(held, Clock.ACCEPT, event_at=now, now=now)
    timers.accepted(held, now=now)
    take_on(held, by=by, now=now)
    note_handler(held, by, now=now)
    keep(held, ACCEPT, was, by=by, now=now)
    telling.accepted(held, by=by, now=now)
    return held


@transaction.atomic
def contact(
    handoff: Handoff,
    *,
    by: User,
    now: datetime,
    result: str,
    channel: str = "",
    note: str = "",
    occurred_at: datetime | None = None,
    external_id: str | None = None,
    source: str = "tasuki",
    next_step_on: date | None = None,
    version: int | None = None,
) -> Handoff:
    """Log what came of a call or a mail. The first real one meets the first-contact clock."""
    held = take(handoff, version=version, states=(Handoff.OFFERED, Handoff.ACCEPTED))
    insist(may(by, held).contact)
    if result not in RESULTS:
        raise DeskRefused("unknown_result" if result else "required", "result", value=result)
    channel = channel or ("email" if result == "email_sent" else "phone")
    if channel not in CHANNELS:
        raise DeskRefused("unknown_choice", "channel", value=channel)
    today = now.astimezone(zone_of(held)).date()
    if next_step_on is not None and next_step_on < today:
        raise DeskRefused("in_the_past", "next_step_on")
    told = intake.NewActivity(
        lead_id=held.lead_id, type=RESULTS[result], occurred_at=occurred_at or now, source=source,
        external_id=external_id, channel=channel, actor=by,
        data={"result": result, "handoff": held.pk, "note": note},
    )  # fmt: skip
    (answer,) = intake.record([told], now=now)
    if answer.status == "rejected":
        raise DeskRefused(answer.code, answer.field)
    if next_step_on is not None or (held.next_step_on and held.next_step_on <= today):
        held.next_step_on = next_step_on  # the step promised for today or before is done by this contact
        held.save(update_fields=["next_step_on"])
    timers.contact_made(held.lead_id, now=now)
    whose_turn.refresh([held.lead_id], now=now)
    return held


def zone_of(handoff: Handoff) -> ZoneInfo:
    """Dates of a handoff are local dates of its team; before it has one, the reader of the playbook's."""
    if handoff.queue is not None:
        return handoff.queue.team.calendar.hours.timezone
    return house_zone()


def house_zone() -> ZoneInfo:
    return ZoneInfo(PlaybookSection.objects.current("head").get("timezone") or "Asia/Tokyo")


def note_handler(handoff: Handoff, by: User, *, now: datetime) -> None:
    """Whoever handled a lead keeps seeing it (PRODUCT 11)."""
    handler = Involvement(lead_id=handoff.lead_id, user=by, kind=Involvement.HANDLER, since=now)
    Involvement.objects.bulk_create([handler], ignore_conflicts=True)
