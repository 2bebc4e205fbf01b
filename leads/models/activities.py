"""What happened: an append-only log of actions (ours) and reactions (theirs)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from leads.models.leads import Lead
from leads.models.people import User

ACTION, REACTION = "action", "reaction"
HUMAN, SUSPECT, MACHINE = "human", "suspect", "machine"


class Activity(models.Model):
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="activities", db_index=False)
    type = models.CharField(max_length=60)
    direction = models.CharField(max_length=8)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    channel = models.CharField(max_length=40, blank=True)
    campaign = models.ForeignKey(
        "leads.Campaign", null=True, blank=True, on_delete=models.SET_NULL, related_name="activities"
    )
    content = models.CharField(max_length=300, blank=True)
    url = models.TextField(blank=True)
    source = models.CharField(max_length=120)
    external_id = models.CharField(max_length=200, null=True, blank=True)
    genuine = models.CharField(max_length=8, default=HUMAN)
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, db_index=False)
    voids = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="voided_by"
    )
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="one_activity_per_source_event"),
            models.CheckConstraint(
                condition=Q(direction__in=(ACTION, REACTION)), name="activity_direction_known"
            ),
            models.CheckConstraint(
                condition=Q(genuine__in=(HUMAN, SUSPECT, MACHINE)), name="activity_genuineness_known"
            ),
        ]
        indexes = [
            # The first three find, the rest is all that most scores read: then the table itself stays shut.
            models.Index(
                fields=["lead", "occurred_at", "type", "genuine", "direction", "voids", "id"],
                name="activity_of_lead",
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.occurred_at:%Y-%m-%d}"
