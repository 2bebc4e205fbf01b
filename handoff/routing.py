"""Who gets the next lead: plain values in, a choice and its receipt out (PRODUCT 6, routing).

Every queue keeps a credit per member. At a decision each eligible member gains
weight ÷ Σ weights of the eligible; the largest credit wins (ties: playbook order) and loses 1;
absent or capped members gain nothing. `round_robin` is the same with weights 1.

The receipt holds all that the choice stood on: `replay` chooses again, `why_not` answers each member.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

WEIGHTED, ROUND_ROBIN, LEAST_LOADED, PULL = "weighted", "round_robin", "least_loaded", "pull"
NOBODY, NAMED, TAKEN = "nobody", "named", "taken"


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
    on_leave: bool = False


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
    if candidate.on_leave:
        return "on_leave"
    if candidate.just_lost_it:
        return "just_lost_it"
    if candidate.max_open is not None and candidate.open >= candidate.max_open:
        return "max_open"
    if candidate.max_per_day is not None and candidate.today >= candidate.max_per_day:
        return "max_per_day"
    return None


def choose(
    strategy: str,
    candidates: Sequence[Candidate],
    *,
    preferred: Sequence[tuple[int, str]] = (),
    taken_by: int | None = None,
) -> Choice:
    """One decision. `preferred` are (user, why) to be asked before the strategy, in order.

    `taken_by`: a member of a pull queue asks for it; nobody is preferred to who is there.
    """
    reasons = {candidate.user: excluded_because(candidate) for candidate in candidates}
    eligible = [candidate for candidate in candidates if reasons[candidate.user] is None]
    credits = {candidate.user: candidate.credit for candidate in candidates}
    asked = [(taken_by, TAKEN)] if taken_by is not None else preferred
    winner, why = _preferred(eligible, asked)
    if winner is None and eligible and strategy != PULL:
        winner, why = _by_strategy(strategy, eligible, credits), strategy
    receipt = {
        "strategy": strategy,
        "candidates": [_line(candidate, reasons[candidate.user], credits) for candidate in candidates],
        "preferred": [list(wish) for wish in preferred],
        "taken_by": taken_by,
        "winner": winner,
        "why": why if winner is not None else NOBODY,
    }
    return Choice(winner, credits, receipt)


def named(candidates: Sequence[Candidate], winner: int, *, by: int, reason: str) -> dict[str, Any]:
    """The receipt of a choice a person made; the others' loads stand beside it."""
    return held_back(candidates, NAMED) | {"winner": winner, "by": by, "reason": reason}


def held_back(candidates: Sequence[Candidate], why: str) -> dict[str, Any]:
    """The receipt of what nobody was asked for."""
    credits = {candidate.user: candidate.credit for candidate in candidates}
    lines = [_line(candidate, excluded_because(candidate), credits) for candidate in candidates]
    return {"candidates": lines, "winner": None, "why": why}


def replay(receipt: Mapping[str, Any]) -> int | None:
    """The winner that a stored receipt leads to again; one that a person named stays named."""
    if "strategy" not in receipt:
        winner: int | None = receipt["winner"]
        return winner
    candidates = [
        Candidate(**{name: line[name] for name in FACTS if name in line}) for line in receipt["candidates"]
    ]
    preferred = [(user, why) for user, why in receipt["preferred"]]
    taken_by = receipt.get("taken_by")
    return choose(receipt["strategy"], candidates, preferred=preferred, taken_by=taken_by).winner


FACTS = tuple(one.name for one in fields(Candidate))


def why_not(receipt: Mapping[str, Any]) -> dict[int, str]:
    """Why each member but the winner did not get it: the code of what kept them, or of what went first."""
    lines = receipt.get("candidates", ())
    others = _others(receipt)
    return {line["user"]: line["excluded"] or others for line in lines if line["user"] != receipt["winner"]}


def passed_over(receipt: Mapping[str, Any]) -> list[tuple[int, str, str]]:
    """Who should have been asked first and could not: (user, why they, what kept them)."""
    kept = {line["user"]: line["excluded"] for line in receipt.get("candidates", ())}
    found = []
    for user, why in receipt.get("preferred", ()):
        if user == receipt["winner"]:
            break
        if because := kept.get(user, NOT_A_MEMBER):
            found.append((user, why, because))
    return found


def _others(receipt: Mapping[str, Any]) -> str:
    """What speaks against everybody who could have taken it."""
    if receipt["winner"] is None:
        return (
            str(receipt.get("strategy") or receipt["why"])
            if receipt["why"] == NOBODY
            else str(receipt["why"])
        )
    return FIRST.get(receipt["why"], KNOWN_BETTER)


FIRST = {
    WEIGHTED: "less_credit",
    ROUND_ROBIN: "not_their_turn",
    LEAST_LOADED: "more_in_hand",
    NAMED: "somebody_named",
    TAKEN: "somebody_took_it",
}
KNOWN_BETTER = "known_better"  # the company's owner, their deputy, the recent handler
NOT_A_MEMBER = "not_a_member"


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
        "on_leave": candidate.on_leave,
        "excluded": excluded,
    }
