"""The journey of a lead (append-only), and who changed which attribute."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from leads import stages
from leads.models.leads import Lead
from leads.models.people import User


class Transition(models.Model):
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="transitions", db_index=False)
    version = models.PositiveIntegerField()
    start = models.CharField(max_length=12, blank=True)
    end = models.CharField(max_length=12)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    cause = models.CharField(max_length=8)
    because = models.JSONField(default=dict, blank=True)  # ids and versions behind the cause
    reason = models.CharField(max_length=60, blank=True)
    note = models.TextField(blank=True)
    handoff_id = models.BigIntegerField(null=True)  # handoff.Handoff: a floor above
    implied = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lead", "version"], name="one_transition_per_lead_version"),
            models.CheckConstraint(condition=Q(cause__in=stages.CAUSES), name="transition_cause_is_known"),
        ]
        indexes = [models.Index(fields=["end", "occurred_at"], name="transition_into")]

    def __str__(self) -> str:
        return f"{self.start or '–'} → {self.end}"


class AttributeChange(models.Model):
    """A field of a lead or a company that changed: what `known_at` reads backwards."""

    lead = models.ForeignKey(Lead, null=True, on_delete=models.CASCADE, related_name="changes")
    company = models.ForeignKey("leads.Company", null=True, on_delete=models.CASCADE, related_name="changes")
    field = models.CharField(max_length=120)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lead__isnull=True, company__isnull=False)
                | Q(lead__isnull=False, company__isnull=True),
                name="change_of_one_thing",
            )
        ]
