"""Opportunities: what a lead may be worth, and how it ended (PRODUCT 3, 6)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from leads.models.leads import Lead
from leads.models.people import User


class Opportunity(models.Model):
    """A proposal under way at stage `opportunity`; won or lost with a reason. At most one open per lead."""

    WON, LOST = "won", "lost"

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="opportunities")
    external_id = models.CharField(max_length=200, null=True, blank=True, unique=True)
    amount = models.DecimalField(max_digits=15, decimal_places=2)
    currency = models.CharField(max_length=3, default="JPY")
    expected_close = models.DateField()
    next_step_on = models.DateField(null=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="opportunities", db_index=False)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField(default=1)
    outcome = models.CharField(max_length=4, null=True)
    reason = models.CharField(max_length=60, blank=True)
    competitor = models.CharField(max_length=120, blank=True)
    note = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(outcome=None), name="one_open_opportunity_per_lead"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="amount_is_not_negative"),
            models.CheckConstraint(
                condition=Q(outcome=None, closed_at=None)
                | Q(outcome__in=("won", "lost"), closed_at__isnull=False),
                name="closed_opportunity_says_when",
            ),
            models.CheckConstraint(condition=~Q(outcome="lost") | ~Q(reason=""), name="lost_says_why"),
        ]
        indexes = [models.Index(fields=["closed_at"], condition=Q(closed_at__isnull=False), name="closed_on")]

    @property
    def is_open(self) -> bool:
        return self.outcome is None
