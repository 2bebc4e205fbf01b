"""What happens next with a lead that goes back: a date, a trigger, a task, a colleague, nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from handoff.refusals import DeskRefused
from leads import predicates, stages
from leads.models import PlaybookSection, Task
from scoring.facts import COMPANY_FIELDS, LEAD_FIELDS

WAKE, TRIGGER, DISQUALIFY, PASS_ON = "wake", "trigger", "disqualify", "pass_on"
RIGHT_PERSON, MARKETING_FIX = Task.RIGHT_PERSON, Task.MARKETING_FIX
NEXT_STEPS = (WAKE, TRIGGER, RIGHT_PERSON, MARKETING_FIX, DISQUALIFY, PASS_ON)
BACK_STEPS = NEXT_STEPS[:-1]
"""Where the lead leaves sales; only who was asked can pass it on."""
BY_TASK = (RIGHT_PERSON, MARKETING_FIX)

ON_REACTION = {"on": "reaction"}
LATEST = timedelta(days=180)  # a trigger waits no longer than this unless a date is given
FARTHEST_WAKE = timedelta(days=3650)
ASKED = (*LEAD_FIELDS, "campaign", "readiness", "fit", "interest")


@dataclass(frozen=True)
class Next:
    """The next step; with `wake_trigger` the moment is the latest one, at which marketing is asked.

    Of a step that waits for a task the trigger is not known before the task is (`waiting_for`).
    """

    step: str
    wake_at: datetime | None = None
    wake_trigger: Mapping[str, Any] | None = None

    @property
    def stage(self) -> str:
        return stages.DISQUALIFIED if self.step == DISQUALIFY else stages.MAL

    def waiting_for(self, task: Task) -> Next:
        return replace(self, wake_trigger={"task": task.pk})

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
    steps: Sequence[str] = NEXT_STEPS,
    zone: ZoneInfo,
    now: datetime,
) -> Next:
    """The next step of a send-back and its moment, or DeskRefused naming the field to put right."""
    body = reason_of("send_back", reason)
    if body.get("note_required") and not note.strip():
        raise DeskRefused("note_required", "note")
    step = _step(body, next_step, wake_trigger, steps)
    if step in (DISQUALIFY, PASS_ON):
        return Next(step)
    today = now.astimezone(zone).date()
    if step in BY_TASK:
        return Next(step, _moment(today + LATEST, today, zone))
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


def _step(
    body: Mapping[str, Any], said: str, wake_trigger: Mapping[str, Any] | None, steps: Sequence[str]
) -> str:
    """As said; else a trigger where one is given; else as the reason says."""
    usual = body["next_step"] if body["next_step"] in steps else ""
    step = said or (TRIGGER if wake_trigger else usual)
    if not step:
        raise DeskRefused("required", "next_step", choices=steps)
    if step not in steps:
        raise DeskRefused("unknown_choice", "next_step", value=step, choices=steps)
    if wake_trigger and (step != TRIGGER or not _is_trigger(wake_trigger)):
        raise DeskRefused("unknown_choice", "wake_trigger", value=next(iter(wake_trigger)))
    return step


def _is_trigger(said: Mapping[str, Any]) -> bool:
    """Any new reaction, or a predicate that can be asked of a lead nobody has in hand."""
    if said == ON_REACTION:
        return True
    if set(said) != {"when"} or not said["when"]:
        return False
    return not predicates.check(said["when"], known_paths=_is_path)


def _is_path(path: str) -> bool:
    head, _, rest = path.partition(".")
    if head == "attributes" or rest.startswith("attributes."):
        return head in ("attributes", "company") and bool(rest)
    return path in ASKED or (head == "company" and rest in COMPANY_FIELDS)


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
