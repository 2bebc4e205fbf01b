"""What became of what scoring handed over: counted once a day, with what could be learned (decision 0062).

A count (`FeedbackCount`) asks the rules in force of the decisions of a year. What was known at a decision
never changes, so a day adds only its own decisions; only other rules make a new count. Like a simulation
it is worked off in batches by whoever claims it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from leads import bulk
from scoring.lessons import findings, known
from scoring.lessons.traits import KINDS, Trait
from scoring.models import CountedDecision, FeedbackCount, ScoringModel
from scoring.past import decisions
from scoring.past.decisions import Decision
from scoring.rulemaking import publishing

SPAN = timedelta(days=365)
EVERY = timedelta(days=1)
SILENT_FOR = timedelta(minutes=1)
BATCH = 500
MOST = 2_000  # decisions looked at in one go: a worker is given half a minute


def latest() -> FeedbackCount | None:
    """The newest count that was finished once; while it is counted again it still says what it said."""
    finished = FeedbackCount.objects.exclude(result={}).select_related("version")
    return finished.order_by("-pk").first()


def due(*, now: datetime) -> bool:
    """Is there anything to count: a day has passed, somebody asked, or other rules are in force?"""
    version = ScoringModel.objects.in_force(now)
    fresh = Q(finished_at__gt=now - EVERY) | Q(beat_at__gt=now - SILENT_FOR)  # done, or somebody is at it
    return version is not None and not FeedbackCount.objects.filter(fresh, version=version).exists()


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
    FeedbackCount.objects.update(finished_at=None)


def behind(
    count: FeedbackCount,
    key: str = "",
    results: Iterable[str] = decisions.RESULTS,
    *,
    since: datetime | None = None,
) -> QuerySet[CountedDecision]:
    """The decisions behind a number of the table, newest first; without a key all of them."""
    rows = count.decisions.filter(result__in=list(results)).order_by("-at", "-pk")
    rows = rows.filter(at__gte=since) if since else rows
    return rows.filter(has__has_key=key) if key else rows


def trait_of(count: FeedbackCount, key: str) -> Trait | None:
    """What a key of the table stands for."""
    said = (Trait(kind, value) for kind, value, *_ in count.result.get("rows", ()))
    return next((trait for trait in said if trait.key == key), None)


@transaction.atomic
def _claim(now: datetime) -> FeedbackCount | None:
    """The count of the rules in force, ours for a while."""
    publishing.take_turn()
    version = ScoringModel.objects.in_force(now)
    assert version is not None
    known = FeedbackCount.objects.filter(version=version).select_related("version").order_by("pk").last()
    held = known or FeedbackCount.objects.create(version=version, since=now - SPAN, until=now)
    free = Q(beat_at=None) | Q(beat_at__lte=now - SILENT_FOR)
    won = FeedbackCount.objects.filter(free, pk=held.pk).update(beat_at=now)
    held.beat_at = now
    return held if won else None


def _forget(held: FeedbackCount, ids: set[int]) -> None:
    """What is older than the span, of a lead that was merged, or undone since does not count any more."""
    seen = held.decisions.values_list("pk", "transition_id").iterator()
    gone = [pk for pk, transition in seen if transition not in ids]
    for start in range(0, len(gone), BATCH):
        CountedDecision.objects.filter(pk__in=gone[start : start + BATCH]).delete()


def _not_seen(held: FeedbackCount, made: Sequence[Decision]) -> list[Decision]:
    seen = set(held.decisions.values_list("transition_id", flat=True).iterator())
    return [one for one in made if one.id not in seen]


def _ours(held: FeedbackCount) -> QuerySet[FeedbackCount]:
    """The count as long as nobody took it over: the beat is the token."""
    return FeedbackCount.objects.filter(pk=held.pk, beat_at=held.beat_at)


@transaction.atomic
def _look(held: FeedbackCount, batch: Sequence[Decision], *, total: int, now: datetime) -> bool:
    """Write down one batch with what it can be told apart by, if the count is still ours."""
    if not _ours(held).update(total=total, done=min(total, held.decisions.count() + len(batch))):
        return False
    traits = known.told_apart(batch, held.version.compiled, now=now)
    rows = [
        CountedDecision(
            count=held, transition_id=one.id, lead_id=one.lead, result=one.result, reason=one.reason,
            at=one.at, has={trait.key: list(trait) for trait in traits[one.id]},
        )
        for one in batch
    ]  # fmt: skip
    bulk.insert(CountedDecision, rows)
    return True


@transaction.atomic
def _finish(held: FeedbackCount, *, total: int, now: datetime) -> None:
    """Everything is counted: the table, and what it says."""
    before = latest()
    result = findings.of(held, before=before.result if before else {}, now=now)
    if _ours(held).update(
        result=result, since=now - SPAN, until=now, finished_at=now, total=total, done=total
    ):
        FeedbackCount.objects.exclude(pk=held.pk).delete()


@dataclass(frozen=True)
class Row:
    """One row of the table: decisions that have something in common."""

    trait: Trait
    n: int
    accepted: int

    @property
    def refused(self) -> int:
        return self.n - self.accepted


def table(count: FeedbackCount) -> Mapping[str, list[Row]]:
    """The rows by the group of their trait, most decisions first."""
    found: dict[str, list[Row]] = {group: [] for group in KINDS}
    for kind, value, n, accepted in count.result.get("rows", ()):
        trait = Trait(kind, value)
        found[trait.group].append(Row(trait, n, accepted))
    return {group: rows for group, rows in found.items() if rows}
