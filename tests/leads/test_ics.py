"""A meeting as a calendar file (RFC 5545)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.ics import Event, calendar, escaped, folded

AT = datetime(2026, 11, 26, 10, 0, tzinfo=timezone(timedelta(hours=9)))
NOW = datetime(2026, 11, 24, 1, 42, tzinfo=UTC)
EVENT = Event(
    "meeting-7@tasuki.example", 1, AT, AT + timedelta(hours=1), "青空商事 山本様", place := "本社; 3F, 会議室"
)


def lines_of(text):
    """Unfolded, as a calendar reads it."""
    assert text.endswith("\r\n")
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def test_the_whole_file():
    event = replace(
        EVENT, url="https://meet.example.com/a?b=1;c", attendees=(("佐藤 恵", "sato@example.com"),)
    )
    assert lines_of(calendar(event, now=NOW)) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tasuki//Meetings//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        "UID:meeting-7@tasuki.example",
        "DTSTAMP:20261124T014200Z",
        "DTSTART:20261126T010000Z",
        "DTEND:20261126T020000Z",
        "SEQUENCE:1",
        "STATUS:CONFIRMED",
        "SUMMARY:青空商事 山本様",
        "LOCATION:本社\\; 3F\\, 会議室",
        "URL:https://meet.example.com/a?b=1;c",
        'ATTENDEE;CN="佐藤 恵":mailto:sato@example.com',
        "END:VEVENT",
        "END:VCALENDAR",
    ]


def test_one_called_off_says_so():
    assert "STATUS:CANCELLED" in lines_of(calendar(replace(EVENT, is_cancelled=True), now=NOW))


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\u2029", "\x85"])
def test_nothing_typed_begins_a_line_of_its_own(end):
    bad = f"x{end}ATTENDEE:mailto:evil@example.com{end}END:VEVENT"
    event = replace(
        EVENT,
        summary=bad,
        location=bad,
        description=bad,
        url="https://a.example" + bad,
        attendees=((bad, bad),),
    )
    names = [line.partition(":")[0].partition(";")[0] for line in lines_of(calendar(event, now=NOW))]
    assert names.count("END") == 2 and names.count("ATTENDEE") == 1
    assert len(names) == 19


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_is_escaped_is_read_back(text):
    said = escaped(text)
    assert "\n" not in said and "\r" not in said
    back = said.replace("\\\\", "\0").replace("\\n", "\n").replace("\\;", ";").replace("\\,", ",")
    assert back.replace("\0", "\\") == "".join(
        one
        for one in text.replace("\r\n", "\n").replace("\r", "\n")
        if one == "\n" or not (ord(one) < 32 or 127 <= ord(one) < 160 or one in "\u2028\u2029")
    )


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400))
def test_lines_are_folded_at_75_octets_and_no_letter_is_cut(text):
    pieces = list(folded(text))
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert all(piece.startswith(" ") for piece in pieces[1:])
    assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == text
