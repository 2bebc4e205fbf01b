"""How far two playbooks reckon alike: of which activities one may think otherwise than the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Body = Mapping[str, Any]


def reckoned_otherwise(one: Body, other: Body) -> frozenset[str] | None:
    """Types of activities without which a lead has the same readiness by both; None: anybody may differ."""
    if _frame(one) != _frame(other):
        return None
    mine, theirs = _rules(one), _rules(other)
    return frozenset(rule["type"] for rule in [*_beside(mine, theirs), *_beside(theirs, mine)])


def _frame(body: Body) -> tuple[Any, ...]:
    """Everything that makes a readiness beside the rules of interest."""
    interest = body["interest"]
    return body["timezone"], body["fit"], interest["max"], interest.get("response")


def _rules(body: Body) -> list[Body]:
    return [rule for rule in body["interest"].get("rules", ()) if not rule.get("off")]


def _beside(rules: Iterable[Body], others: list[Body]) -> list[Body]:
    return [rule for rule in rules if rule not in others]
