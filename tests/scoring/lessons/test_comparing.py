"""Where acceptance differs: exact, and hardly ever where there is nothing."""

from __future__ import annotations

from math import comb
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.lessons.comparing import Comparison, Tally, clear, fisher, newcombe, wilson

tallies = st.integers(1, 90).flatmap(lambda n: st.integers(0, n).map(lambda accepted: Tally(n, accepted)))


def against(own: tuple[int, int], rest: tuple[int, int], key: str = "x") -> Comparison:
    return Comparison(key, Tally(*own), Tally(*rest))


def counted_out(own: Tally, rest: Tally) -> float:
    """Fisher's test by counting every way."""
    whole, accepted, n = own.n + rest.n, own.accepted + rest.accepted, own.n
    ways = [comb(accepted, k) * comb(whole - accepted, n - k) for k in range(n + 1)]
    lower, upper = sum(ways[: own.accepted + 1]), sum(ways[own.accepted :])
    return min(1.0, 2 * min(lower, upper) / sum(ways))


@given(tallies, tallies)
def test_the_exact_test_is_exact(own, rest):
    assert fisher(own, rest) == pytest.approx(counted_out(own, rest), abs=1e-9)


@given(tallies, tallies)
def test_a_difference_lies_in_its_interval(own, rest):
    low, high = newcombe(own, rest)
    assert -1 <= low <= own.rate - rest.rate <= high <= 1


@pytest.mark.parametrize(
    ("own", "rest", "low", "high"),
    [  # Newcombe 1998, table II, method 10
        ((70, 56), (80, 48), 0.0524, 0.3339),
        ((10, 9), (10, 3), 0.1705, 0.8090),
    ],
)
def test_the_interval_is_newcombes(own, rest, low, high):
    assert newcombe(Tally(*own), Tally(*rest)) == pytest.approx((low, high), abs=5e-5)


def test_of_nothing_everything_may_be_true():
    assert wilson(Tally(0, 0)) == (0.0, 1.0)
    assert Tally(0, 0).rate == 0


def test_below_thirty_decisions_nothing_is_said():
    assert clear([against((29, 0), (500, 450))]) == []
    assert len(clear([against((30, 0), (500, 450))])) == 1


def test_without_any_others_there_is_nothing_to_hold_it_against():
    assert clear([against((400, 10), (0, 0))]) == []


def test_a_small_difference_is_none_however_sure():
    assert clear([against((50_000, 30_000), (50_000, 37_000))]) == []  # 14 points
    assert len(clear([against((50_000, 30_000), (50_000, 37_500))])) == 1  # 15 points, on the dot


def test_the_more_is_looked_at_the_surer_it_must_be():
    seen = against((40, 20), (400, 280), "seen")
    others = [against((40, 28), (400, 280), str(number)) for number in range(60)]
    assert 0.05 / 61 < seen.p < 0.05
    assert clear([seen]) == [seen]
    assert clear([*others, seen]) == []


def test_the_lower_come_first_then_the_surest():
    sure, less = against((200, 20), (400, 300), "sure"), against((30, 6), (400, 300), "less")
    high = against((400, 390), (400, 100), "high")
    same = against((200, 20), (400, 300), "as sure")
    assert clear([high, less, sure, same]) == [sure, same, less, high]


def test_on_noise_hardly_ever_anything_is_seen():
    """45 things looked at, whatever the usual rate: false alarms in at most 5 % of runs."""
    chance, alarms = Random(3), 0
    for _ in range(1000):
        usual, many = chance.choice((0.5, 0.7, 0.9)), chance.choice((150, 400, 1000))
        decided = [chance.random() < usual for _ in range(many)]
        whole = Tally(many, sum(decided))
        looked_at = []
        for key in range(45):
            share = chance.choice((0.05, 0.1, 0.2, 0.4))
            mine = [yes for yes in decided if chance.random() < share]
            own = Tally(len(mine), sum(mine))
            looked_at.append(Comparison(str(key), own, whole.without(own)))
        alarms += bool(clear(looked_at))
    assert alarms <= 50
