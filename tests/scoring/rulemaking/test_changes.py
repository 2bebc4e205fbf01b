"""What changes from one body to another: every kind, nothing twice, nothing where nothing changed."""

from __future__ import annotations

from copy import deepcopy

import pytest
from django.utils import translation

from scoring.rulemaking import change_words
from scoring.rulemaking.changes import Change, between
from tests.people import example

BODY = example().sections["scoring"]


def rule(body, half, name):
    return next(one for one in body[half]["rules"] if one["id"] == name)


def points(body):
    rule(body, "interest", "pricing")["points"] = 8


def off(body):
    rule(body, "interest", "pricing")["off"] = True


def order(body):
    rules = body["fit"]["rules"]
    rules[0], rules[1] = rules[1], rules[0]


def new_rule(body):
    body["fit"]["rules"].insert(
        0, {"id": "tokyo", "when": {"company.prefecture": {"is": "東京都"}}, "points": 3}
    )


def gone(body):
    del body["interest"]["rules"][0]


def minimum(body):
    body["mql"]["min_readiness"] = 55


def required(body):
    body["mql"]["require"]["email"] = {"present": True}


def excluded_first(body):
    body["mql"]["exclude"].insert(0, {"when": {"source": {"is": "list"}}})


def sooner(body):
    body["mql"]["fast_track"][0]["within_days"] = 7


def opening(body):
    body["opening"]["demo"] = {"ja": "デモの日程から。", "en": "Start from the date."}


def most(body):
    body["interest"]["max"] = 40


CHANGES = [
    (points, [("changed", "interest", "pricing")]),
    (off, [("off", "interest", "pricing")]),
    (order, [("moved", "fit", "")]),
    (new_rule, [("added", "fit", "tokyo")]),
    (gone, [("removed", "interest", "pricing")]),
    (minimum, [("changed", "mql", "")]),
    (required, [("added", "require", "email")]),
    (excluded_first, [("added", "exclude")]),
    (sooner, [("added", "fast_track"), ("removed", "fast_track")]),
    (opening, [("changed", "opening", "demo")]),
    (most, [("changed", "limits", "")]),
]


def changed(how):
    body = deepcopy(BODY)
    how(body)
    return body


@pytest.mark.parametrize(("how", "expected"), CHANGES)
def test_each_change_is_one_change(how, expected):
    found = between(BODY, changed(how))
    assert [
        (one.kind, one.part, one.key)[: len(wanted)] for one, wanted in zip(found, expected, strict=True)
    ] == (expected)


def test_the_same_is_no_change():
    assert between(BODY, deepcopy(BODY)) == []


def test_all_at_once_are_all_of_them():
    body = deepcopy(BODY)
    for how, _ in CHANGES:
        if how is not points and how is not off:
            how(body)
    assert len(between(BODY, body)) == sum(len(wanted) for how, wanted in CHANGES if how not in (points, off))


def test_from_nothing_everything_is_added():
    found = between(None, BODY)
    assert {one.kind for one in found} == {"added"}
    assert len([one for one in found if one.part == "fit"]) == len(BODY["fit"]["rules"])


def test_a_changed_rule_says_what_from_what_to():
    body = changed(points)
    rule(body, "interest", "pricing").pop("max")
    [change] = between(BODY, body)
    assert change.details == [("points", 4, 8), ("max", 16, None)]


def test_switched_off_and_changed_is_both():
    body = changed(points)
    off(body)
    assert [one.kind for one in between(BODY, body)] == ["off", "changed"]
    assert [one.kind for one in between(body, BODY)] == ["on", "changed"]


@pytest.mark.parametrize(
    ("old", "new", "moved"),
    [
        ("abcd", "abcd", []),
        ("abcd", "dabc", [("d", 4, 1)]),
        ("abcd", "bcda", [("a", 1, 4)]),
        ("abcd", "bacd", [("b", 2, 1)]),
        ("abcd", "dcba", [("c", 3, 2), ("b", 2, 3), ("a", 1, 4)]),
    ],
)
def test_as_few_moves_as_explain_the_order(old, new, moved):
    found = Change("moved", "fit", "", list(old), list(new)).moved
    assert len(found) == len(moved)
    assert all((old.index(name) + 1, new.index(name) + 1) == (was, is_) for name, was, is_ in found)


def test_true_is_not_one():
    old, new = {"when": {"x": {"is": True}}}, {"when": {"x": {"is": 1}}}
    assert Change("changed", "fit", "a", old, new).details == [
        ("when", {"x": {"is": True}}, {"x": {"is": 1}})
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(("how", "expected"), CHANGES)
def test_every_change_can_be_said(language, how, expected):
    with translation.override(language):
        for one in change_words.told(BODY, changed(how)):
            assert one.kind_label and one.part and (one.details or one.before or one.after)


@pytest.mark.django_db
def test_the_words_of_a_change():
    with translation.override("en"):
        [one] = change_words.told(BODY, changed(points))
        assert (one.kind_label, one.part, one.what) == ("Changed", "Interest", "Viewed the price page")
        assert one.details == (("Points", "4", "8"),)
        assert one.after.startswith("If they view the price page, +8 points.")
        [one] = change_words.told(BODY, changed(order))
        [(what, was, now_is)] = one.details
        assert "Title contains" in what and {was, now_is} == {"place 1", "place 2"}
        [one] = change_words.told(BODY, changed(minimum))
        assert one.details == (("Readiness", "60", "55"),)
