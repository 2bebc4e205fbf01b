"""The journey of a lead (append-only), and who changed which attribute."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from leads import stages
from leads.models.leads import Lead
from leads.models.people import User


class TransitionQuerySet(models.QuerySet["Transition"]):
    def counted(self) -> Self:
        """Without what was undone and its undoing: the journey shows them, no count does."""
        undoing = Transition.objects.filter(undoes__isnull=False, lead=OuterRef("lead"))
        undone = undoing.filter(undoes__lte=OuterRef("version"), version__gt=OuterRef("version"))
        return self.filter(~Exists(undone), undoes=None)


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
    undoes = models.PositiveIntegerField(null=True)  # of an undo: all versions from this one on, but its own

    objects = TransitionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lead", "version"], name="one_transition_per_lead_version"),
            models.CheckConstraint(condition=Q(cause__in=stages.CAUSES), name="transition_cause_is_known"),
            models.CheckConstraint(
                condition=Q(cause=stages.UNDO, undoes__isnull=False, undoes__lt=models.F("version"))
                | ~Q(cause=stages.UNDO) & Q(undoes=None),
                name="undo_says_what_it_undoes",
            ),
        ]
        indexes = [
            models.Index(fields=["end", "occurred_at"], name="transition_into"),
            models.Index(fields=["lead"], condition=Q(undoes__isnull=False), name="transition_undo"),
        ]

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
