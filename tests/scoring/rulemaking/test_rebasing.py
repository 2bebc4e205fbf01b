"""A draft carried over to newer rules: each side's changes stay, and the draft's word where both changed."""

from __future__ import annotations

from copy import deepcopy

import pytest

from scoring.rulemaking.changes import between
from scoring.rulemaking.rebasing import carried
from tests.people import example

BASE = example().sections["scoring"]


def points(body, rule, points):
    for half in ("fit", "interest"):
        for one in body[half]["rules"]:
            if one["id"] == rule:
                one["points"] = points


def gone(body, rule):
    body["interest"]["rules"] = [one for one in body["interest"]["rules"] if one["id"] != rule]


def added(body, rule):
    body["interest"]["rules"].append({"id": rule, "type": "reply", "points": 5})


def turned(body):
    body["fit"]["rules"].reverse()


def minimum(body, key, value):
    body["mql"][key] = value


CHANGES = [
    lambda body: points(body, "pricing", 8),
    lambda body: points(body, "industry", 3),
    lambda body: gone(body, "event"),
    lambda body: added(body, "reply"),
    lambda body: turned(body),
    lambda body: minimum(body, "min_readiness", 55),
    lambda body: body["opening"].update(visit={"ja": "x", "en": "x"}),
    lambda body: body["interest"].pop("response"),
    lambda body: body.update(classes={"fit": 20, "interest": 20}),
]


def with_(*changes):
    body = deepcopy(BASE)
    for change in changes:
        change(body)
    return body


@pytest.mark.parametrize("mine", range(len(CHANGES)))
@pytest.mark.parametrize("theirs", range(len(CHANGES)))
def test_two_changes_of_different_things_are_both_there(mine, theirs):
    found = carried(BASE, with_(CHANGES[mine]), with_(CHANGES[theirs]))
    both = with_(CHANGES[theirs]) if mine == theirs else with_(CHANGES[theirs], CHANGES[mine])
    assert between(both, found) == []


def test_all_of_mine_beside_nothing_new_is_my_draft():
    assert between(with_(*CHANGES), carried(BASE, with_(*CHANGES), BASE)) == []


def test_nothing_of_mine_is_the_newest():
    assert carried(BASE, BASE, with_(*CHANGES)) == with_(*CHANGES)


def test_where_both_changed_the_same_the_drafts_word_stands():
    found = carried(BASE, with_(CHANGES[0]), with_(lambda body: points(body, "pricing", 6)))
    assert between(with_(CHANGES[0]), found) == []


def test_what_one_side_removed_and_the_other_changed_is_as_the_draft_has_it():
    mine, theirs = with_(lambda body: gone(body, "pricing")), with_(CHANGES[0])
    assert "pricing" not in [one["id"] for one in carried(BASE, mine, theirs)["interest"]["rules"]]
    assert "pricing" in [one["id"] for one in carried(BASE, theirs, mine)["interest"]["rules"]]


def test_nobody_elses_body_is_touched():
    base, mine, theirs = deepcopy(BASE), with_(CHANGES[0]), with_(CHANGES[5])
    before = deepcopy((base, mine, theirs))
    carried(base, mine, theirs)["fit"]["rules"].clear()
    assert (base, mine, theirs) == before
