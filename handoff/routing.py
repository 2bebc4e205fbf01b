"""Who gets the next lead: plain values in, a choice and its receipt out (PRODUCT 6, routing).

Every queue keeps a credit per member. At a decision each eligible member gains
weight ÷ Σ weights of the eligible; the largest credit wins (ties: playbook order) and loses 1;
absent or capped members gain nothing. `round_robin` is the same with weights 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WEIGHTED, ROUND_ROBIN, LEAST_LOADED, PULL = "weighted", "round_robin", "least_loaded", "pull"


@dataclass(frozen=True)
class Candidate:
    """A queue's member at the moment of a decision, in playbook order."""

    user: int
    weight: float
    credit: float
    open: int = 0
    today: int = 0
    max_open: int | None = None
    max_per_day: int | None = None
    is_active: bool = True
    just_lost_it: bool = False


@dataclass(frozen=True)
class Choice:
    """`winner` is a user id or None; `credits` are the members' credits afterwards."""

    winner: int | None
    credits: Mapping[int, float]
    receipt: Mapping[str, Any]


def excluded_because(candidate: Candidate) -> str | None:
    """Why a member cannot get this lead, or None."""
    if not candidate.is_active:
        return "inactive"
    if candidate.just_lost_it:
        return "just_lost_it"
    if candidate.max_open is not None and candidate.open >= candidate.max_open:
        return "max_open"
    if candidate.max_per_day is not None and candidate.today >= candidate.max_per_day:
        return "max_per_day"
    return None


def choose(
    strategy: str, candidates: Sequence[Candidate], *, preferred: Sequence[tuple[int, str]] = ()
) -> Choice:
    """One decision. `preferred` are (user, why) to be asked before the strategy, in order."""
    reasons = {candidate.user: excluded_because(candidate) for candidate in candidates}
    eligible = [candidate for candidate in candidates if reasons[candidate.user] is None]
    credits = {candidate.user: candidate.credit for candidate in candidates}
    winner, why = _preferred(eligible, preferred)
    if winner is None and eligible and strategy != PULL:
        winner, why = _by_strategy(strategy, eligible, credits), strategy
    receipt = {
        "strategy": strategy,
        "candidates": [_line(candidate, reasons[candidate.user], credits) for candidate in candidates],
        "preferred": [list(wish) for wish in preferred],
        "winner": winner,
        "why": why if winner is not None else "nobody",
    }
    return Choice(winner, credits, receipt)


def replay(receipt: Mapping[str, Any]) -> int | None:
    """The winner that a stored receipt leads to again."""
    candidates = [
        Candidate(
            line["user"], line["weight"], line["credit"], line["open"], line["today"],
            line["max_open"], line["max_per_day"], line["is_active"], line["just_lost_it"],
        )
        for line in receipt["candidates"]
    ]  # fmt: skip
    preferred = [(user, why) for user, why in receipt["preferred"]]
    return choose(receipt["strategy"], candidates, preferred=preferred).winner


def _preferred(eligible: Sequence[Candidate], preferred: Sequence[tuple[int, str]]) -> tuple[int | None, str]:
    able = {candidate.user for candidate in eligible}
    return next(((user, why) for user, why in preferred if user in able), (None, ""))


def _by_strategy(strategy: str, eligible: Sequence[Candidate], credits: dict[int, float]) -> int:
    if strategy == LEAST_LOADED:
        return min(eligible, key=lambda candidate: candidate.open / candidate.weight).user
    weights = {c.user: 1.0 if strategy == ROUND_ROBIN else c.weight for c in eligible}
    total = sum(weights.values())
    for user, weight in weights.items():
        credits[user] += weight / total
    # Sums of thirds are equal only within floating error; max() keeps the first: playbook order.
    winner = max(weights, key=lambda user: round(credits[user], 6))
    credits[winner] -= 1
    return winner


def _line(candidate: Candidate, excluded: str | None, credits: Mapping[int, float]) -> dict[str, Any]:
    return {
        "user": candidate.user,
        "weight": candidate.weight,
        "credit": candidate.credit,
        "credit_after": credits[candidate.user],
        "open": candidate.open,
        "today": candidate.today,
        "max_open": candidate.max_open,
        "max_per_day": candidate.max_per_day,
        "is_active": candidate.is_active,
        "just_lost_it": candidate.just_lost_it,
        "excluded": excluded,
    }
