"""Between now and the end of a lull no look finds that the lead leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.definition import leaves
from scoring.engine import Event, Facts, Model, points_only
from scoring.replay.lull import stays_until
from tests.scoring.test_definition import GOOD, MODEL, happened
from tests.scoring.worlds import AT, DAY, facts, leads, sections


def is_gone(model, known, at):
    return leaves(model, known, points_only(model, known, at), at, entered_by="score") is not None


def first_leaving(model, known, at, before):
    """By every look there would be."""
    while at < before:
        if is_gone(model, known, at):
            return at
        at = points_only(model, known, at).valid_until
    return before


@settings(max_examples=300)
@given(sections(), leads(), st.integers(1, 40), st.sampled_from([0, 4, 12]))
def test_no_look_is_left_out_that_finds_something(section, lead, days, least):
    section["mql"] |= {"leave_below": least, "leave_below_interest": least / 2}
    model, known, before = Model.compile(section), facts(lead), AT + days * DAY / 4
    found = first_leaving(model, known, AT, before)
    if found > AT:
        assert AT <= stays_until(model, known, AT, before, entered_by="score") <= found


@pytest.mark.parametrize(("entered_by", "least", "most"), [("score", 29, 30), ("fast_track", 40, 40)])
def test_it_comes_near_the_moment_of_leaving(entered_by, least, most):
    """Twenty points with a half-life of 30 days: after 30 days ten are left. Who raised a hand stays."""
    known = Facts(GOOD, happened("webinar_attended", "document_download"))
    until = stays_until(MODEL, known, AT, AT + 40 * DAY, entered_by=entered_by)
    assert AT + least * DAY <= until <= AT + most * DAY


def test_a_short_stretch_in_which_it_leaves():
    known = Facts(GOOD, happened("webinar_attended", "document_download"))
    at = AT + 29.8 * DAY
    assert not is_gone(MODEL, known, at)
    assert at <= stays_until(MODEL, known, at, at + DAY / 2, entered_by="score") <= AT + 30 * DAY


def world(*rules, response=None, least):
    """Nothing but these rules of interest; who has less than `least` of it leaves."""
    interest = {"max": 50, "rules": [{"id": f"r{n}", **rule} for n, rule in enumerate(rules)]}
    return Model.compile(
        {
            "timezone": "Asia/Tokyo", "fit": {"max": 50, "rules": []}, "classes": {"fit": 25, "interest": 25},
            "interest": interest | ({"response": response} if response else {}),
            "mql": {"min_readiness": 0, "leave_below": 0, "leave_below_interest": least, "require": {},
                    "fast_track": [], "exclude": []},
        }
    )  # fmt: skip


def told(*done):
    """`(type, hours ago)` each."""
    return Facts(
        {}, [Event(n, kind, "reaction", AT - timedelta(hours=ago)) for n, (kind, ago) in enumerate(done, 1)]
    )


VIEWS = {"type": "page_view", "points": 20, "per_day": 1, "window_days": 5, "half_life_days": 1}
ANSWERS = {
    "actions": ["email_sent"],
    "reactions": ["reply"],
    "window_days": 30,
    "min_actions": 1,
    "points": 10,
}


@pytest.mark.parametrize(
    ("model", "known", "days"),
    [
        pytest.param(
            world(VIEWS, least=0.7), told(("page_view", 9.5), ("page_view", 0.5)), 4.75,
            id="a younger one takes the place of the day",
        ),
        pytest.param(
            world(response=ANSWERS, least=5),
            told(("reply", 29 * 24), ("reply", 24), ("email_sent", 25 * 24), ("email_sent", 24 * 24),
                 ("email_sent", 48)),
            7, id="what was never answered is forgotten",
        ),
        pytest.param(
            world(
                {"type": "reply", "points": 10}, {"type": "page_view", "points": 10, "half_life_days": 1},
                {"type": "unsubscribe", "points": -8, "half_life_days": 10}, least=6,
            ),
            told(("reply", 1), ("page_view", 1), ("unsubscribe", 1)), 30, id="what was bad is forgotten",
        ),
    ],
)  # fmt: skip
def test_who_leaves_and_would_come_back_is_not_kept(model, known, days):
    before = AT + days * DAY
    assert not is_gone(model, known, AT) and not is_gone(model, known, before)
    found = first_leaving(model, known, AT, before)
    assert found < before, "it dips in between"
    assert stays_until(model, known, AT, before, entered_by="score") <= found
