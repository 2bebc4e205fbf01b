"""What became of what scoring handed over: counted once a day, with what could be learned (decision 0062).

A count is a `Simulation` in a state of its own (`FEEDBACK`): its body are the rules in force, its leads the
decisions of a year. What was known at a decision never changes, so a day adds only its own decisions; only
other rules make a new count. Like a simulation it is worked off in batches by whoever claims it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from leads import bulk
from scoring.lessons import decisions, findings
from scoring.lessons.decisions import Decision
from scoring.lessons.traits import KINDS, Trait
from scoring.models import ScoringModel, SimulatedLead, Simulation
from scoring.rulemaking import publishing

FEEDBACK = "feedback"
SPAN = timedelta(days=365)
EVERY = timedelta(days=1)
SILENT_FOR = timedelta(minutes=1)
BATCH = 500
MOST = 2_000  # decisions looked at in one go: a worker is given half a minute
HAS, ID, WHY = "has", "id", "why"  # names in a row's detail


def latest() -> Simulation | None:
    """The newest count that was finished once; while it is counted again it still says what it said."""
    return _counts().exclude(result={}).order_by("-pk").first()


def due(*, now: datetime) -> bool:
    """Is there anything to count: a day has passed, somebody asked, or other rules are in force?"""
    version = ScoringModel.objects.in_force(now)
    fresh = Q(finished_at__gt=now - EVERY) | Q(beat_at__gt=now - SILENT_FOR)  # done, or somebody is at it
    return version is not None and not _counts().filter(fresh, revision=version.version).exists()


def refresh(*, now: datetime) -> int:
    """Look at what sales decided since; returns how many decisions were looked at.

    The table and what is proposed follow when all have been. Nothing when somebody else is at it.
    """
    held = _claim(now) if due(now=now) else None
    if held is None:
        return 0
    made = decisions.made(since=now - SPAN, until=now)
    _forget(held, {one.id for one in made})
    new = _not_seen(held, made)
    for start in range(0, min(len(new), MOST), BATCH):
        if not _look(held, new[start : min(start + BATCH, MOST)], total=len(made), now=now):
            return start
    if len(new) <= MOST:
        _finish(held, total=len(made), now=now)
    _ours(held).update(beat_at=None)
    return min(len(new), MOST)


def ask_again() -> None:
    """Somebody wants it counted now: the next worker does."""
    _counts().update(finished_at=None)


def behind(
    count: Simulation,
    key: str = "",
    results: Iterable[str] = decisions.RESULTS,
    *,
    since: datetime | None = None,
) -> QuerySet[SimulatedLead]:
    """The decisions behind a number of the table, newest first; without a key all of them."""
    rows = count.leads.filter(kind__in=list(results)).order_by("-at", "-pk")
    rows = rows.filter(at__gte=since) if since else rows
    return rows.filter(**{f"detail__{HAS}__has_key": key}) if key else rows


def trait_of(count: Simulation, key: str) -> Trait | None:
    """What a key of the table stands for."""
    said = (Trait(kind, value) for kind, value, *_ in count.result.get("rows", ()))
    return next((trait for trait in said if trait.key == key), None)


def _counts() -> QuerySet[Simulation]:
    return Simulation.objects.filter(state=FEEDBACK)


@transaction.atomic
def _claim(now: datetime) -> Simulation | None:
    """The count of the rules in force, ours for a while."""
    publishing.take_turn()
    version = ScoringModel.objects.in_force(now)
    assert version is not None
    held = _counts().filter(revision=version.version).order_by("pk").last() or Simulation.objects.create(
        state=FEEDBACK, revision=version.version, body=version.body, since=now - SPAN, until=now, asked_at=now
    )
    free = Q(beat_at=None) | Q(beat_at__lte=now - SILENT_FOR)
    won = Simulation.objects.filter(free, pk=held.pk).update(beat_at=now)
    held.beat_at = now
    return held if won else None


def _forget(held: Simulation, ids: set[int]) -> None:
    """What is older than the span, or of a lead that was merged, does not count any more."""
    gone = [pk for pk, said in held.leads.values_list("pk", f"detail__{ID}").iterator() if said not in ids]
    for start in range(0, len(gone), BATCH):
        SimulatedLead.objects.filter(pk__in=gone[start : start + BATCH]).delete()


def _not_seen(held: Simulation, made: Sequence[Decision]) -> list[Decision]:
    seen = set(held.leads.values_list(f"detail__{ID}", flat=True).iterator())
    return [one for one in made if one.id not in seen]


def _ours(held: Simulation) -> QuerySet[Simulation]:
    """The count as long as nobody took it over: the beat is the token."""
    return Simulation.objects.filter(pk=held.pk, beat_at=held.beat_at)


@transaction.atomic
def _look(held: Simulation, batch: Sequence[Decision], *, total: int, now: datetime) -> bool:
    """Write down one batch with what it can be told apart by, if the count is still ours."""
    if not _ours(held).update(total=total, done=min(total, held.leads.count() + len(batch))):
        return False
    model = ScoringModel.objects.get(version=held.revision).compiled
    traits = decisions.told_apart(batch, model, now=now)
    rows = [
        SimulatedLead(
            simulation=held, lead_id=one.lead, kind=one.result, at=one.at,
            detail={ID: one.id, WHY: one.reason, HAS: {trait.key: list(trait) for trait in traits[one.id]}},
        )
        for one in batch
    ]  # fmt: skip
    bulk.insert(SimulatedLead, rows)
    return True


@transaction.atomic
def _finish(held: Simulation, *, total: int, now: datetime) -> None:
    """Everything is counted: the table, and what it says."""
    before = latest()
    result = findings.of(held, before=before.result if before else {}, now=now)
    if _ours(held).update(
        result=result, since=now - SPAN, until=now, finished_at=now, total=total, done=total
    ):
        _counts().exclude(pk=held.pk).delete()


@dataclass(frozen=True)
class Row:
    """One row of the table: decisions that have something in common."""

    trait: Trait
    n: int
    accepted: int

    @property
    def refused(self) -> int:
        return self.n - self.accepted


def table(count: Simulation) -> Mapping[str, list[Row]]:
    """The rows by the group of their trait, most decisions first."""
    found: dict[str, list[Row]] = {group: [] for group in KINDS}
    for kind, value, n, accepted in count.result.get("rows", ()):
        trait = Trait(kind, value)
        found[trait.group].append(Row(trait, n, accepted))
    return {group: rows for group, rows in found.items() if rows}
