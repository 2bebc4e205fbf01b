"""What a clock means: met or late, at risk since when, and whose time counts (PRODUCT 6). Pure rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from leads.business_time import Calendar, Pause
from leads.predicates import matches

MET, MET_LATE = "met", "met_late"
SYSTEM_LATENESS = timedelta(hours=24)
NOON = 12
CHANNEL_OF = {
    "call_attempt": "phone", "call_connected": "phone", "email_sent": "email", "dm_sent": "dm",
    "meeting_invited": "email",
}  # fmt: skip

_DURATION = re.compile(r"([1-9][0-9]*)([mhd])")


def minutes(duration: str, day_minutes: float) -> float:
    """Business minutes of `30m`, `4h` or `2d`; a day is the calendar's own."""
    found = _DURATION.fullmatch(duration)
    if not found:
        raise ValueError(f"not a duration: {duration!r}")
    return int(found[1]) * {"m": 1.0, "h": 60.0, "d": day_minutes}[found[2]]


def targets_of(policy: Mapping[str, Any], values: Mapping[str, Any], day_minutes: float) -> dict[str, Any]:
    """Business minutes by clock, of the first target that fits; empty where none does."""
    for target in policy.get("targets", ()):
        if matches(target.get("when") or {}, values):
            return _in_minutes(target, day_minutes)
    return {}


def _in_minutes(target: Mapping[str, Any], day_minutes: float) -> dict[str, Any]:
    found: dict[str, Any] = {
        clock: minutes(target[clock], day_minutes) for clock in ("accept", "first_contact") if clock in target
    }
    for clock in ("persistence", "report"):
        if clock in target:
            body = dict(target[clock])
            found[clock] = body | {"within": minutes(body["within"], day_minutes)}
    return found


def judge(due_at: datetime | None, event_at: datetime) -> str:
    """Exactly at due is met; without a due time (paused) nothing is late."""
    return MET if due_at is None or event_at <= due_at else MET_LATE


def event_time(occurred_at: datetime, recorded_at: datetime, *, is_system: bool) -> datetime:
    """Its own time from a system source at most 24 h late, else the moment it was recorded."""
    if is_system and timedelta(0) <= recorded_at - occurred_at <= SYSTEM_LATENESS:
        return occurred_at
    return recorded_at


def risk_minutes(target: timedelta, policy: Mapping[str, Any]) -> float:
    """At risk while business time left ≤ min(target/2, max(percent_left · target, minutes_left))."""
    whole = target / timedelta(minutes=1)
    at_risk = policy.get("at_risk") or {}
    share = at_risk.get("percent_left", 25) / 100 * whole
    return float(min(whole / 2, max(share, at_risk.get("minutes_left", 60))))


def at_risk_from(
    hours: Calendar, start: datetime, target: timedelta, pauses: Iterable[Pause], policy: Mapping[str, Any]
) -> datetime | None:
    """The moment from which a clock is at risk; None while it is paused before that."""
    left = timedelta(minutes=risk_minutes(target, policy))
    return hours.due(start, target - left, pauses).due_at


# ── contact depth ────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Act:
    """An outbound act of a person, at the time that counts."""

    pk: int
    at: datetime
    channel: str
    is_reached: bool = False


@dataclass(frozen=True)
class Depth:
    """How deep somebody tried: attempts that count, the channels they went by, since when it is enough."""

    made: int
    channels: tuple[str, ...]
    met_at: datetime | None


def depth(acts: Iterable[Act], goal: Mapping[str, Any], zone: tzinfo) -> Depth:
    """Reached once, or enough attempts on enough channels; one per channel and local half day counts."""
    counted: set[tuple[str, date, bool]] = set()
    channels: dict[str, None] = {}
    met_at = None
    for act in sorted(acts, key=lambda act: (act.at, act.pk)):
        here = act.at.astimezone(zone)
        counted.add((act.channel, here.date(), here.hour < NOON))
        channels[act.channel] = None
        enough = len(counted) >= goal["attempts"] and len(channels) >= goal["channels"]
        if met_at is None and (act.is_reached or enough):
            met_at = act.at
    return Depth(len(counted), tuple(channels), met_at)


def channel_of(type: str, channel: str) -> str:
    """The way an act went; what a source does not say is read off its kind."""
    return channel or CHANNEL_OF.get(type, type)


def is_reached(type: str, result: str) -> bool:
    """They talked: the result says so, or a telephone system told of a conversation without a result."""
    return result == "reached" or (type == "call_connected" and not result)
