"""What the decisions of a count say together: the table, what differs clearly, and what to do about it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from scoring.lessons.comparing import LEAST_DECISIONS, Comparison, Tally, clear
from scoring.lessons.proposals import Proposal, applied, as_evidence, change_for, is_covered, rule_of
from scoring.lessons.traits import KINDS, RULE, Trait
from scoring.models import FeedbackCount, ScoringModel, Simulation
from scoring.past.decisions import ACCEPTED
from scoring.replay import trials

MOST_ROWS = 40  # of one kind; what stands behind them has few decisions
MOST_PROPOSALS = 5
TRIED_ON = timedelta(days=90)

Seen = tuple[str, datetime, Mapping[str, Sequence[str]]]
"""A decision: its result, its moment, and its traits by their keys."""


def of(count: FeedbackCount, *, before: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The result of a count: `n`, `accepted`, `rows` (kind, value, n, accepted), `clear` and `proposals`.

    `clear` are the keys of all that differs, whether or not a rule can do anything about it. `before` is
    the result of the count before this one: what was tried for it need not be tried again.
    """
    counts = _Counts(_seen(count))
    versions = _Versions(count, counts)
    found = versions.differ()
    return {
        "n": counts.whole.n,
        "accepted": counts.whole.accepted,
        "rows": counts.rows(),
        "clear": [one.key for one in found],
        "proposals": _tried(versions.proposals(found), count, before, now=now),
    }


def _seen(count: FeedbackCount) -> Iterator[Seen]:
    yield from count.decisions.order_by("at", "pk").values_list("result", "at", "has").iterator()


class _Counts:
    """Decisions counted by what they have in common; one pass over them."""

    def __init__(self, seen: Iterator[Seen]) -> None:
        self.n: Counter[str] = Counter()
        self.accepted: Counter[str] = Counter()
        self.traits: dict[str, Trait] = {}
        decided = said_yes = 0
        for result, _, has in seen:
            decided += 1
            said_yes += result == ACCEPTED
            self.n.update(has.keys())
            if result == ACCEPTED:
                self.accepted.update(has.keys())
            for key in has.keys() - self.traits.keys():
                self.traits[key] = Trait(*has[key])
        self.whole = Tally(decided, said_yes)

    def comparison(self, key: str) -> Comparison:
        own = Tally(self.n[key], self.accepted[key])
        return Comparison(key, own, self.whole.without(own))

    def rows(self) -> list[list[Any]]:
        groups: dict[str, list[list[Any]]] = defaultdict(list)
        for key, n in self.n.most_common():
            trait = self.traits[key]
            if len(groups[trait.group]) < MOST_ROWS:
                groups[trait.group].append([*trait, n, self.accepted[key]])
        return [row for rows in groups.values() for row in rows]


class _Versions:
    """Who changed a rule has answered what was decided before: from then on it is counted anew."""

    def __init__(self, count: FeedbackCount, counts: _Counts) -> None:
        self.count, self.body = count, count.body
        self.counts: dict[datetime | None, _Counts] = {None: counts}
        self.all = list(ScoringModel.objects.filter(version__lte=count.version.version).order_by("version"))

    def differ(self) -> list[Comparison]:
        """What differs clearly, what is lower first."""
        whole = self.counts[None]
        enough = [trait for key, trait in whole.traits.items() if whole.n[key] >= LEAST_DECISIONS]
        in_order = sorted(enough, key=lambda trait: (KINDS.index(trait.group), trait.kind, trait.value))
        return clear(self._comparison(trait) for trait in in_order)

    def proposals(self, found: Sequence[Comparison]) -> list[Proposal]:
        """The changes these findings ask for; a value says nothing that its own rule says already."""
        whole = self.counts[None]
        told = []
        for one in found:
            trait = whole.traits[one.key]
            if change := change_for(trait, one, self.body):
                told.append(Proposal(trait, one, change, self._since(trait)))
        rules = {one.trait.value: one.found.own for one in told if one.trait.kind == RULE}
        return [one for one in told if one.trait.kind == RULE or not self._is_said(one, rules)]

    def _is_said(self, one: Proposal, rules: Mapping[str, Tally]) -> bool:
        """By the rule that asks for this very value: it has the same decisions."""
        rule = is_covered(one.trait, self.body)
        return rule is not None and rules.get(rule) == one.found.own

    def _comparison(self, trait: Trait) -> Comparison:
        since = self._since(trait)
        if since not in self.counts:
            self.counts[since] = _Counts(one for one in _seen(self.count) if since and one[1] >= since)
        return self.counts[since].comparison(trait.key)

    def _since(self, trait: Trait) -> datetime | None:
        """Since when the rule behind this is as it is; None: since the first version."""
        rule = trait.value if trait.kind == RULE else is_covered(trait, self.body)
        for older, newer in reversed(list(pairwise(self.all)) if rule else []):
            if _as_it_counts(str(rule), older.body) != _as_it_counts(str(rule), newer.body):
                return newer.in_force_from
        return None


def _as_it_counts(rule: str, body: Mapping[str, Any]) -> dict[str, Any]:
    found = rule_of(rule, body) or (body.get("interest") or {}).get("response") or {}
    return {name: value for name, value in found.items() if name != "label"}


def _tried(
    found: Sequence[Proposal], count: FeedbackCount, before: Mapping[str, Any], *, now: datetime
) -> list[dict[str, Any]]:
    """Each with the simulation of its change; one that was tried already is not tried again."""
    known = {_change_of(one): one.get("simulation") for one in before.get("proposals", ())}
    told = []
    for place, one in enumerate(found):
        evidence = as_evidence(one, at=now, version=count.version.version)
        if place < MOST_PROPOSALS:
            evidence["simulation"] = _known(known.get(_change_of(evidence))) or _ask(one, count, now=now)
        told.append(evidence)
    _let_go(known.values(), told)
    return told


def _change_of(evidence: Mapping[str, Any]) -> str:
    return f"{evidence['version']} {sorted(evidence['change'].items())}"


def _known(pk: int | None) -> int | None:
    return pk if pk and Simulation.objects.filter(pk=pk).exclude(state=Simulation.FAILED).exists() else None


def _ask(one: Proposal, count: FeedbackCount, *, now: datetime) -> int:
    body = applied(one.change, count.body)
    return trials.ask(body=body, since=now - TRIED_ON, until=now, by=None, now=now).pk


def _let_go(known: Any, told: Sequence[Mapping[str, Any]]) -> None:
    """Simulations of what is not proposed any more, unless somebody made a draft of it."""
    kept = {one.get("simulation") for one in told}
    gone = [pk for pk in known if pk and pk not in kept]
    Simulation.objects.filter(pk__in=gone, draft=None).delete()
