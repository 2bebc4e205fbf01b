"""What a clock means: durations, met or late, whose time counts, at risk since when (PRODUCT 6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff import clocks
from leads.business_time import Calendar

DUE = datetime(2026, 11, 24, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TOKYO = Calendar.build(
    {
        "timezone": "Asia/Tokyo",
        "weekly": {day: ["09:00-12:00", "13:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
    }
)
AT_RISK = {"at_risk": {"percent_left": 25, "minutes_left": 60}}


@pytest.mark.parametrize(
    ("said", "minutes"),
    [("30m", 30), ("4h", 240), ("1h", 60), ("2d", 960), ("10d", 4800), ("90m", 90)],
)
def test_durations_in_business_minutes(said, minutes):
    assert clocks.minutes(said, 480) == minutes


def test_a_day_is_the_calendars_own():
    assert clocks.minutes("2d", 60 * 24) == 2880
    assert clocks.minutes("2d", TOKYO.day_minutes) == 960


@pytest.mark.parametrize("said", ["", "4", "h", "0h", "-1h", "1.5h", "4 h", "1w", "٤h"])
def test_what_is_not_a_duration(said):
    with pytest.raises(ValueError, match="not a duration"):
        clocks.minutes(said, 480)


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        (DUE - SECOND, "met"),
        (DUE, "met"),
        (DUE + timedelta(microseconds=1), "met_late"),
        (DUE + SECOND, "met_late"),
    ],
)
def test_exactly_at_due_is_met(at, verdict):
    assert clocks.judge(DUE, at) == verdict


def test_without_a_due_time_nothing_is_late():
    assert clocks.judge(None, datetime.max.replace(tzinfo=UTC)) == "met"


@pytest.mark.parametrize(
    ("late", "is_system", "counts"),
    [
        (timedelta(0), True, "occurred"),
        (timedelta(hours=24), True, "occurred"),
        (timedelta(hours=24) + SECOND, True, "recorded"),
        (timedelta(minutes=5), False, "recorded"),
        (-timedelta(minutes=5), True, "recorded"),  # said to happen in the future
    ],
)
def test_whose_time_counts(late, is_system, counts):
    recorded = DUE
    occurred = recorded - late
    answer = clocks.event_time(occurred, recorded, is_system=is_system)
    assert answer == (occurred if counts == "occurred" else recorded)


@pytest.mark.parametrize(
    ("target", "policy", "left"),
    [
        (30, AT_RISK, 15),  # half of it, for an hour is more than all
        (240, AT_RISK, 60),
        (480, AT_RISK, 120),  # a quarter
        (100, {"at_risk": {"percent_left": 10, "minutes_left": 5}}, 10),
        (100, {"at_risk": {"percent_left": 0, "minutes_left": 0}}, 0),
        (240, {}, 60),
    ],
)
def test_at_risk_while_little_is_left(target, policy, left):
    assert clocks.risk_minutes(timedelta(minutes=target), policy) == left


def test_at_risk_is_counted_in_business_time():
    """4 h from Friday 16:00: an hour left from Monday 10:00 on."""
    friday = datetime(2026, 11, 27, 7, 0, tzinfo=UTC)
    at = clocks.at_risk_from(TOKYO, friday, timedelta(minutes=240), (), AT_RISK)
    assert at == datetime(2026, 11, 30, 1, 0, tzinfo=UTC)


def test_paused_without_end_it_is_not_at_risk():
    start = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    assert clocks.at_risk_from(TOKYO, start, timedelta(minutes=240), [(start, None)], AT_RISK) is None


@given(st.floats(1, 5000), st.floats(0, 100), st.floats(0, 500))
def test_never_at_risk_before_half_is_gone(target, percent, minutes):
    policy = {"at_risk": {"percent_left": percent, "minutes_left": minutes}}
    assert 0 <= clocks.risk_minutes(timedelta(minutes=target), policy) <= target / 2 + 1e-6


POLICY = {
    "targets": [
        {"when": {"handoff.trigger": {"is": "fast_track"}}, "accept": "30m", "first_contact": "1h"},
        {
            "when": {"readiness": {"gte": 75}}, "accept": "2h", "first_contact": "4h",
            "persistence": {"attempts": 4, "channels": 2, "within": "10d"},
            "report": {"within": "3d", "from": "last_contact"},
        },
    ]
}  # fmt: skip


@pytest.mark.parametrize(
    ("trigger", "readiness", "accept"),
    [("fast_track", 10, 30), ("fast_track", 90, 30), ("score", 75, 120), ("score", 74, None)],
)
def test_the_first_target_that_fits(trigger, readiness, accept):
    values = {"handoff": {"trigger": trigger}, "readiness": readiness}
    assert clocks.targets_of(POLICY, values, 480).get("accept") == accept


def test_targets_that_have_more_to_them_keep_it():
    targets = clocks.targets_of(POLICY, {"readiness": 80}, 480)
    assert targets["persistence"] == {"attempts": 4, "channels": 2, "within": 4800}
    assert targets["report"] == {"within": 1440, "from": "last_contact"}
