"""The doors of a meeting (アポ): booked, moved, held or not, and judged (PRODUCT 6).

What became of it is told to the log of activities as well. Who may is the desk's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from leads import intake, lifecycle, news, reasons, roles
from leads.models import Activity, Lead, Meeting, User
from leads.refusals import Quicker, Refused

BOOKED, RESCHEDULED, CHANGED = "booked", "rescheduled", "changed"
HELD, NO_SHOW, CANCELLED, JUDGED = "held", "no_show", "cancelled", "judged"
WHAT = (BOOKED, RESCHEDULED, CHANGED, HELD, NO_SHOW, CANCELLED, JUDGED)
ENDS = (HELD, NO_SHOW, CANCELLED)  # what a person may say became of a booked one
LATEST_ENTRY = timedelta(days=31)  # how long after it a meeting may still be written down
FARTHEST = timedelta(days=1096)
LONGEST = timedelta(days=7)
MOST_PEOPLE = 20
WEB = ("http://", "https://")
DETAILS = ("mode", "place", "url", "theirs", "confirmed")


@transaction.atomic
def book(
    lead: Lead,
    *,
    by: User,
    now: datetime,
    starts_at: datetime,
    ends_at: datetime,
    mode: str,
    ours: Iterable[User] = (),
    handoff_id: int | None = None,
    **details: Any,
) -> Meeting:
    """A meeting with this lead. Raises Refused for what cannot be, or is booked already."""
    held = lifecycle.lock([lead.pk])[lead.pk]
    if Meeting.objects.filter(lead=held, state=Meeting.BOOKED, starts_at=starts_at).exists():
        raise Refused("already_booked", "starts_at")
    meeting = Meeting(
        lead=held, handoff_id=handoff_id, starts_at=starts_at, ends_at=ends_at, mode=mode,
        created_at=now, created_by=by, **details,
    )  # fmt: skip
    _check(meeting, now=now)
    meeting.save(force_insert=True)
    meeting.ours.set(list(ours) or [by])
    _tell(meeting, "meeting_booked", at=now, by=by, now=now)
    _announce(meeting, BOOKED, by=by, now=now)
    return meeting


@transaction.atomic
def change(
    meeting: Meeting,
    *,
    by: User,
    now: datetime,
    ours: Iterable[User] | None = None,
    version: int | None = None,
    **said: Any,
) -> Meeting:
    """Other details; another time makes a new meeting that replaces this one, which is returned."""
    held = _hold(meeting, version)
    _insist_booked(held)
    people = list(held.ours.all() if ours is None else ours)
    new = {name: value for name, value in said.items() if value != getattr(held, name)}
    if {"starts_at", "ends_at"} & new.keys():
        return _move(held, new, people, by=by, now=now)
    for name, value in new.items():
        setattr(held, name, value)
    _check(held, now=now, is_new=False)
    held.ours.set(people)
    _save(held, *new)
    _announce(held, CHANGED, by=by, now=now)
    return held


@transaction.atomic
def end(meeting: Meeting, *, state: str, by: User, now: datetime, version: int | None = None) -> Meeting:
    """Held, not shown up, or called off. Raises Quicker, Refused (`not_begun`)."""
    held = _hold(meeting, version)
    if state not in ENDS:
        raise Refused("unknown_choice", "state", value=state)
    _insist_booked(held)
    if state != CANCELLED and now < held.starts_at:
        raise Refused("not_begun", "state")
    _end(held, state, by=by, now=now)
    _save(held)
    _announce(held, state, by=by, now=now)
    return held


@transaction.atomic
def judge(
    meeting: Meeting,
    *,
    verdict: str,
    by: User,
    now: datetime,
    reason: str = "",
    went_well: Sequence[str] = (),
    version: int | None = None,
) -> Meeting:
    """Valid or not, and why; a booked one past its end was held then.

    The first verdict counts (else Quicker); whoever has seen it, by its `version`, may put it right.
    """
    held = _hold(meeting, version)
    if held.verdict and version is None:
        raise _quicker(held)
    _check_verdict(verdict, reason)
    well = reasons.went_well(went_well)
    if held.state == Meeting.BOOKED and held.ends_at > now:
        raise Refused("not_over", "")
    if held.state == Meeting.BOOKED:
        _end(held, HELD, by=by, now=now)
    if held.state != Meeting.HELD:
        raise _quicker(held)
    held.verdict, held.verdict_reason, held.went_well = verdict, reason, well
    held.verdict_at, held.verdict_by = now, by
    _save(held, "verdict", "verdict_reason", "went_well", "verdict_at", "verdict_by")
    _announce(held, JUDGED, by=by, now=now)
    return held


def join(lead: Lead, user: User, *, now: datetime) -> None:
    """Whoever takes the lead on goes to what is booked with it."""
    for meeting in Meeting.objects.filter(lead=lead, state=Meeting.BOOKED, ends_at__gt=now):
        meeting.ours.add(user)


def booked_with(lead: Lead, user: User) -> list[int]:
    """The meetings with this lead that are booked and to which this person goes."""
    return list(
        user.meetings.filter(lead=lead, state=Meeting.BOOKED).order_by("pk").values_list("pk", flat=True)
    )


def leave(lead: Lead, user: User, *, but: Iterable[int]) -> None:
    """Whoever does not have the lead after all goes only to those meetings to which they went before."""
    for meeting in user.meetings.filter(lead=lead, state=Meeting.BOOKED).exclude(pk__in=list(but)):
        meeting.ours.remove(user)


def to_judge(user: User, *, now: datetime) -> QuerySet[Meeting]:
    """Meetings that are over and wait for this person's word, longest over first.

    The owner of the lead is asked, and who was there from field sales.
    """
    asked = Q(lead__owner=user)
    if user.has_role(roles.FIELD_SALES):
        asked |= Q(pk__in=user.meetings.values("pk"))
    over = Q(state=Meeting.BOOKED, ends_at__lte=now) | Q(state=Meeting.HELD, verdict="")
    found = Meeting.objects.filter(asked, over, lead__merged_into=None)
    return found.select_related("lead__company").order_by("ends_at", "pk")


def is_on_its_way(lead: Lead) -> bool:
    """A meeting is booked with this lead, or was held."""
    return Meeting.objects.filter(lead=lead, state__in=(Meeting.BOOKED, Meeting.HELD)).exists()


def _move(
    held: Meeting, new: Mapping[str, Any], people: Sequence[User], *, by: User, now: datetime
) -> Meeting:
    """Another time: a new meeting in its place; the old one stays as it was agreed."""
    held.state, held.ended_at = Meeting.RESCHEDULED, now
    _save(held, "state", "ended_at")
    copied = {name: getattr(held, name) for name in (*DETAILS, "lead", "handoff_id", "starts_at", "ends_at")}
    moved = Meeting(**(copied | dict(new)), replaces=held, created_at=now, created_by=by)
    _check(moved, now=now)
    moved.save(force_insert=True)
    moved.ours.set(people)
    _tell(moved, "meeting_booked", at=now, by=by, now=now, replaces=held.pk)
    _announce(moved, RESCHEDULED, by=by, now=now)
    return moved


def _end(held: Meeting, state: str, *, by: User, now: datetime) -> None:
    """Write the end of a booked meeting down, on it and in the log; the caller saves."""
    held.state, held.ended_at = state, now
    held.save(update_fields=["state", "ended_at"])
    if state == HELD:
        _tell(held, "meeting_held", at=min(held.ends_at, now), by=by, now=now)
    elif state == NO_SHOW:
        _tell(held, "meeting_no_show", at=held.starts_at, by=by, now=now)
    else:
        _tell(held, "note", at=now, by=by, now=now, state=CANCELLED)


def _hold(meeting: Meeting, version: int | None) -> Meeting:
    """The lead, then the meeting, as they are now. Raises Quicker for an older `version`."""
    lead = lifecycle.lock([meeting.lead_id])[meeting.lead_id]
    held = Meeting.objects.select_for_update(of=("self",)).select_related("verdict_by").get(pk=meeting.pk)
    held.lead = lead
    if version is not None and version != held.version:
        raise _quicker(held)
    return held


def _insist_booked(held: Meeting) -> None:
    if held.state != Meeting.BOOKED:
        raise _quicker(held)


def _quicker(held: Meeting) -> Quicker:
    """Who did the last thing to it, as the log tells."""
    if held.verdict_at is not None:
        return Quicker(held.verdict_by, held.verdict_at, held.verdict, held.version)
    acts = Activity.objects.filter(lead=held.lead, data__meeting__in=_ids(held)).select_related("actor")
    last = acts.order_by("-pk").first()
    by, at = (last.actor, last.recorded_at) if last else (held.created_by, held.created_at)
    return Quicker(by, at, held.state, held.version)


def _ids(held: Meeting) -> list[int]:
    following = Meeting.objects.filter(replaces=held).values_list("pk", flat=True)
    return [held.pk, *following]


def _save(held: Meeting, *names: str) -> None:
    held.version += 1
    held.save(update_fields=[*names, "version"])


def _check(meeting: Meeting, *, now: datetime, is_new: bool = True) -> None:
    """What cannot be, as Refused naming the field."""
    if is_new:
        _check_time(meeting, now=now)
    if meeting.mode not in Meeting.MODES:
        raise Refused("unknown_choice" if meeting.mode else "required", "mode", value=meeting.mode)
    if meeting.url and not meeting.url.startswith(WEB):
        raise Refused("not_a_web_address", "url")
    for name, most in (("place", 200), ("url", 500)):
        if len(getattr(meeting, name)) > most:
            raise Refused("too_long", name, most=most)
    if len(meeting.theirs) > MOST_PEOPLE:
        raise Refused("too_many", "theirs", most=MOST_PEOPLE)
    if set(meeting.confirmed) - set(Meeting.CONFIRMED):
        raise Refused("unknown_choice", "confirmed", value=sorted(meeting.confirmed)[0])


def _check_time(meeting: Meeting, *, now: datetime) -> None:
    if meeting.ends_at <= meeting.starts_at:
        raise Refused("ends_before_it_starts", "ends_at")
    if meeting.ends_at - meeting.starts_at > LONGEST:
        raise Refused("too_long_a_meeting", "ends_at")
    if meeting.starts_at < now - LATEST_ENTRY:
        raise Refused("long_gone_by", "starts_at")
    if meeting.starts_at > now + FARTHEST:
        raise Refused("too_far", "starts_at")


def _check_verdict(verdict: str, reason: str) -> None:
    if verdict not in (Meeting.VALID, Meeting.INVALID):
        raise Refused("unknown_choice" if verdict else "required", "verdict", value=verdict)
    if verdict == Meeting.INVALID or reason:
        reasons.insist("meeting", reason, note=reason)


def _tell(meeting: Meeting, type: str, *, at: datetime, by: User, now: datetime, **more: Any) -> None:
    """The same end told twice is one activity."""
    told = intake.NewActivity(
        lead_id=meeting.lead_id, type=type, occurred_at=at, source="tasuki", actor=by,
        external_id=f"meeting-{meeting.pk}-{more.get('state', type)}", data={"meeting": meeting.pk} | more,
    )  # fmt: skip
    intake.record([told], now=now)


def _announce(meeting: Meeting, what: str, *, by: User, now: datetime) -> None:
    news.meetings_changed.announce(meeting=meeting, what=what, by=by, now=now)
