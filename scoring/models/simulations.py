"""What a draft would have done: one run over a stretch of the past, and every lead it speaks of."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q

from leads.models import Lead, User
from leads.models.ordered import OrderedJSON
from scoring.models.drafts import Draft

SILENT_FOR = timedelta(minutes=1)  # who has not said for so long that he works has died


class Simulation(models.Model):
    """One run of a body over [since, until). `done` of `total` leads are through; the rest is waiting.

    Whoever works on it says so every few seconds in `beat_at`: one without a recent beat nobody runs.
    `result` holds the numbers; the leads behind each are `SimulatedLead`s.
    """

    WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"

    draft = models.ForeignKey(Draft, null=True, on_delete=models.CASCADE, related_name="simulations")
    revision = models.PositiveIntegerField(default=0)
    body = OrderedJSON()
    since = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=10, default=WAITING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    failure = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="simulation_spans_time"),
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="simulation_counts_add_up"),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"], condition=Q(state__in=["waiting", "running"]), name="simulation_open"
            )
        ]


class SimulationRanges(models.QuerySet["SimulationRange"]):
    def undone(self) -> Self:
        return self.filter(done_at=None)

    def free(self, *, now: datetime) -> Self:
        """Nobody works on these now; who died over one has let go of it."""
        return self.undone().filter(Q(beat_at=None) | Q(beat_at__lte=now - SILENT_FOR))

    def held(self, *, now: datetime) -> Self:
        return self.undone().filter(beat_at__gt=now - SILENT_FOR)


class SimulationRange(models.Model):
    """Leads `first` to `last` by number, for one worker at a time; those up to `after` are through.

    The last beat is the token of the worker that holds it.
    """

    simulation = models.ForeignKey(Simulation, on_delete=models.CASCADE, related_name="ranges")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    after = models.BigIntegerField()
    beat_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    objects = SimulationRanges.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["simulation", "first"], name="one_trial_range_begins_there"),
        ]


class SimulatedLead(models.Model):
    """One lead behind a number of a simulation; `kind` says which number, `at` when it would have been."""

    simulation = models.ForeignKey(Simulation, on_delete=models.CASCADE, related_name="leads")
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    at = models.DateTimeField(null=True)
    before = models.SmallIntegerField(null=True)  # readiness by the rules in force
    after = models.SmallIntegerField(null=True)  # readiness by the draft
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["simulation", "kind", "id"], name="simulated_kind")]
