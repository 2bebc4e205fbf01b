"""What a calendar may say, and every error found with the place of it (PRODUCT 6)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.calendar_definition import (
    DefinitionError,
    check_definition,
    country_codes,
    read_rules,
)  # fmt: skip
from leads.calendar_words import SENTENCES, sentence

GOOD = {"timezone": "Asia/Tokyo", "weekly": {"mon": ["09:00-18:00"]}}


def errors(body):
    return [(error.code, ".".join(map(str, error.path))) for error in check_definition(body)]


def on(day, **more):
    windows, why, _ = read_rules(GOOD | more, {}).on(date.fromisoformat(day))
    return windows, why


def excepting(**said):
    return {"exceptions": [{"date": "2026-01-01", "closed": True} | said]}


def placed(**said):
    return {"exceptions": [{"closed": True} | said]}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"timezone": "Mars/Olympus"}, [("unknown_zone", "timezone")]),
        ({"timezone": None}, [("unknown_zone", "timezone")]),
        ({"timezone": "../etc/passwd"}, [("unknown_zone", "timezone")]),
        ({"weekly": None}, [("weekly_needed", "weekly")]),
        ({"weekly": {"mon": ["09:00-18:00"], "monday": []}}, [("unknown_weekday", "weekly.monday")]),
        ({"weekly": {"mon": "09:00-18:00"}}, [("windows_needed", "weekly.mon")]),
        ({"weekly": {"mon": ["9-18"]}}, [("bad_window", "weekly.mon.0")]),
        ({"weekly": {"mon": ["09:00-09:00"]}}, [("bad_window", "weekly.mon.0")]),
        ({"weekly": {"mon": ["24:00-09:00"]}}, [("bad_window", "weekly.mon.0")]),
        ({"weekly": {"mon": ["09:00-24:01"]}}, [("bad_window", "weekly.mon.0")]),
        ({"weekly": {"mon": ["09:60-18:00"]}}, [("bad_window", "weekly.mon.0")]),
        ({"weekly": {"mon": [["09:00", "12:00"], ["13:00"]]}}, [("bad_window", "weekly.mon.1")]),
        ({"holidays": 5}, [("holidays_needed", "holidays")]),
        ({"holidays": "Japan"}, [("bad_holiday", "holidays")]),
        ({"holidays": ["JP", "2026-02-30"]}, [("bad_holiday", "holidays.1")]),
        ({"exceptions": {}}, [("exceptions_needed", "exceptions")]),
        ({"exceptions": ["x"]}, [("not_a_mapping", "exceptions.0")]),
        (placed(), [("one_of_date_range_every", "exceptions.0")]),
        (placed(**{"from": "2026-01-01"}), [("one_of_date_range_every", "exceptions.0")]),
        (placed(date="2026-01-01", every="01-01"), [("one_of_date_range_every", "exceptions.0")]),
        (
            {"exceptions": [{"from": "2026-01-02", "to": "2026-01-01", "closed": True}]},
            [("range_backwards", "exceptions.0.to")],
        ),
        ({"exceptions": [{"date": "2026-1-1", "closed": True}]}, [("bad_date", "exceptions.0.date")]),
        ({"exceptions": [{"every": "13-01", "closed": True}]}, [("bad_every", "exceptions.0.every")]),
        ({"exceptions": [{"date": "2026-01-01"}]}, [("closed_or_windows", "exceptions.0")]),
        (
            {"exceptions": [{"date": "2026-01-01", "closed": True, "windows": []}]},
            [("closed_or_windows", "exceptions.0")],
        ),
        (excepting(closed="yes"), [("closed_yes_no", "exceptions.0.closed")]),
        (excepting(why=""), [("unknown_key", "exceptions.0.why")]),
        (excepting(label=5), [("bad_label", "exceptions.0.label")]),
        ({"day": 0}, [("bad_day", "day")]),
        ({"day": 1441}, [("bad_day", "day")]),
        ({"day": True}, [("bad_day", "day")]),
        ({"hours": 8}, [("unknown_key", "hours")]),
        ({"overrides": {"2026-02-30": []}}, [("bad_date", "overrides.2026-02-30")]),
        ({"weekly": {}}, [("never_open", "weekly")]),
        ({"weekly": {"mon": []}}, [("never_open", "weekly")]),
        (
            {"exceptions": [{"from": "2027-01-01", "to": "2028-02-04", "closed": True}]},
            [("never_open", "weekly")],
        ),
        ({"exceptions": [{"from": "2027-01-01", "to": "2028-01-28", "closed": True}]}, []),
    ],
)  # fmt: skip
def test_what_is_wrong_and_where(change, found):
    assert errors(GOOD | change)[: len(found) or None] == found


def test_all_of_them_at_once():
    assert errors({"timezone": "x", "weekly": {"mon": ["1"]}, "day": 0, "nonsense": 1}) == [
        ("unknown_key", "nonsense"),
        ("unknown_zone", "timezone"),
        ("bad_window", "weekly.mon.0"),
        ("bad_day", "day"),
    ]


@pytest.mark.parametrize("body", [None, [], "x", 5])
def test_what_is_no_calendar_at_all(body):
    assert errors(body) == [("not_a_mapping", "")]


@pytest.mark.parametrize(
    ("windows", "minutes"),
    [
        (["09:00-18:00"], ((540, 1080),)),
        ([["09:00", "18:00"]], ((540, 1080),)),
        (["00:00-24:00"], ((0, 1440),)),
        (["22:00-06:00"], ((1320, 1800),)),  # belongs to the day it starts
        (["22:00-00:00"], ((1320, 1440),)),
        (["09:00 - 12:00", "13:00-18:00"], ((540, 720), (780, 1080))),
    ],
)
def test_windows_as_minutes_of_their_day(windows, minutes):
    assert on("2026-11-23", weekly={"mon": windows}) == (minutes, "open")


def test_why_a_day_is_closed():
    assert on("2026-11-24") == ((), "closed")
    assert on("2026-11-23", holidays=["2026-11-23"]) == ((), "holiday")
    assert on("2026-11-23", exceptions=[{"date": "2026-11-23", "closed": True}]) == ((), "exception")
    assert on("2026-11-24", overrides={"2026-11-24": ["10:00-11:00"]}) == (((600, 660),), "exception")


def test_country_codes():
    assert country_codes({"holidays": "JP"}) == ["JP"]
    assert country_codes({"holidays": ["JP", "2026-01-01", "DE"]}) == ["JP", "DE"]
    assert country_codes({}) == []


def test_every_error_has_its_sentence():
    """Whatever the checks find can be said to whoever wrote it."""
    said = {code for code, _ in errors({"timezone": 1, "weekly": {"x": 1, "mon": 1}, "day": 0, "a": 1})}
    assert said <= set(SENTENCES)
    for code in SENTENCES:
        assert sentence(DefinitionError(code, (), value="値", days=400))


nonsense = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from(["mon", "09:00-18:00", "24:00", "2026-02-29", "JP", "12-29..01-03", "Asia/Tokyo"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["timezone", "weekly", "mon", "holidays", "exceptions", "date", "every", "windows"])
        | st.text(max_size=4), inner, max_size=5,
    ),
    max_leaves=20,
)  # fmt: skip


@settings(deadline=None)
@given(nonsense)
def test_nonsense_is_refused_never_a_crash(body):
    found = check_definition(body)
    assert found == [] or all(isinstance(error, DefinitionError) for error in found)
