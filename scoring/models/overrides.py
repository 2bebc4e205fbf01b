"""A person's readiness that stands beside the machine's for a while (PRODUCT 5, override)."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from leads.models import Lead, User


class Overrides(models.QuerySet["Override"]):
    def not_over(self, at: datetime) -> Self:
        """Those that count at `at` or will: not run out by then, not taken back."""
        return self.filter(until__gt=at).filter(Q(ended_at=None) | Q(ended_at__gt=at))

    def in_force(self, at: datetime) -> Self:
        """Those that count at `at`: set by then, not over, not taken back."""
        return self.not_over(at).filter(set_at__lte=at)


class Override(models.Model):
    """Readiness as a person sees it, with why and until when; while it lasts the definition uses it.

    One that nobody took back ends by itself at `until`; a new one ends the one before it.
    """

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="overrides")
    readiness = models.PositiveSmallIntegerField()
    reason = models.TextField()
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = Overrides.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("set_at")), name="override_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(reason=""), name="override_has_a_reason"),
            models.CheckConstraint(condition=Q(readiness__lte=100), name="override_is_a_readiness"),
            models.UniqueConstraint(
                fields=["lead"], condition=Q(ended_at=None), name="one_override_at_a_time"
            ),
        ]

    @property
    def over_at(self) -> datetime:
        """When it stopped counting, or will if nobody takes it back."""
        return self.until if self.ended_at is None else min(self.until, self.ended_at)

    def counts_at(self, at: datetime) -> bool:
        return self.set_at <= at < self.over_at
