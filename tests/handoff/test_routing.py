"""Routing rules: fair shares, exclusions, receipts that replay (PRODUCT 6)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff import routing_words
from handoff.routing import Candidate, choose, excluded_because, named, passed_over, replay, why_not

SATO, KOBAYASHI = 1, 2


def decide(candidates: list[Candidate], times: int, strategy: str = "weighted") -> Counter[int | None]:
    won: Counter[int | None] = Counter()
    for _ in range(times):
        choice = choose(strategy, candidates)
        candidates = [replace(c, credit=choice.credits[c.user]) for c in candidates]
        won[choice.winner] += 1
    return won


def test_weights_two_to_one_over_thirty():
    won = decide([Candidate(SATO, 2, 0), Candidate(KOBAYASHI, 1, 0)], 30)
    assert won == {SATO: 20, KOBAYASHI: 10}


def test_round_robin_ignores_weights():
    won = decide([Candidate(SATO, 5, 0), Candidate(KOBAYASHI, 1, 0)], 30, "round_robin")
    assert won == {SATO: 15, KOBAYASHI: 15}


def test_a_tie_goes_by_playbook_order():
    assert choose("round_robin", [Candidate(KOBAYASHI, 1, 0), Candidate(SATO, 1, 0)]).winner == KOBAYASHI


def test_least_loaded_counts_open_by_weight():
    candidates = [Candidate(SATO, 2, 0, open=3), Candidate(KOBAYASHI, 1, 0, open=2)]
    assert choose("least_loaded", candidates).winner == SATO


def test_a_member_who_was_away_is_not_flooded():
    """Absent members gain no credit, so nothing is made up for when they are back."""
    away = [Candidate(SATO, 1, 0), Candidate(KOBAYASHI, 1, 0, is_active=False)]
    for _ in range(50):
        choice = choose("weighted", away)
        away = [replace(c, credit=choice.credits[c.user]) for c in away]
    back = [replace(c, is_active=True) for c in away]
    assert decide(back, 10) == {SATO: 5, KOBAYASHI: 5}


@pytest.mark.parametrize(
    ("candidate", "why"),
    [
        (Candidate(SATO, 1, 0), None),
        (Candidate(SATO, 1, 0, is_active=False), "inactive"),
        (Candidate(SATO, 1, 0, on_leave=True), "on_leave"),
        (Candidate(SATO, 1, 0, just_lost_it=True), "just_lost_it"),
        (Candidate(SATO, 1, 0, open=59, max_open=60), None),
        (Candidate(SATO, 1, 0, open=60, max_open=60), "max_open"),
        (Candidate(SATO, 1, 0, today=39, max_per_day=40), None),
        (Candidate(SATO, 1, 0, today=40, max_per_day=40), "max_per_day"),
    ],
)
def test_who_cannot_get_it(candidate, why):
    assert excluded_because(candidate) == why


def test_nobody_eligible_is_nobody_and_costs_no_credit():
    choice = choose("weighted", [Candidate(SATO, 1, 0.25, is_active=False)])
    assert choice.winner is None
    assert choice.credits == {SATO: 0.25}
    assert choice.receipt["why"] == "nobody"


def test_a_preferred_person_comes_before_the_strategy_only_when_eligible():
    candidates = [Candidate(SATO, 2, 0), Candidate(KOBAYASHI, 1, 0)]
    assert choose("weighted", candidates, preferred=[(KOBAYASHI, "company_owner")]).winner == KOBAYASHI
    full = [candidates[0], replace(candidates[1], open=1, max_open=1)]
    assert choose("weighted", full, preferred=[(KOBAYASHI, "company_owner")]).winner == SATO


def test_pull_offers_to_nobody_by_itself():
    assert choose("pull", [Candidate(SATO, 1, 0)]).winner is None


def test_who_takes_it_from_a_pull_queue():
    two = [Candidate(SATO, 1, 0), Candidate(KOBAYASHI, 1, 0)]
    choice = choose("pull", two, preferred=[(SATO, "company_owner")], taken_by=KOBAYASHI)
    assert (choice.winner, choice.receipt["why"]) == (KOBAYASHI, "taken")
    assert why_not(choice.receipt) == {SATO: "somebody_took_it"}
    full = replace(two[1], open=1, max_open=1)
    assert choose("pull", [two[0], full], taken_by=KOBAYASHI).winner is None


@pytest.mark.parametrize(
    ("strategy", "code"),
    [("weighted", "less_credit"), ("round_robin", "not_their_turn"), ("least_loaded", "more_in_hand")],
)
def test_why_not_me_where_the_strategy_chose(strategy, code):
    choice = choose(
        strategy, [Candidate(SATO, 2, 0), Candidate(KOBAYASHI, 1, 0), Candidate(3, 1, 0, on_leave=True)]
    )
    assert why_not(choice.receipt) == {KOBAYASHI: code, 3: "on_leave"}


def test_why_not_me_where_somebody_was_asked_first():
    owner_away = [Candidate(SATO, 1, 0, on_leave=True), Candidate(KOBAYASHI, 1, 0), Candidate(3, 1, 0)]
    wishes = [(9, "same_rep"), (SATO, "company_owner"), (KOBAYASHI, "deputy")]
    choice = choose("weighted", owner_away, preferred=wishes)
    assert (choice.winner, choice.receipt["why"]) == (KOBAYASHI, "deputy")
    assert why_not(choice.receipt) == {SATO: "on_leave", 3: "known_better"}
    assert passed_over(choice.receipt) == [
        (9, "same_rep", "not_a_member"), (SATO, "company_owner", "on_leave"),
    ]  # fmt: skip


def test_why_not_me_while_it_waits():
    assert why_not(choose("pull", [Candidate(SATO, 1, 0)]).receipt) == {SATO: "pull"}
    assert why_not({"winner": None, "why": "no_route", "candidates": []}) == {}


def test_a_choice_of_a_person_has_a_receipt_too():
    receipt = named([Candidate(SATO, 1, 0), Candidate(KOBAYASHI, 1, 0, open=3)], SATO, by=7, reason="x")
    assert (replay(receipt), receipt["by"]) == (SATO, 7)
    assert why_not(receipt) == {KOBAYASHI: "somebody_named"}


members = st.lists(
    st.builds(
        Candidate,
        user=st.integers(1, 10**6),
        weight=st.floats(0.1, 10),
        credit=st.floats(-1, 1),
        open=st.integers(0, 5),
        today=st.integers(0, 5),
        max_open=st.none() | st.integers(1, 5),
        max_per_day=st.none() | st.integers(1, 5),
        is_active=st.booleans(),
        just_lost_it=st.booleans(),
        on_leave=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda c: c.user,
)


wishes = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(["company_owner", "recent_handler"])), max_size=2
)
STRATEGIES = ["weighted", "round_robin", "least_loaded", "pull"]


def decided(candidates, strategy, wished, taken):
    """A choice among these, with wishes and a taker that are members, or of no queue at all."""
    preferred = [(candidates[at].user if at < len(candidates) else 0, why) for at, why in wished]
    taken_by = candidates[taken].user if taken is not None and taken < len(candidates) else None
    return choose(strategy, candidates, preferred=preferred, taken_by=taken_by)


@given(members, st.sampled_from(STRATEGIES), wishes, st.none() | st.integers(0, 5))
def test_every_receipt_replays_to_the_same_choice(candidates, strategy, wished, taken):
    choice = decided(candidates, strategy, wished, taken)
    stored = json.loads(json.dumps(choice.receipt))
    assert replay(stored) == choice.winner
    if choice.winner is not None:
        winner = next(c for c in candidates if c.user == choice.winner)
        assert excluded_because(winner) is None


@given(members, st.sampled_from(STRATEGIES), wishes, st.none() | st.integers(0, 5))
def test_every_member_but_the_winner_is_told_why_not(candidates, strategy, wished, taken):
    choice = decided(candidates, strategy, wished, taken)
    said = why_not(choice.receipt)
    assert said.keys() == {c.user for c in candidates} - {choice.winner}
    assert set(said.values()) <= routing_words.WHY_NOT.keys()
    for candidate in candidates:
        if candidate.user in said and (because := excluded_because(candidate)):
            assert said[candidate.user] == because


@given(members)
def test_credits_are_conserved_by_a_decision(candidates):
    choice = choose("weighted", candidates)
    before, after = sum(c.credit for c in candidates), sum(choice.credits.values())
    assert after == pytest.approx(before)
