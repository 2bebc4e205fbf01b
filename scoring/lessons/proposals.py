"""From a finding to a change of the rules: which rule, how many points, the body with it (decision 0061).

    a rule that gives points    points × acceptance with it ÷ acceptance of the rest, at most twice as many
    a rule that takes points    the other way round
    a value without a rule      a new fit rule: half of the fit scale × the difference

Nothing here is applied by itself: it is what a draft begins with.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from math import floor
from typing import Any

from leads.predicate_tests import PredicateError
from leads.predicates import compile_predicate
from scoring.lessons.comparing import LEAST_DIFFERENCE, Comparison, Tally
from scoring.lessons.traits import BANDS, MISSING, RULE, Trait

MOST_TIMES = 2.0
HALVES = ("fit", "interest")
RESPONSE = {"response": "points", "silent": "silent_points"}
MOST_POINTS = 1000  # what the playbook takes


@dataclass(frozen=True)
class Change:
    """One rule with other points, 0: switched off; `before` is None for a new one, which asks `when`."""

    rule: str
    after: float
    before: float | None = None
    max_before: float | None = None
    max_after: float | None = None
    when: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Proposal:
    """What differs clearly, and what could be done about it.

    `since`: only decisions from then on are counted, for the rule was changed; None: all of the year.
    """

    trait: Trait
    found: Comparison
    change: Change
    since: datetime | None = None


def change_for(trait: Trait, found: Comparison, body: Mapping[str, Any]) -> Change | None:
    """What a finding asks for; None where the rules no longer know it, or nothing would change."""
    return _other_points(trait.value, found, body) if trait.kind == RULE else _new_rule(trait, found, body)


def applied(change: Change, body: Mapping[str, Any]) -> dict[str, Any]:
    """The rules with the change in them; the body given stays as it is."""
    new = deepcopy(dict(body))
    if change.when is not None:
        new["fit"].setdefault("rules", []).append(
            {"id": change.rule, "when": deepcopy(dict(change.when)), "points": change.after}
        )
        return new
    if change.rule in RESPONSE and rule_of(change.rule, body) is None:
        new["interest"]["response"][RESPONSE[change.rule]] = change.after
        return new
    rule = rule_of(change.rule, new)
    if rule is not None:
        rule.update({"points": change.after} if change.after else {"off": True})
        if change.after and change.max_after is not None:
            rule["max"] = change.max_after
    return new


def rule_of(name: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    """The rule of this id as the body writes it."""
    rules = (one for half in HALVES for one in (body.get(half) or {}).get("rules") or ())
    return next((one for one in rules if one["id"] == name), None)


def is_covered(trait: Trait, body: Mapping[str, Any]) -> str | None:
    """The fit rule that asks about this kind of value already and holds for this one, by its id."""
    for rule in (body.get("fit") or {}).get("rules") or ():
        if _asks_only(rule["when"], trait.path) and _holds(rule["when"], trait):
            return str(rule["id"])
    return None


def has_changed(then: Comparison, now: Comparison) -> bool:
    """Is a finding that was given up another by now: turned round, grown, or said by twice as many?"""
    if then.difference * now.difference < 0:
        return True
    grown = abs(now.difference) - abs(then.difference) >= LEAST_DIFFERENCE
    return grown or now.own.n >= 2 * then.own.n


def as_evidence(one: Proposal, *, at: datetime, version: int | None) -> dict[str, Any]:
    """What a draft stands on, kept with it as plain numbers."""
    low, high = one.found.interval
    return {
        "trait": list(one.trait),
        "own": list(one.found.own),
        "rest": list(one.found.rest),
        "low": low,
        "high": high,
        "p": one.found.p,
        "change": {name: value for name, value in vars(one.change).items() if value is not None},
        "version": version,
        "at": at.isoformat(),
        "since": one.since.isoformat() if one.since else None,
    }


def from_evidence(evidence: Mapping[str, Any]) -> Proposal:
    """The proposal that was kept. Raises KeyError or TypeError where the evidence is none."""
    trait = Trait(*evidence["trait"])
    found = Comparison(trait.key, Tally(*evidence["own"]), Tally(*evidence["rest"]))
    since = evidence.get("since")
    change = Change(**evidence["change"])
    return Proposal(trait, found, change, datetime.fromisoformat(since) if since else None)


def _other_points(name: str, found: Comparison, body: Mapping[str, Any]) -> Change | None:
    rule = rule_of(name, body)
    if rule is None:
        return _other_response(name, found, body)
    before = rule["points"]
    times = _times(before, found)
    after = _rounded(before, times)
    if after == before or before == 0:
        return None
    change = Change(name, after, before)
    if "max" in rule:  # a limit that stays would give the points back for one event more
        return replace(change, max_before=rule["max"], max_after=max(1, _nearest(rule["max"] * times)))
    return change


def _other_response(name: str, found: Comparison, body: Mapping[str, Any]) -> Change | None:
    before = ((body.get("interest") or {}).get("response") or {}).get(RESPONSE.get(name, ""), 0)
    after = _rounded(before, _times(before, found))
    return Change(name, after, before) if before and after != before else None


def _times(points: float, found: Comparison) -> float:
    own, rest = found.own.rate, found.rest.rate
    over, under = (own, rest) if points > 0 else (rest, own)
    return min(MOST_TIMES, over / under) if under else MOST_TIMES


def _rounded(points: float, times: float) -> float:
    """Whole points, and at least one other than before."""
    after = _nearest(points * times)
    if after == points:
        after += 1 if (times > 1) == (points > 0) else -1
    return max(-MOST_POINTS, min(MOST_POINTS, after))


def _new_rule(trait: Trait, found: Comparison, body: Mapping[str, Any]) -> Change | None:
    points = _nearest(found.difference * body["fit"]["max"] / 2)
    if not points:
        return None
    return Change(_free_name(trait, body), points, when=trait.when)


def _free_name(trait: Trait, body: Mapping[str, Any]) -> str:
    stem = trait.group.replace(".", "-")
    number = 1
    while rule_of(f"{stem}-{number}", body) is not None:
        number += 1
    return f"{stem}-{number}"


def _nearest(points: float) -> int:
    """Half away from nothing: −7.5 becomes −8 as 7.5 becomes 8."""
    return floor(abs(points) + 0.5) * (1 if points > 0 else -1)


def _asks_only(when: Any, path: str) -> bool:
    """Does the predicate ask nothing but this path?"""
    if not isinstance(when, Mapping):
        return False
    for key, inner in when.items():
        if key in ("any_of", "all_of"):
            if not all(_asks_only(one, path) for one in inner):
                return False
        elif key == "not":
            if not _asks_only(inner, path):
                return False
        elif key != path:
            return False
    return bool(when)


def _holds(when: Mapping[str, Any], trait: Trait) -> bool:
    try:
        return compile_predicate(when)(_sample(trait))
    except PredicateError:
        return False


# A lead of each band, where a value alone is no value.
_SAMPLES: Mapping[str, Any] = {
    "1-49": 20, "50-99": 70, "100-299": 200, "300-999": 500, "1000-": 2000,
    "executive": "代表取締役", "head": "部長", "manager": "課長", "lead": "主任",
}  # fmt: skip


def _sample(trait: Trait) -> dict[str, Any]:
    """The least a predicate has to know of a lead with this value."""
    value: Any = _SAMPLES[trait.value] if trait.kind in BANDS and trait.value != MISSING else trait.value
    values: dict[str, Any] = {"attributes": {}, "company": {"attributes": {}}}
    *way, last = trait.path.split(".", 2 if trait.path.startswith("company.attributes.") else 1)
    here = values
    for step in way:
        here = here.setdefault(step, {})
    here[last] = value
    return values
