"""The curve is the score at every moment, and costs a bounded number of scores."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.engine import Event, Facts, Model, score
from scoring.past import curve
from scoring.past.curve import MOST, level, trace
from scoring.past.hindsight import Past
from tests.people import NOW, fresh, new_lead, react, rescore
from tests.scoring.worlds import AT, DAY, facts, leads, sections

MINUTE = timedelta(minutes=1)
START = AT - 60 * DAY


class Still:
    """A lead of whom everything was known all the time; counts how often it is asked."""

    def __init__(self, model, known):
        self.known, self.rules, self.asked = known, model, 0

    def facts(self, known_at):
        self.asked += 1
        return self.known

    def model(self, at):
        return self.rules

    def next_news(self, at):
        return None


@settings(max_examples=150, deadline=None, database=None)
@given(sections(), leads(), st.lists(st.integers(0, 60 * 86_400), min_size=1, max_size=8))
def test_at_any_moment_the_curve_is_the_score(section, world, seconds):
    model, known = Model.compile(section), facts(world)
    points = trace(Still(model, known), START, AT)
    for second in seconds:
        at = START + timedelta(seconds=second)
        shown = level(points, at).readiness
        near = {score(model, known, at).readiness, score(model, known, max(START, at - MINUTE)).readiness}
        assert shown in near


def test_a_busy_lead_costs_no_more_than_the_most():
    section = {
        "timezone": "UTC", "fit": {"max": 50, "rules": []},
        "interest": {"max": 50, "rules": [
            {"id": "view", "type": "page_view", "points": 5, "half_life_days": 0.1, "window_days": 1}]},
    }  # fmt: skip
    views = [Event(n, "page_view", "reaction", START + n * timedelta(hours=2.4)) for n in range(600)]
    still = Still(Model.compile(section), Facts({}, views))
    points = trace(still, START, AT)
    assert still.asked <= MOST
    assert AT - points[-1].at < 3 * DAY  # it goes on to the end, more coarsely


def test_it_shows_what_was_known_then(house):
    lead = new_lead(now=NOW - 20 * DAY)
    react(lead, "demo_request", at=NOW - 15 * DAY, now=NOW - 5 * DAY)
    past = Past(fresh(lead))
    points = trace(past, NOW - 30 * DAY, NOW)
    assert level(points, NOW - 21 * DAY).readiness == 0
    assert level(points, NOW - 10 * DAY).interest == 0 < level(points, NOW - 4 * DAY).interest
    assert points[0].at == NOW - 30 * DAY and points[-1].readiness == rescore(lead).standing.readiness


def test_without_rules_it_lies_at_nothing(db):
    lead = new_lead(now=NOW - DAY)
    [point] = trace(Past(fresh(lead)), NOW - 2 * DAY, NOW)
    assert (point.readiness, point.model_version) == (0, None)
    assert curve.level([point], NOW) == point
