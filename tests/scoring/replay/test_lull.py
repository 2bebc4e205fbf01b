"""Between now and the end of a lull no look finds that the lead leaves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.definition import leaves
from scoring.engine import Facts, Model, points_only
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
