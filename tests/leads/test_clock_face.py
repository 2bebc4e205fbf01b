"""What a clock shows, at the edges: a second before, on the dot, a second after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads import clock_face

SECOND = timedelta(seconds=1)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 as it is in Tokyo."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=9)


def clock(**said):
    """4 business hours from Friday 16:30 over a Monday holiday: due Tuesday 11:30 (UX 3.4)."""
    segments = [
        [at(20, 16, 30).isoformat(), at(20, 18).isoformat(), 90],
        [at(24, 9).isoformat(), at(24, 11, 30).isoformat(), 150],
    ]
    values = {
        "state": "running", "started_at": at(20, 16, 30), "due_at": at(24, 11, 30), "risk_at": at(24, 10, 30),
        "met_at": None, "ended_at": None, "segments": segments,
    }  # fmt: skip
    return SimpleNamespace(**values | said)


@pytest.mark.parametrize(
    "now, state",
    [
        (at(20, 16, 30), clock_face.CALM),
        (at(20, 18) - SECOND, clock_face.CALM),
        (at(20, 18), clock_face.PAUSE),
        (at(24, 9) - SECOND, clock_face.PAUSE),
        (at(24, 9), clock_face.CALM),
        (at(24, 10, 30) - SECOND, clock_face.CALM),
        (at(24, 10, 30), clock_face.RISK),
        (at(24, 11, 30), clock_face.RISK),
        (at(24, 11, 30) + SECOND, clock_face.OVER),
    ],
)
def test_the_state_at_the_edges(now, state):
    assert clock_face.read(clock(), now).state == state


def test_used_and_left_are_business_time_and_make_the_promise():
    face = clock_face.read(clock(), at(24, 10, 42))
    assert (face.used, face.left, face.total) == (192, 48, 240)


def test_nothing_is_used_at_the_start_and_all_at_the_end():
    assert clock_face.read(clock(), at(20, 16, 30)).used == 0
    assert clock_face.read(clock(), at(24, 11, 30)).left == 0


def test_outside_hours_it_says_when_it_goes_on():
    face = clock_face.read(clock(), at(22, 12))
    assert (face.because, face.resumes_at, face.left) == (clock_face.OUTSIDE, at(24, 9), 150)


def test_overdue_counts_from_the_due_moment():
    assert clock_face.read(clock(), at(24, 12, 40)).late == timedelta(hours=1, minutes=10)


def test_a_met_clock_says_how_long_the_answer_took():
    face = clock_face.read(clock(state="met", met_at=at(24, 9, 8), ended_at=at(24, 9, 8)), at(25, 9))
    assert (face.state, face.used) == (clock_face.MET, 98)


def test_a_late_answer_says_how_late():
    face = clock_face.read(clock(state="met_late", met_at=at(24, 11, 50), ended_at=at(24, 11, 50)), at(25, 9))
    assert (face.state, face.late) == (clock_face.LATE, timedelta(minutes=20))


def test_a_held_clock_has_no_deadline():
    face = clock_face.read(clock(state="paused", due_at=None), at(24, 10))
    assert (face.state, face.because) == (clock_face.PAUSE, clock_face.HELD)


@pytest.mark.parametrize(
    ("lengths", "shown"),
    [
        ([18.617, 41.383], [19, 41]),  # from 17:41:23: on the page 17:41–18:00 and 9:00–9:41
        ([90, 150], [90, 150]),
        ([10.5, 49.5], [11, 49]),  # a pause in between, begun and ended within a minute
        ([0.4, 0.4, 0.4], [1, 0, 1]),
        ([60.0000000001], [60]),
        ([59.9999999999], [60]),
        ([], []),
    ],
)
def test_minutes_beside_stretches_add_up(lengths, shown):
    assert clock_face.whole_minutes(lengths) == shown


@given(st.lists(st.floats(0, 10_000), max_size=12))
def test_any_stretches_add_up_and_none_is_a_minute_off(lengths):
    shown = clock_face.whole_minutes(lengths)
    assert sum(lengths) - 1e-4 <= sum(shown) < sum(lengths) + 1
    assert all(abs(here - there) <= 1 + 1e-4 for here, there in zip(shown, lengths, strict=True))
