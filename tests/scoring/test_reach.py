"""What is offered as enough is enough, and nothing that is enough is kept back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from leads.activity_types import BUILT_IN
from scoring.definition import judge
from scoring.engine import Event, Facts, Model, points_only
from scoring.reach import example, reach
from tests.scoring.worlds import ACTIONS, AT, DAY, facts, leads, sections


def rule(kind, points, **more):
    return {"id": kind, "type": kind, "points": points, **more}


def model(*rules, **mql):
    section = {
        "timezone": "Asia/Tokyo", "fit": {"max": 50, "rules": []},
        "interest": {"max": 50, "rules": list(rules)}, "mql": {"min_readiness": 30, **mql},
    }  # fmt: skip
    return Model.compile(section)


def found(model, *events, values=None, **more):
    known = Facts(values or {}, events)
    answer = reach(model, known, AT, directions=BUILT_IN, **more)
    strongest = answer.strongest and (answer.strongest.rule, answer.strongest.gain)
    return [(one.rule, one.gain) for one in answer.enough], strongest


def event(kind, days=1.0):
    return Event(1, kind, "reaction", AT - days * DAY)


def test_the_least_that_is_enough_comes_first():
    rules = model(rule("inquiry", 40), rule("webinar_attended", 12), rule("page_view", 2), rule("reply", 20))
    assert found(rules, event("reply")) == ([("webinar_attended", 12), ("reply", 20), ("inquiry", 30)], None)


def test_limits_count_as_the_engine_counts_them():
    capped = model(rule("reply", 20, max=25), rule("inquiry", 8, per_day=1))
    assert found(capped, event("reply")) == ([], ("inquiry", 8))
    today = event("inquiry", 0)._replace(id=2)
    assert found(capped, event("reply"), today) == ([("reply", 5)], None)


def test_nothing_alone_is_enough():
    assert found(model(rule("reply", 20), rule("page_view", 2))) == ([], ("reply", 20))


def test_a_part_of_a_group_is_enough_where_the_rest_is_there():
    quote = {"type": "inquiry", "where": {"data.kind": {"in": ["quote"]}}}
    group = {"all_of": [quote, {"type": "survey_answer"}], "within_days": 14}
    rules = model(rule("reply", 1), fast_track=[group])
    assert found(rules) == ([], ("reply", 1))
    assert found(rules, event("survey_answer"))[0] == [(None, 0)]


@pytest.mark.parametrize(
    "mql",
    [
        {"require": {"phone": {"present": True}}},
        {"min_fit": 20},
        {"exclude": [{"when": {"phone": {"present": False}}}]},
    ],
)
def test_nothing_is_offered_where_points_are_not_what_is_missing(mql):
    assert found(model(rule("inquiry", 40), **mql)) == ([], None)


def test_our_own_actions_are_not_offered():
    assert found(model(rule("call_connected", 40), rule("email_sent", 40))) == ([], None)


@settings(max_examples=150, deadline=None, database=None)
@given(sections(), leads())
def test_each_that_is_offered_makes_the_definition_hold(section, world):
    model, known = Model.compile(section), facts(world)
    for one in reach(model, known, AT, directions=BUILT_IN).enough:
        assert one.pattern.type not in ACTIONS
        more = Facts(known.values, [*known.events, example(one.pattern, AT)])
        score = points_only(model, more, AT)
        assert judge(model, more, score, AT).holds and score.readiness == one.readiness


def test_after_a_send_back_only_what_is_new_counts():
    rules = model(rule("reply", 20), rule("inquiry", 30))
    old = [event("reply", 9), event("inquiry", 8)._replace(id=2)]
    assert found(rules, *old, sent_back_at=AT - 5 * DAY) == ([("inquiry", 30)], None)
