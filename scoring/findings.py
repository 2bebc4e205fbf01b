"""What the decisions of a count say together: the table, what differs clearly, and what to do about it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from scoring import trials
from scoring.comparing import LEAST_DECISIONS, Comparison, Tally, clear
from scoring.decisions import ACCEPTED
from scoring.models import ScoringModel, Simulation
from scoring.proposals import Proposal, applied, as_evidence, from_evidence, is_covered, proposal, rule_of
from scoring.traits import KINDS, RULE, Trait

MOST_ROWS = 40  # of one kind; what stands behind them has few decisions
MOST_PROPOSALS = 5
TRIED_ON = timedelta(days=90)

Seen = tuple[str, datetime, Mapping[str, Sequence[str]]]
"""A decision: its result, its moment, and its traits by their keys."""


def of(count: Simulation, *, before: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The result of a count: `n`, `accepted`, `rows` (kind, value, n, accepted) and `proposals`.

    `before` is the result of the count before this one: what was tried for it need not be tried again.
    """
    counts = _Counts(_seen(count))
    return {
        "n": counts.whole.n,
        "accepted": counts.whole.accepted,
        "rows": counts.rows(),
        "proposals": _tried(_proposals(count, counts), count, before, now=now),
    }


def _seen(count: Simulation) -> Iterator[Seen]:
    for kind, at, detail in count.leads.order_by("at", "pk").values_list("kind", "at", "detail").iterator():
        assert at is not None
        yield kind, at, detail["has"]


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


def _proposals(count: Simulation, counts: _Counts) -> list[Proposal]:
    """What differs clearly and can be changed, the surest first."""
    versions = _Versions(count, counts)
    enough = [trait for key, trait in counts.traits.items() if counts.n[key] >= LEAST_DECISIONS]
    in_order = sorted(enough, key=lambda trait: (KINDS.index(trait.group), trait.kind, trait.value))
    looked_at = [versions.comparison(trait) for trait in in_order]
    found = [proposal(counts.traits[one.key], one, count.body) for one in clear(looked_at)]
    return _once_each([one for one in found if one is not None], count.body)


class _Versions:
    """Who changed a rule has answered what was decided before: from then on it is counted anew."""

    def __init__(self, count: Simulation, counts: _Counts) -> None:
        self.count = count
        self.counts: dict[datetime | None, _Counts] = {None: counts}
        self.all = list(ScoringModel.objects.filter(version__lte=count.revision).order_by("version"))

    def comparison(self, trait: Trait) -> Comparison:
        rule = trait.value if trait.kind == RULE else is_covered(trait, self.count.body)
        changed = self._changed_at(rule) if rule else None
        if changed not in self.counts:
            self.counts[changed] = _Counts(one for one in _seen(self.count) if changed and one[1] >= changed)
        return self.counts[changed].comparison(trait.key)

    def _changed_at(self, rule: str) -> datetime | None:
        """Since when this rule is as it is; None: since the first version."""
        for older, newer in reversed(list(pairwise(self.all))):
            if _as_it_counts(rule, older.body) != _as_it_counts(rule, newer.body):
                return newer.in_force_from
        return None


def _as_it_counts(rule: str, body: Mapping[str, Any]) -> dict[str, Any]:
    found = rule_of(rule, body) or (body.get("interest") or {}).get("response") or {}
    return {name: value for name, value in found.items() if name != "label"}


def _once_each(found: Sequence[Proposal], body: Mapping[str, Any]) -> list[Proposal]:
    """A value whose own rule says the same of the same decisions is said by the rule."""
    rules = {one.trait.value: one.found.own for one in found if one.trait.kind == RULE}
    return [
        one
        for one in found
        if one.trait.kind == RULE or rules.get(is_covered(one.trait, body) or "") != one.found.own
    ]


def _tried(
    found: Sequence[Proposal], count: Simulation, before: Mapping[str, Any], *, now: datetime
) -> list[dict[str, Any]]:
    """Each with the simulation of its change; one that was tried already is not tried again."""
    known = {_change_of(one): one.get("simulation") for one in before.get("proposals", ())}
    told = []
    for place, one in enumerate(found):
        evidence = as_evidence(one, at=now, version=count.revision)
        if place < MOST_PROPOSALS:
            evidence["simulation"] = _known(known.get(_change_of(evidence))) or _ask(one, count, now=now)
        told.append(evidence)
    _let_go(known.values(), told)
    return told


def _change_of(evidence: Mapping[str, Any]) -> str:
    return f"{evidence['version']} {sorted(evidence['change'].items())}"


def _known(pk: int | None) -> int | None:
    return pk if pk and Simulation.objects.filter(pk=pk).exclude(state=Simulation.FAILED).exists() else None


def _ask(one: Proposal, count: Simulation, *, now: datetime) -> int:
    body = applied(one.change, count.body)
    return trials.ask(body=body, since=now - TRIED_ON, until=now, by=None, now=now).pk


def _let_go(known: Any, told: Sequence[Mapping[str, Any]]) -> None:
    """Simulations of what is not proposed any more, unless somebody made a draft of it."""
    kept = {one.get("simulation") for one in told}
    gone = [pk for pk in known if pk and pk not in kept]
    Simulation.objects.filter(pk__in=gone, draft=None).delete()


def proposed(count: Simulation) -> list[Proposal]:
    """The proposals of a finished count."""
    return [from_evidence(one) for one in count.result.get("proposals", ())]
