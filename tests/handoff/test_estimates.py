"""What may be concluded of budget and timing: from what was said, newest first, after a person's word."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff import estimates
from handoff.estimates import BUDGET, FRESH, NO, TIMING, Saying, Word, conclude, read
from tests.people import NOW

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def said(value, *, days=0.0, field=BUDGET, event=1) -> Saying:
    return Saying(field, value, NOW - days * DAY, {"kind": "activity", "event": event})


def values(found) -> dict[str, str]:
    return {one["field"]: one["value"] for one in found.get("estimates", ())}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"budget": " 500万円台 "}, [("budget", "500万円台")]),
        ({"ご予算": 5_000_000, "導入時期": "3か月以内"}, [("budget", "5,000,000"), ("timing", "3か月以内")]),
        ({"timeline": "Q1", "budgetary": "x", "kind": "quote"}, [("timing", "Q1")]),
        ({"budget": True, "timing": ["soon"]}, []),
        ({"budget": "  ", "timing": None}, []),
        ({"budget": {"min": 1}}, []),
    ],
)
def test_what_an_answer_says(data, found):
    assert [(field, value) for field, _, value in read(data)] == found


def test_a_long_answer_is_cut():
    [(_, _, value)] = read({"budget": "x" * 999})
    assert len(value) == estimates.LONGEST


def test_nothing_said_is_nothing():
    assert conclude([], [], now=NOW) == {}


def test_the_newest_counts_and_those_that_agree_are_its_evidence():
    heard = [
        said("1,000万円", days=9, event=1),
        said("500万円", days=3, event=2),
        said("５００万円", days=1, event=3),
    ]
    [one] = conclude(heard, [], now=NOW)["estimates"]
    assert (one["value"], [row["event"] for row in one["evidence"]]) == ("５００万円", [3, 2])
    assert [row["event"] for row in one["otherwise"]] == [1]
    assert one["evidence"][1]["said"] == "500万円"


def test_each_field_by_itself():
    found = conclude([said("1千万円"), said("来期", field=TIMING)], [], now=NOW)
    assert values(found) == {"budget": "1千万円", "timing": "来期"}


@pytest.mark.parametrize(
    ("age", "counts"), [(FRESH - SECOND, True), (FRESH, False), (timedelta(0), True), (-SECOND, False)]
)
def test_for_a_year_and_not_before_it_was_said(age, counts):
    one = Saying(BUDGET, "x", NOW - age, {})
    assert bool(conclude([one], [], now=NOW)) == counts


def test_a_persons_word_is_a_fact_and_ends_what_was_concluded_before():
    word = Word(BUDGET, "800万円", NOW - 2 * DAY, by=7)
    found = conclude([said("500万円", days=3), said("300万円", days=2)], [word], now=NOW)
    assert found == {
        "facts": [{"field": "budget", "value": "800万円", "by": 7, "at": (NOW - 2 * DAY).isoformat()}]
    }


def test_what_is_said_after_it_is_an_estimate_beside_it():
    word = Word(BUDGET, "800万円", NOW - 2 * DAY, by=7)
    found = conclude([said("300万円", days=1)], [word], now=NOW)
    assert values(found) == {"budget": "300万円"} and found["facts"][0]["value"] == "800万円"


def test_what_was_refuted_is_neither():
    assert conclude([said("500万円", days=3)], [Word(BUDGET, "500万円", NOW, 7, NO)], now=NOW) == {}


def test_of_two_words_the_later_counts():
    words = [Word(BUDGET, "b", NOW, 7, NO), Word(BUDGET, "a", NOW - DAY, 7)]
    assert conclude([], words, now=NOW) == {}


@given(st.permutations([said("a", days=3, event=1), said("b", days=2, event=2), said("a", days=1, event=3)]))
def test_the_order_of_arrival_does_not_matter(heard):
    [one] = conclude(heard, [], now=NOW)["estimates"]
    assert [row["event"] for row in one["evidence"]] == [3, 1]


def test_only_so_much_evidence_is_kept():
    heard = [said("a", days=n, event=n) for n in range(1, 20)]
    heard += [said("b", days=n + 30, event=n) for n in range(1, 20)]
    [one] = conclude(heard, [], now=NOW)["estimates"]
    assert (len(one["evidence"]), len(one["otherwise"])) == (estimates.MOST_EVIDENCE, estimates.MOST_OTHERS)
