"""Who has none of the activities two playbooks disagree about is as ready by the one as by the other."""

from __future__ import annotations

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.engine import Facts, Model, figures_only
from scoring.replay.alike import reckoned_otherwise
from tests.scoring.test_definition import EXAMPLE
from tests.scoring.worlds import AT, facts, interest_rules, leads, sections

import yaml  # isort: skip

BODY = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))["scoring"]


def changed(**interest):
    body = deepcopy(BODY)
    body["interest"] |= interest
    return body


def with_rule(place, **said):
    body = deepcopy(BODY)
    body["interest"]["rules"][place] |= said
    return body


@pytest.mark.parametrize(
    ("other", "types"),
    [
        (BODY, set()),
        (BODY | {"mql": {}, "classes": {}}, set()),
        (with_rule(0, points=8), {"pricing_view"}),
        (with_rule(0, off=True), {"pricing_view"}),
        (with_rule(0, type="page_view"), {"pricing_view", "page_view"}),
        (changed(max=40), None),
        (changed(response=None), None),
        (BODY | {"fit": {"max": 50, "rules": []}}, None),
        (BODY | {"timezone": "UTC"}, None),
    ],
)
def test_of_what_they_think_otherwise(other, types):
    assert reckoned_otherwise(BODY, other) == types
    assert reckoned_otherwise(other, BODY) == types


@given(sections(), st.lists(interest_rules(), max_size=2), leads())
def test_without_those_activities_there_is_no_difference(body, more, lead):
    rules = [{"id": f"m{place}", **rule} for place, rule in enumerate(more)]
    other = body | {"interest": body["interest"] | {"rules": [*body["interest"]["rules"][1:], *rules]}}
    types, known = reckoned_otherwise(body, other), facts(lead)
    known = Facts(known.values, [one for one in known.events if one.type not in types])
    assert figures_only(Model.compile(body), known, AT) == figures_only(Model.compile(other), known, AT)
