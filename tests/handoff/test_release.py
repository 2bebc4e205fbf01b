"""How many leads a queue takes in a day, and who waits for the next (PRODUCT 6, load-aware release)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from handoff.release import DAY_IS_WORTH, Waiting, chosen, end_of_day, next_day, rank
from leads.business_time import Calendar

NOW = datetime(2026, 11, 24, 1, 42, tzinfo=UTC)
JST = ZoneInfo("Asia/Tokyo")
DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
TOKYO = Calendar.build(
    {"timezone": "Asia/Tokyo", "weekly": {day: ["09:00-18:00"] for day in WEEKDAYS}},
)


def waits(handoff, readiness, days=0.0, passes=False):
    return Waiting(handoff, readiness, NOW - days * DAY, passes)


def test_the_readiest_come_first():
    assert chosen([waits(1, 60), waits(2, 80), waits(3, 70)], limit=2, used=0, now=NOW) == {2, 3}


def test_a_day_of_waiting_is_worth_points():
    assert rank(waits(1, 60, days=3), NOW) == 60 + 3 * DAY_IS_WORTH
    assert chosen([waits(1, 60, days=4.1), waits(2, 80)], limit=1, used=0, now=NOW) == {1}
    assert chosen([waits(1, 60, days=3.9), waits(2, 80)], limit=1, used=0, now=NOW) == {2}


def test_equally_ready_the_longer_waiting_first():
    assert chosen([waits(2, 60), waits(1, 60)], limit=1, used=0, now=NOW) == {1}


def test_what_was_used_is_used():
    assert chosen([waits(1, 60)], limit=2, used=2, now=NOW) == frozenset()
    assert chosen([waits(1, 60)], limit=2, used=5, now=NOW) == frozenset()


def test_a_hand_raiser_passes_and_uses_the_day_up():
    hand = waits(9, 10, passes=True)
    assert chosen([waits(1, 90), hand], limit=1, used=1, now=NOW) == {9}
    assert chosen([waits(1, 90), hand], limit=1, used=0, now=NOW) == {9}
    assert chosen([waits(1, 90), hand], limit=2, used=0, now=NOW) == {1, 9}


@given(
    st.lists(st.tuples(st.integers(0, 100), st.floats(0, 30), st.booleans()), max_size=12),
    st.integers(1, 6),
    st.integers(0, 8),
)
def test_never_more_than_there_is_room_for(waiting, limit, used):
    rows = [waits(pk, points, days, passes) for pk, (points, days, passes) in enumerate(waiting)]
    got = chosen(rows, limit=limit, used=used, now=NOW)
    passing = {one.handoff for one in rows if one.passes}
    assert passing <= got
    assert len(got - passing) <= max(limit - used - len(passing), 0)


@given(st.integers(0, 100), st.integers(1, 5))
def test_nobody_starves(readiness, limit):
    """Every day as many leads of readiness 100 come as there is room for; the old one is chosen one day."""
    for day in range(100 // DAY_IS_WORTH + 2):
        new = [waits(pk, 100) for pk in range(1, limit + 1)]
        if 0 in chosen([waits(0, readiness, days=day), *new], limit=limit, used=0, now=NOW):
            return
    raise AssertionError("it waits for ever")


def test_the_next_day_is_one_on_which_the_team_works():
    friday = datetime(2026, 11, 27, 23, 59, tzinfo=JST)
    assert next_day(TOKYO, friday) == datetime(2026, 11, 30, 0, 0, tzinfo=JST)
    assert next_day(TOKYO, friday + timedelta(minutes=1)) == datetime(2026, 11, 30, 0, 0, tzinfo=JST)
    monday = datetime(2026, 11, 30, 0, 0, tzinfo=JST)
    assert next_day(TOKYO, monday) == datetime(2026, 12, 1, 0, 0, tzinfo=JST)
    assert end_of_day(TOKYO, monday) == datetime(2026, 12, 1, 0, 0, tzinfo=JST)
