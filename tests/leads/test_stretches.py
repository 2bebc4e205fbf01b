"""A stretch taken apart: nothing is left out, what counted is what business time counts, gaps say why."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from leads import stretches
from leads.business_time import Calendar, NeverOpen
from leads.stretches import Rest
from tests.leads.test_business_time import STEP, calendars, pause_minutes

JST = ZoneInfo("Asia/Tokyo")
MINUTE = timedelta(minutes=1)
OFFICE = {
    "timezone": "Asia/Tokyo",
    "weekly": {day: ["09:00-12:00", "13:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
    "exceptions": [{"date": "2026-11-24", "closed": True, "label": {"ja": "創立日", "en": "Founding day"}}],
}
HOURS = Calendar.build(OFFICE, {date(2026, 11, 23): "勤労感謝の日"})


def tokyo(*at):
    return datetime(*at, tzinfo=JST)


def taken_apart(start, minutes, rests=(), hours=HOURS):
    due = hours.due(start, minutes * MINUTE, [(one.start, one.end) for one in rests])
    counted = [(one.start, one.end) for one in due.segments]
    return stretches.of(hours, start, due.due_at, counted, rests)


def told(found):
    return [
        (one.start.astimezone(JST), "counted" if one.is_counted else [why.why for why in one.because])
        for one in found
    ]  # fmt: skip


def test_lunch_night_weekend_holiday_and_exception():
    found = taken_apart(tokyo(2026, 11, 20, 11, 0), 420)
    assert told(found) == [
        (tokyo(2026, 11, 20, 11, 0), "counted"),
        (tokyo(2026, 11, 20, 12, 0), ["break"]),
        (tokyo(2026, 11, 20, 13, 0), "counted"),
        (tokyo(2026, 11, 20, 18, 0), ["outside", "closed", "closed", "holiday", "exception"]),
        (tokyo(2026, 11, 25, 9, 0), "counted"),
    ]
    night = found[3].because
    assert [one.on for one in night] == [
        None, date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24),
    ]  # fmt: skip
    assert [one.label for one in night[3:]] == ["勤労感謝の日", {"ja": "創立日", "en": "Founding day"}]


def test_a_pause_is_a_reason_of_its_own():
    rest = Rest(tokyo(2026, 11, 25, 11, 0), tokyo(2026, 11, 26, 0, 0), "customer_date")
    found = taken_apart(tokyo(2026, 11, 25, 10, 0), 120, [rest])
    assert told(found) == [
        (tokyo(2026, 11, 25, 10, 0), "counted"),
        (tokyo(2026, 11, 25, 11, 0), ["pause"]),
        (tokyo(2026, 11, 26, 0, 0), ["outside"]),
        (tokyo(2026, 11, 26, 9, 0), "counted"),
    ]
    assert found[1].because[0].label == "customer_date"


def test_beginning_outside_hours():
    assert told(taken_apart(tokyo(2026, 11, 25, 7, 0), 60))[0] == (tokyo(2026, 11, 25, 7, 0), ["outside"])


@given(calendars(), st.integers(0, 4 * 24 * 12), st.integers(1, 12 * 30), pause_minutes)
def test_without_a_hole_and_equal_to_the_sum(made, offset, steps, pauses):
    around, body = made
    hours, start = Calendar.build(body), around + offset * STEP * MINUTE
    rests = [
        Rest(around + a * STEP * MINUTE, around + (a + n) * STEP * MINUTE, "r")
        for a, n in pauses if n
    ]  # fmt: skip
    try:
        found = taken_apart(start, steps * STEP, rests, hours)
    except NeverOpen:
        return
    assert found[0].start == start
    assert all(a.end == b.start for a, b in itertools.pairwise(found))
    assert sum(one.minutes for one in found if one.is_counted) == steps * STEP
    for one in found:
        assert one.start < one.end
        assert one.is_counted or one.because
        is_open = hours.elapsed(one.start, one.end, [(rest.start, rest.end) for rest in rests])
        assert is_open == (one.end - one.start if one.is_counted else timedelta())
    assert all(one.start.tzinfo == UTC for one in found[1:])
