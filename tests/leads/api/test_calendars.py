"""`/calendars/`: every known answer of business time, through the API."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

CALENDARS = "/api/v1/calendars/"
EXAMPLES = json.loads((Path(__file__).parents[2] / "data" / "sla_examples.json").read_text())
FAR = "2999-01-01T00:00Z"
WEEK = {"timezone": "Asia/Tokyo", "weekly": {"mon": ["09:00-12:00", "13:00-18:00"]}}


@pytest.fixture
def suzuki(house, api_of):
    return api_of(house.suzuki)


def made(client, **body) -> int:
    answer = client.post(CALENDARS, {"name": "test"} | body, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one["id"])
def test_the_known_answers(suzuki, example):
    number = made(suzuki, **example["calendar"])
    asked = {
        "start": example["start"], "minutes": example["target_minutes"], "pauses": example["pauses"],
    }  # fmt: skip
    answer = suzuki.post(f"{CALENDARS}{number}/due/", asked, format="json")
    assert answer.status_code == 200
    due, expected = answer.json()["due_at"], example["expected_due"]
    assert (due and datetime.fromisoformat(due)) == (expected and datetime.fromisoformat(expected))
    if due:
        assert sum(one["minutes"] for one in answer.json()["segments"]) == pytest.approx(
            example["target_minutes"]
        )
        assert set(answer.json()["segments"][0]) == {"from", "to", "minutes"}


def test_one_name_twice_is_two_calendars(suzuki):
    assert made(suzuki, **WEEK) != made(suzuki, **WEEK)
    names = [one["name"] for one in suzuki.get(CALENDARS).json()["results"]]
    assert names.count("test") == 2


@pytest.mark.parametrize(
    "body, field, code",
    [
        ({"timezone": "Asia/Tokyo", "weekly": {}}, "weekly", "never_open"),
        ({"timezone": "JST9", "weekly": WEEK["weekly"]}, "timezone", "unknown_zone"),
        (WEEK | {"vacation": 1}, "vacation", "unknown_key"),
        (WEEK | {"weekly": {"mon": ["9-18"]}}, "weekly.mon.0", "bad_window"),
    ],
)
def test_what_cannot_be_worked_by_is_refused(suzuki, body, field, code):
    answer = suzuki.post(CALENDARS, body | {"name": "x"}, format="json")
    assert answer.status_code == 400
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [(field, code)]


@pytest.mark.parametrize(
    "body", [[], WEEK, WEEK | {"name": ""}, WEEK | {"name": 5}, WEEK | {"name": "x" * 81}]
)
def test_a_calendar_needs_a_name(suzuki, body):
    assert suzuki.post(CALENDARS, body, format="json").status_code == 400


def test_only_managers_make_calendars(house, api_of):
    assert api_of(house.sato).post(CALENDARS, WEEK | {"name": "x"}, format="json").status_code == 403


@pytest.mark.parametrize(
    "asked, status",
    [
        ({"start": "2026-04-06T10:00:00+09:00", "minutes": 0}, 200),
        ({"start": "2026-04-06T10:00:00", "minutes": 60}, 400),
        ({"start": "2026-04-06T10:00:00+09:00", "minutes": -1}, 400),
        ({"start": "2026-04-06T10:00:00+09:00", "minutes": "60"}, 400),
        ({"start": "2026-04-06T10:00:00+09:00", "minutes": 5_000_000}, 400),
        ({"start": "8999-12-31T10:00:00+09:00", "minutes": 60}, 200),
        ({"start": "2026-04-06T10:00Z", "minutes": 9, "pauses": [["2026-04-06T11:00Z", FAR]]}, 400),
        ({"start": "2026-04-06T10:00:00+09:00", "minutes": 60, "pauses": [["x", None]]}, 400),
        ({"start": "2026-04-06T10:00:00+09:00", "minutes": 60, "pauses": [[None, None]]}, 400),
        ({"start": "2026-04-06T10:00:00+09:00", "minutes": 60, "pauses": [5]}, 400),
        ({"start": "1900-01-01T00:00:00Z", "minutes": 60}, 200),
        # zero length, overlapping, before the start: all are pauses
        (
            {
                "start": "2026-04-06T10:00:00+09:00", "minutes": 60,
                "pauses": [
                    ["2026-04-06T08:00:00+09:00", "2026-04-06T09:00:00+09:00"],
                    ["2026-04-06T10:10:00+09:00", "2026-04-06T10:10:00+09:00"],
                    ["2026-04-06T10:20:00+09:00", "2026-04-06T10:40:00+09:00"],
                    ["2026-04-06T10:30:00+09:00", "2026-04-06T10:50:00+09:00"],
                ],
            },
            200,
        ),
    ],
)  # fmt: skip
def test_edges_of_a_due_time(suzuki, asked, status):
    number = made(suzuki, **WEEK)
    assert suzuki.post(f"{CALENDARS}{number}/due/", asked, format="json").status_code == status


def test_a_calendar_nobody_made_is_not_found(suzuki):
    asked = {"start": "2026-04-06T10:00:00+09:00", "minutes": 60}
    assert suzuki.post(f"{CALENDARS}999/due/", asked, format="json").status_code == 404
