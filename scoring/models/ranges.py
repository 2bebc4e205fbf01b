"""What a new model has left to do: ranges of leads whose stored scores were made by an older one."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from scoring.models.versions import ScoringModel


class RescoreRanges(models.QuerySet["RescoreRange"]):
    def waiting(self, version: ScoringModel | None) -> Self:
        return self.filter(version=version, done_at=None) if version else self.none()

    def free(self, version: ScoringModel | None, *, now: datetime) -> Self:
        """Nobody works on these now; who died over one let go of it when the claim ran out."""
        return self.waiting(version).filter(Q(claimed_until=None) | Q(claimed_until__lte=now))


class RescoreRange(models.Model):
    """Leads `first` to `last` by number; until `done_at` their scores are an older version's."""

    version = models.ForeignKey(ScoringModel, on_delete=models.CASCADE, related_name="ranges")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    claimed_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    objects = RescoreRanges.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "first"], name="one_range_begins_there"),
        ]
