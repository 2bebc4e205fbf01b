"""Exceptions one at a time: put in, taken out, found again; what does not go by the week; what changed."""

from __future__ import annotations

from datetime import date

import pytest

from leads import calendar_editing as editing
from leads.calendar_definition import read_rules

WEEK = {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
NEW_YEAR = {"every": "12-29..01-03", "closed": True, "label": "年末年始"}
LAST_DAY = {"date": "2026-12-28", "windows": ["09:00-12:00"], "label": "仕事納め"}
STOCK = {"from": "2027-03-01", "to": "2027-03-02", "closed": True}
BODY = {
    "timezone": "Asia/Tokyo", "weekly": WEEK, "exceptions": [NEW_YEAR, LAST_DAY],
    "overrides": {"2027-02-01": [], "2027-02-02": ["10:00-11:00"]},
}  # fmt: skip


def test_every_exception_has_its_place():
    assert [one.key for one in editing.entries(BODY)] == [
        "exceptions.0", "exceptions.1", "overrides.2027-02-01", "overrides.2027-02-02",
    ]  # fmt: skip
    found = editing.find(BODY, "overrides.2027-02-01")
    assert found and found.said == {"date": "2027-02-01", "closed": True}
    assert editing.key_of(BODY, LAST_DAY) == "exceptions.1"
    assert editing.find(BODY, "exceptions.2") is None and editing.key_of(BODY, STOCK) == ""


def test_put_and_take_out_leave_the_old_body_alone():
    before = {**BODY}
    assert editing.put(BODY, STOCK)["exceptions"] == [NEW_YEAR, LAST_DAY, STOCK]
    assert editing.put(BODY, STOCK, "exceptions.0")["exceptions"] == [STOCK, LAST_DAY]
    moved = editing.put(BODY, STOCK, "overrides.2027-02-01")
    assert moved["exceptions"][-1] == STOCK and list(moved["overrides"]) == ["2027-02-02"]
    assert editing.without(BODY, "exceptions.0")["exceptions"] == [LAST_DAY]
    assert "overrides" not in editing.without(
        editing.without(BODY, "overrides.2027-02-01"), "overrides.2027-02-02"
    )
    assert before == BODY


@pytest.mark.parametrize(
    ("said", "key", "meets"),
    [
        ({"date": "2026-12-28", "closed": True}, "", "exceptions.1"),
        ({"date": "2026-12-28", "closed": True}, "exceptions.1", None),  # itself
        ({"date": "2026-12-30", "closed": True}, "", None),  # a date beats what is every year
        ({"every": "01-03", "closed": True}, "", "exceptions.0"),
        ({"every": "01-04", "closed": True}, "", None),
        ({"every": "12-01..12-31", "closed": True}, "", "exceptions.0"),
        ({"date": "2027-02-02", "closed": True}, "", "overrides.2027-02-02"),
        ({"from": "2027-02-01", "to": "2027-02-03", "closed": True}, "", None),  # another kind
    ],
)
def test_two_of_one_kind_for_one_day(said, key, meets):
    found = editing.clash(BODY, said, key)
    assert (found.key if found else None) == meets


def test_ranges_meet_inside_each_other_too():
    body = editing.put(BODY, STOCK)
    for first, last, meets in (
        ("2027-03-02", "2027-03-09", True), ("2027-02-01", "2027-04-01", True),
        ("2027-03-03", "2027-03-09", False),
    ):  # fmt: skip
        said = {"from": first, "to": last, "closed": True}
        assert (editing.clash(body, said) is not None) == meets


def test_what_does_not_go_by_the_week():
    holidays = {date(2027, 1, 1): "元日", date(2027, 1, 11): "成人の日"}
    rules = read_rules(BODY, holidays)
    found = editing.specials(rules, date(2026, 12, 28), 40)
    assert [(one.first.isoformat(), one.last.isoformat(), one.why, one.key) for one in found] == [
        ("2026-12-28", "2026-12-28", "exception", "exceptions.1"),
        ("2026-12-29", "2027-01-03", "exception", "exceptions.0"),  # the holiday inside is beaten
        ("2027-01-11", "2027-01-11", "holiday", ""),
        ("2027-02-01", "2027-02-01", "exception", "overrides.2027-02-01"),
        ("2027-02-02", "2027-02-02", "exception", "overrides.2027-02-02"),
    ]


def test_round_the_clock_has_nothing_to_show():
    whole = {day: ["00:00-24:00"] for day in (*WEEK, "sat", "sun")}
    assert editing.never_closes(read_rules({"timezone": "UTC", "weekly": whole}, {}))
    assert not editing.never_closes(
        read_rules({"timezone": "UTC", "weekly": whole, "exceptions": [NEW_YEAR]}, {})
    )
    assert not editing.never_closes(read_rules(BODY, {}))


def test_what_changed_between_two_versions():
    after = editing.put(BODY, STOCK, "exceptions.0") | {"weekly": {"mon": ["09:00-18:00"]}, "holidays": "JP"}
    assert [(one.what, one.said) for one in editing.changes(BODY, after)] == [
        ("added", STOCK), ("removed", NEW_YEAR), ("week", None), ("holidays", None),
    ]  # fmt: skip
    assert editing.changes(BODY, BODY) == []
