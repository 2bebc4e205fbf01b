"""The rules of a ladder: its steps, when each is due, and when an offer is no longer taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handoff import ladder
from leads.business_time import Calendar

JST = ZoneInfo("Asia/Tokyo")
TOKYO = Calendar.build({
    "timezone": "Asia/Tokyo",
    "weekly": {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
})  # fmt: skip
START = datetime(2026, 11, 27, 17, 40, tzinfo=JST)  # a Friday
POLICY = {
    "ladder": [
        {"clock": "accept", "at": "75%", "do": ["remind_rep"]},
        {"clock": "report", "at": "100%", "do": ["tell_team_lead"]},
        {"clock": "accept", "at": "150%", "do": ["recall", "reassign"]},
    ]
}


def at(day, hour, minute):
    return datetime(2026, 11, day, hour, minute, tzinfo=JST)


def test_steps_of_a_clock_keep_their_place_in_the_whole_ladder():
    assert ladder.rungs(POLICY, "accept") == [
        ladder.Rung(0, 75.0, ("remind_rep",)), ladder.Rung(2, 150.0, ("recall", "reassign")),
    ]  # fmt: skip
    assert ladder.rungs(POLICY, "answer") == ladder.rungs({}, "accept") == []


@pytest.mark.parametrize(
    ("percent", "due"),
    [(25, at(27, 17, 55)), (33, at(27, 17, 59) + timedelta(seconds=48)), (100, at(30, 9, 40)),
     (150, at(30, 10, 10))],
)  # fmt: skip
def test_due_by_business_time(percent, due):
    assert ladder.due(TOKYO, START, 60, percent, clock_due=at(30, 9, 40)) == due


def test_pauses_are_left_out_and_an_open_one_leaves_no_time():
    pause = (at(27, 17, 50), at(30, 10, 0))
    assert ladder.due(TOKYO, START, 60, 50, pauses=[pause], clock_due=None) == at(30, 10, 20)
    assert ladder.due(TOKYO, START, 60, 10, pauses=[pause], clock_due=None) == at(27, 17, 46)


def test_nothing_is_done_about_being_overdue_before_it_is():
    later = at(30, 15, 0)
    assert ladder.due(TOKYO, START, 60, 100, clock_due=later) == later
    assert ladder.due(TOKYO, START, 60, 99, clock_due=later) < at(30, 9, 40)


@pytest.mark.parametrize(
    ("recalls", "most", "has_other", "why"),
    [(0, 2, True, ""), (1, 2, True, ""), (2, 2, True, "max_recalls"), (0, 0, True, "max_recalls"),
     (1, 2, False, "nobody"), (2, 2, False, "max_recalls"), (99, None, True, "")],
)  # fmt: skip
def test_when_an_offer_is_kept(recalls, most, has_other, why):
    assert ladder.kept_because(recalls, {"max_recalls": most}, has_other=has_other) == why
