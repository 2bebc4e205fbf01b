"""A meeting as an event of a calendar: what stands in it for ourselves, and what is fit to send on."""

from __future__ import annotations

from django.utils.translation import gettext as _t

from handoff import path_words
from leads.ics import Event
from leads.models import Meeting
from leads.words import customer


def invitation(meeting: Meeting, *, host: str, is_ours: bool) -> Event:
    """`is_ours`: with whom, and what is made sure. To send on: only what the customer knows anyway."""
    root, moves = _root(meeting)
    return Event(
        uid=f"meeting-{root.pk}@{host}",
        sequence=moves * 2 + (meeting.state == Meeting.CANCELLED),
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        summary=_with_whom(meeting) if is_ours else _t("Meeting"),
        location=meeting.place,
        url=meeting.url,
        description=_inside(meeting) if is_ours else "",
        is_cancelled=meeting.state in (Meeting.CANCELLED, Meeting.RESCHEDULED),
        attendees=tuple((one.name, one.email) for one in meeting.ours.all()),
    )


def _root(meeting: Meeting) -> tuple[Meeting, int]:
    """The first of a chain of moved meetings, and how often it was moved: one event in a calendar."""
    moves = 0
    while meeting.replaces is not None:
        meeting, moves = meeting.replaces, moves + 1
    return meeting, moves


def _with_whom(meeting: Meeting) -> str:
    lead = meeting.lead
    company = f"{lead.company.name} " if lead.company else ""
    return _t("Meeting: %(who)s") % {"who": f"{company}{customer(lead.display_name)}"}


def _inside(meeting: Meeting) -> str:
    guests = [" ".join(part for part in (one["title"], one["name"]) if part) for one in meeting.theirs]
    sure = path_words.confirmed_labels(meeting.confirmed)
    lines = [_t("From their side: %(names)s") % {"names": ", ".join(guests)}] if guests else []
    return "\n".join([*lines, *([_t("Made sure: %(what)s") % {"what": ", ".join(sure)}] if sure else [])])
