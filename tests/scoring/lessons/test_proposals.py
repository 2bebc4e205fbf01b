"""From a finding to a change of the rules."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime

import pytest

from scoring.lessons.comparing import Comparison, Tally
from scoring.lessons.proposals import (
    Change,
    Proposal,
    applied,
    as_evidence,
    change_for,
    from_evidence,
    has_changed,
    is_covered,
    rule_of,
)
from scoring.lessons.traits import Trait
from scoring.rules import Model

BODY = {
    "timezone": "Asia/Tokyo",
    "fit": {
        "max": 50,
        "rules": [
            {"id": "industry", "when": {"company.industry": {"in": ["manufacturing"]}}, "points": 12},
            {"id": "both", "when": {"source": {"is": "web"}, "title": {"present": True}}, "points": 3},
            {"id": "big", "when": {"company.employees": {"gte": 300}}, "points": 15},
            {"id": "free-mail", "when": {"email": {"free_mail": True}}, "points": -20},
            {"id": "source-1", "when": {"source": {"is": "X"}}, "points": 1},
        ],
    },
    "interest": {
        "max": 50,
        "rules": [
            {"id": "card", "type": "card_exchanged", "points": 20},
            {"id": "pricing", "type": "pricing_view", "points": 4, "max": 16},
            {"id": "visit", "type": "page_view", "points": 1},
            {"id": "nothing", "type": "email_open", "points": 0},
        ],
        "response": {"actions": ["email_sent"], "reactions": ["reply"], "min_actions": 3, "points": 10},
    },
}  # fmt: skip


def found(own: tuple[int, int], rest: tuple[int, int]) -> Comparison:
    return Comparison("x", Tally(*own), Tally(*rest))


LOW, HIGH = found((40, 10), (100, 75)), found((40, 36), (100, 60))  # a third; half as much again


@pytest.mark.parametrize(
    ("rule", "seen", "change"),
    [
        ("card", LOW, Change("card", 7, 20)),
        ("card", HIGH, Change("card", 30, 20)),
        ("card", found((40, 40), (100, 10)), Change("card", 40, 20)),  # never more than twice
        ("card", found((40, 0), (100, 75)), Change("card", 0, 20)),
        ("pricing", LOW, Change("pricing", 1, 4, 16, 5)),  # its limit goes with it
        ("visit", found((40, 20), (100, 75)), Change("visit", 0, 1)),  # at least one point other
        ("visit", HIGH, Change("visit", 2, 1)),
        ("free-mail", LOW, Change("free-mail", -40, -20)),  # it takes points, and they are worse still
        ("free-mail", HIGH, Change("free-mail", -13, -20)),
        ("free-mail", found((40, 30), (100, 0)), Change("free-mail", 0, -20)),
        ("response", LOW, Change("response", 3, 10)),
        ("nothing", LOW, None),
        ("gone", LOW, None),
    ],
)
def test_a_rule_follows_the_ratio_of_acceptance(rule, seen, change):
    assert change_for(Trait("rule", rule), seen, BODY) == change


def test_a_value_becomes_a_fit_rule_of_half_the_scale():
    change = change_for(Trait("source", "展示会"), LOW, BODY)  # 50 points lower, of 50
    assert change == Change("source-2", -13, when={"source": {"is": "展示会"}})
    assert change_for(Trait("source", "紹介"), HIGH, BODY).after == 8


def test_a_change_stands_in_a_body_of_its_own():
    before = deepcopy(BODY)
    less = applied(Change("pricing", 1, 4, 16, 5), BODY)
    assert rule_of("pricing", less) == {"id": "pricing", "type": "pricing_view", "points": 1, "max": 5}
    new = applied(change_for(Trait("title", ""), LOW, BODY), BODY)
    assert new["fit"]["rules"][-1] == {"id": "title-1", "when": {"title": {"present": False}}, "points": -13}
    off = applied(Change("card", 0, 20), BODY)
    assert rule_of("card", off)["off"] is True
    quiet = applied(Change("response", 3, 10), BODY)
    assert quiet["interest"]["response"]["points"] == 3
    for body in (less, new, off, quiet):
        Model.compile(body)
    assert before == BODY


@pytest.mark.parametrize(
    ("trait", "rule"),
    [
        (Trait("industry", "Manufacturing"), "industry"),
        (Trait("industry", "food"), None),
        (Trait("size", "300-999"), "big"),
        (Trait("size", "100-299"), None),
        (Trait("source", "web"), None),  # asks for something else too
        (Trait("source", "X"), "source-1"),
        (Trait("attributes.seats", "5"), None),
    ],
)
def test_a_value_that_a_rule_asks_for_already(trait, rule):
    assert is_covered(trait, BODY) == rule


@pytest.mark.parametrize(
    ("now", "is_other"),
    [
        (found((45, 12), (120, 90)), False),
        (found((79, 20), (120, 90)), False),
        (found((80, 20), (120, 90)), True),  # twice as many say so
        (found((45, 40), (120, 60)), True),  # it turned round
        (found((45, 4), (120, 91)), True),  # 17 points further
    ],
)
def test_what_was_given_up_comes_back_only_as_another(now, is_other):
    assert has_changed(LOW, now) is is_other


def test_evidence_can_be_read_again():
    at = datetime(2026, 11, 24, tzinfo=UTC)
    trait = Trait("source", "展示会")
    seen = Comparison(trait.key, LOW.own, LOW.rest)
    told = Proposal(trait, seen, change_for(trait, seen, BODY), since=at)
    assert from_evidence(as_evidence(told, at=at, version=3)) == told
