"""A meeting as a calendar file (RFC 5545): text in, text out, in UTC, folded and escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

PRODUCT = "-//Tasuki//Meetings//EN"
WIDTH = 75  # octets of a line, without its end
_UNMEANT = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_QUOTED = re.compile('["\x00-\x1f\x7f]')


@dataclass(frozen=True)
class Event:
    """`sequence` rises when a meeting is moved or called off: the calendar that has it follows."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str = ""
    url: str = ""
    description: str = ""
    is_cancelled: bool = False
    attendees: tuple[tuple[str, str], ...] = ()  # (name, address)


def calendar(event: Event, *, now: datetime) -> str:
    """The whole file, its lines ended by CRLF."""
    lines = (
        "BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        "BEGIN:VEVENT", *_event(event, now), "END:VEVENT", "END:VCALENDAR",
    )  # fmt: skip
    return "".join(f"{one}\r\n" for line in lines for one in folded(line))


def _event(event: Event, now: datetime) -> Iterator[str]:
    yield f"UID:{escaped(event.uid)}"
    yield f"DTSTAMP:{stamp(now)}"
    yield f"DTSTART:{stamp(event.starts_at)}"
    yield f"DTEND:{stamp(event.ends_at)}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"STATUS:{'CANCELLED' if event.is_cancelled else 'CONFIRMED'}"
    yield f"SUMMARY:{escaped(event.summary)}"
    if event.location:
        yield f"LOCATION:{escaped(event.location)}"
    if event.url:
        yield f"URL:{_UNMEANT.sub('', event.url).replace(chr(10), '')}"
    if event.description:
        yield f"DESCRIPTION:{escaped(event.description)}"
    yield from _attendees(event.attendees)


def _attendees(people: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, address in people:
        yield f'ATTENDEE;CN="{_QUOTED.sub("", name)}":mailto:{_QUOTED.sub("", address)}'


def stamp(at: datetime) -> str:
    """A moment in UTC: 20261124T014200Z."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """TEXT of RFC 5545 3.3.11: what somebody typed can never begin a line of its own."""
    plain = _UNMEANT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> Iterator[str]:
    """A line in pieces of at most 75 octets, each but the first begun by a space; no letter is cut in two."""
    piece, size = "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > WIDTH:
            yield piece
            piece, size = " ", 1
        piece, size = piece + letter, size + octets
    yield piece
