"""How far a new model has come, and whether stored scores are behind: one query, however many leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, IntegerField, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from leads.models import Standing
from scoring.models import RescoreRange, ScoringModel, Underway

LATE = timedelta(minutes=2)  # a sweep looks every second; who is later than this has stopped


@dataclass(frozen=True)
class Progress:
    """`done` of `total` ranges of leads since `since`; `beat` is when the last one was finished.

    `total` 0: no new model is on its way. `true_until`: from this moment on a stored score may be old.
    """

    done: int
    total: int
    since: datetime
    beat: datetime
    true_until: datetime | None
    now: datetime

    @property
    def is_running(self) -> bool:
        return self.done < self.total

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 100

    @property
    def ends_at(self) -> datetime | None:
        """When it will be through if it goes on as it did; nothing where that cannot be said."""
        if not self.is_running or not self.done or self.is_late:
            return None
        return self.now + (self.now - self.since) * (self.total - self.done) / self.done

    @property
    def is_late(self) -> bool:
        stopped = self.is_running and self.beat <= self.now - LATE
        return stopped or (self.true_until is not None and self.true_until <= self.now - LATE)

    @property
    def last_true(self) -> datetime:
        """The moment at which every stored score was true for the last time."""
        ends = [self.beat] if self.is_running else []
        return min([*ends, self.true_until or self.now])


def of(*, now: datetime) -> Progress | None:
    """How it stands; nothing while no model is published or nobody is there to be scored."""
    in_force = ScoringModel.objects.filter(in_force_from__lte=now).order_by("-version")
    ranges = RescoreRange.objects.filter(version=Subquery(in_force.values("pk")[:1]))
    given_up = Underway.objects.given_up().filter(lead=OuterRef("lead_id"))
    first = (
        Standing.objects.filter(~Exists(given_up))  # one lead is no reason to call all of them old
        .order_by("rescore_at")
        .annotate(
            since=Subquery(in_force.values("in_force_from")[:1]),
            total=_one(ranges, Count("pk")),
            done=_one(ranges, Count("done_at")),
            beat=Subquery(_together(ranges).annotate(n=Max("done_at")).values("n")),
        )
        .values_list("rescore_at", "since", "total", "done", "beat")
        .first()
    )
    if first is None or first[1] is None:
        return None
    oldest, since, total, done, beat = first
    return Progress(done, total, since, beat or since, oldest if oldest <= now else None, now)


def _one(ranges: QuerySet[RescoreRange], count: Count) -> Coalesce:
    return Coalesce(Subquery(_together(ranges).annotate(n=count).values("n")), 0, output_field=IntegerField())


def _together(ranges: QuerySet[RescoreRange]) -> QuerySet[RescoreRange, Any]:
    """All of them as one group."""
    return ranges.order_by().values("version")
