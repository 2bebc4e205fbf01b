"""What became of the leads, counted once a day: the count, and every decision it has looked at."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from leads.models import Lead, Transition
from scoring.models.versions import ScoringModel


class FeedbackCount(models.Model):
    """One count of what sales decided in [since, until), by the rules of one version (decision 0062).

    Whoever works on it says so in `beat_at`. `result` holds the table and the proposals; it says what was
    counted last while the next day's decisions are looked at.
    """

    version = models.ForeignKey(ScoringModel, on_delete=models.CASCADE, related_name="feedback")
    since = models.DateTimeField()
    until = models.DateTimeField()
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    beat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="feedback_spans_time"),
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="feedback_adds_up"),
        ]

    @property
    def body(self) -> Any:
        """The rules that were asked of each decision."""
        return self.version.body


class CountedDecision(models.Model):
    """One decision (the `transition` that says so) with what it can be told apart by: traits by their key."""

    count = models.ForeignKey(
        FeedbackCount, on_delete=models.CASCADE, related_name="decisions", db_index=False
    )
    transition = models.ForeignKey(Transition, on_delete=models.CASCADE, related_name="+")
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    result = models.CharField(max_length=20)
    reason = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()
    has = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["count", "transition"], name="each_decision_counts_once"),
        ]
        indexes = [models.Index(fields=["count", "result", "at"], name="counted_result")]
