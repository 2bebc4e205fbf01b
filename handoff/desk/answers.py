"""What a rep says to an offered lead: accept, send back, and the contacts in between."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from handoff import telling, timers, whose_turn
from handoff.desk.holding import take, win
from handoff.desk.permissions import insist, may
from handoff.desk.supporting import audience
from handoff.desk.taking_on import take_on
from handoff.models import Clock, Handoff
from handoff.refusals import DeskRefused
from leads import intake, lifecycle, stages
from leads.models import Involvement, PlaybookSection, User

WAKE, DISQUALIFY = "wake", "disqualify"
NEXT_STEPS = (WAKE, DISQUALIFY)
"""Next steps of a send-back that are built; reasons whose own step is not offer these."""

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
FARTHEST_WAKE = timedelta(days=3650)


@transaction.atomic
def accept(handoff: Handoff, *, by: User, now: datetime, version: int | None = None) -> Handoff:
    """Take the lead on. Raises Conflict (somebody was quicker) or NotYours (offered to somebody else)."""
    held = take(handoff, version=version, states=(Handoff.OFFERED,))
    insist(may(by, held).accept)
    win(held, state=Handoff.ACCEPTED, rep=by, accepted_at=now, accepted_by=by, open_to_team=False)
    timers.end_kind(held, Clock.ACCEPT, event_at=now, now=now)
    timers.accepted(held, now=now)
    take_on(held, by=by, now=now)
    note_handler(held, by, now=now)
    telling.accepted(held, by=by, now=now)
    whose_turn.refresh([held.lead_id], now=now)
    return held


@transaction.atomic
def send_back(
    handoff: Handoff,
    *,
    by: User,
    now: datetime,
    reason: str,
    next_step: str = "",
    wake_on: date | None = None,
    note: str = "",
    follow: str = "marketing",
    version: int | None = None,
) -> Handoff:
    """Give the lead back with a reason and what happens next; offered or accepted alike."""
    held = take(handoff, version=version, states=(Handoff.OFFERED, Handoff.ACCEPTED))
    insist(may(by, held).send_back)
    step, wake_at = next_of(reason, next_step, wake_on, note, zone=zone_of(held), now=now)
    if follow not in ("marketing", "me"):
        raise DeskRefused("unknown_choice", "follow", value=follow)
    win(
        held, state=Handoff.SENT_BACK, rep=held.rep or by, reason=reason, next_step=step, wake_at=wake_at,
        note=note or held.note, ended_at=now, ended_by=by, open_to_team=False,
    )  # fmt: skip
    timers.end_kind(held, Clock.ACCEPT, event_at=now, now=now)
    timers.cancel([held.pk], now=now)
    note_handler(held, by, now=now)
    telling.sent_back(held, by=by, beside=audience(held.lead, but=by), now=now)
    held.lead = lifecycle.move(
        held.lead_id,
        to=stages.DISQUALIFIED if step == DISQUALIFY else stages.MAL,
        cause=stages.PERSON, by=by, reason=reason, note=note, handoff_id=held.pk, wake_at=wake_at,
        sent_back=True, now=now, **_owner_after(follow, by),
    )  # fmt: skip
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


def next_of(
    reason: str, next_step: str, wake_on: date | None, note: str, *, zone: ZoneInfo, now: datetime
) -> tuple[str, datetime | None]:
    """The next step of a send-back and its moment, or DeskRefused naming the field to put right."""
    body = _reason("send_back", reason)
    if body.get("note_required") and not note.strip():
        raise DeskRefused("note_required", "note")
    step = next_step or (body["next_step"] if body["next_step"] in NEXT_STEPS else "")
    if not step:
        raise DeskRefused("required", "next_step", choices=NEXT_STEPS)
    if step not in NEXT_STEPS:
        raise DeskRefused("unknown_choice", "next_step", value=step, choices=NEXT_STEPS)
    if step == DISQUALIFY:
        return step, None
    today = now.astimezone(zone).date()
    if wake_on is None:
        if "wake_days" not in body:
            raise DeskRefused("required", "wake_on")
        wake_on = today + timedelta(days=body["wake_days"])
    if wake_on <= today:
        raise DeskRefused("in_the_past", "wake_on")
    if wake_on > today + FARTHEST_WAKE:
        raise DeskRefused("too_far", "wake_on")
    return step, datetime.combine(wake_on, time(), zone)


def needs_reason(kind: str, reason: str, note: str) -> None:
    """A reason of the playbook's list `kind`; some ask for a sentence too."""
    if _reason(kind, reason).get("note_required") and not note.strip():
        raise DeskRefused("note_required", "note")


def _reason(kind: str, reason: str) -> dict[str, Any]:
    if not reason:
        raise DeskRefused("required", "reason")
    known: dict[str, dict[str, Any]] = PlaybookSection.objects.current("reasons").get(kind) or {}
    if reason not in known:
        raise DeskRefused("unknown_reason", "reason", value=reason)
    return known[reason]


def zone_of(handoff: Handoff) -> ZoneInfo:
    """Dates of a handoff are local dates of its team; before it has one, the reader of the playbook's."""
    if handoff.queue is not None:
        return handoff.queue.team.calendar.hours.timezone
    return house_zone()


def house_zone() -> ZoneInfo:
    return ZoneInfo(PlaybookSection.objects.current("head").get("timezone") or "Asia/Tokyo")


def note_handler(handoff: Handoff, by: User, *, now: datetime) -> None:
    """Whoever handled a lead keeps seeing it (PRODUCT 11)."""
    Involvement.objects.get_or_create(
        lead_id=handoff.lead_id, user=by, kind=Involvement.HANDLER, defaults={"since": now}
    )


def _owner_after(follow: str, by: User) -> dict[str, Any]:
    return {"owner": by} if follow == "me" else {"clear_owner": True}
