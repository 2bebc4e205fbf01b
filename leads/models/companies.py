"""Companies, and the campaigns that brought leads."""

from __future__ import annotations

from django.db import models

RELATIONS = ("prospect", "customer", "former_customer", "partner", "competitor")


class Company(models.Model):
    name = models.CharField(max_length=300)
    name_key = models.CharField(max_length=300, db_index=True)
    domain = models.CharField(max_length=253, blank=True, db_index=True)
    industry = models.CharField(max_length=120, blank=True)
    employees = models.PositiveIntegerField(null=True, blank=True)
    country = models.CharField(max_length=80, blank=True)
    prefecture = models.CharField(max_length=80, blank=True)
    relation = models.CharField(max_length=20, default="prospect")
    attributes = models.JSONField(default=dict, blank=True)
    owner = models.ForeignKey("leads.User", null=True, blank=True, on_delete=models.SET_NULL)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(relation__in=RELATIONS), name="company_relation_is_known"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Campaign(models.Model):
    external_id = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=300)
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
