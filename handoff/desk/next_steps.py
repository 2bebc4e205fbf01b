"""What happens next with a lead that goes back: on a date, when they react, or not at all (PRODUCT 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from handoff.refusals import DeskRefused
from leads import stages
from leads.models import PlaybookSection

WAKE, TRIGGER, DISQUALIFY = "wake", "trigger", "disqualify"
NEXT_STEPS = (WAKE, TRIGGER, DISQUALIFY)
"""Next steps of a send-back that are built; reasons whose own step is not offer these."""

ON_REACTION = {"on": "reaction"}
TRIGGERS = (ON_REACTION,)
LATEST = timedelta(days=180)  # a trigger waits no longer than this unless a date is given
FARTHEST_WAKE = timedelta(days=3650)


@dataclass(frozen=True)
class Next:
    """The next step; with `wake_trigger` the moment is the latest one, at which marketing is asked."""

    step: str
    wake_at: datetime | None = None
    wake_trigger: Mapping[str, Any] | None = None

    @property
    def stage(self) -> str:
        return stages.DISQUALIFIED if self.step == DISQUALIFY else stages.MAL

    @property
    def promise(self) -> dict[str, Any]:
        return {"wake_at": self.wake_at, "wake_trigger": self.wake_trigger}


def next_of(
    reason: str,
    next_step: str,
    wake_on: date | None,
    note: str,
    *,
    wake_trigger: Mapping[str, Any] | None = None,
    zone: ZoneInfo,
    now: datetime,
) -> Next:
    """The next step of a send-back and its moment, or DeskRefused naming the field to put right."""
    body = reason_of("send_back", reason)
    if body.get("note_required") and not note.strip():
        raise DeskRefused("note_required", "note")
    step = _step(body, next_step, wake_trigger)
    if step == DISQUALIFY:
        return Next(step)
    today = now.astimezone(zone).date()
    wake_at = _moment(wake_on or _by_default(step, body, today), today, zone)
    return Next(step, wake_at, (wake_trigger or ON_REACTION) if step == TRIGGER else None)


def needs_reason(kind: str, reason: str, note: str) -> None:
    """A reason of the playbook's list `kind`; some ask for a sentence too."""
    if reason_of(kind, reason).get("note_required") and not note.strip():
        raise DeskRefused("note_required", "note")


def reason_of(kind: str, reason: str) -> dict[str, Any]:
    """What the playbook says of a reason of its list `kind`."""
    if not reason:
        raise DeskRefused("required", "reason")
    known: dict[str, dict[str, Any]] = PlaybookSection.objects.current("reasons").get(kind) or {}
    if reason not in known:
        raise DeskRefused("unknown_reason", "reason", value=reason)
    return known[reason]


def _step(body: Mapping[str, Any], said: str, wake_trigger: Mapping[str, Any] | None) -> str:
    """As said; else a trigger where one is given; else as the reason says."""
    usual = body["next_step"] if body["next_step"] in NEXT_STEPS else ""
    step = said or (TRIGGER if wake_trigger else usual)
    if not step:
        raise DeskRefused("required", "next_step", choices=NEXT_STEPS)
    if step not in NEXT_STEPS:
        raise DeskRefused("unknown_choice", "next_step", value=step, choices=NEXT_STEPS)
    if wake_trigger and (step != TRIGGER or wake_trigger not in TRIGGERS):
        raise DeskRefused("unknown_choice", "wake_trigger", value=next(iter(wake_trigger)))
    return step


def _by_default(step: str, body: Mapping[str, Any], today: date) -> date:
    if "wake_days" in body:
        return today + timedelta(days=body["wake_days"])
    if step != TRIGGER:
        raise DeskRefused("required", "wake_on")
    return today + LATEST


def _moment(wake_on: date, today: date, zone: ZoneInfo) -> datetime:
    if wake_on <= today:
        raise DeskRefused("in_the_past", "wake_on")
    if wake_on > today + FARTHEST_WAKE:
        raise DeskRefused("too_far", "wake_on")
    return datetime.combine(wake_on, time(), zone)
