"""Where each lead stands: one narrow row per lead that lists, filters and exports read."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from leads.models.leads import Lead
from leads.models.people import Team, User


class Standing(models.Model):
    """Written by calls down (`leads.standings`), compared with its sources by `audit`.

    `fit` and `interest` are rounded half up for the list; `rescore_at` is the moment from which the
    stored score may differ from `score(lead, now)`: facts that change set it to now.
    """

    lead = models.OneToOneField(Lead, primary_key=True, on_delete=models.CASCADE)
    stage = models.CharField(max_length=12)
    owner = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    queue_id = models.BigIntegerField(null=True)  # handoff.Queue: a floor above, so no foreign key
    source = models.CharField(max_length=120, blank=True)
    readiness = models.SmallIntegerField(default=0)
    fit = models.SmallIntegerField(default=0)
    interest = models.SmallIntegerField(default=0)
    rescore_at = models.DateTimeField()
    last_reaction_at = models.DateTimeField(null=True)
    last_reaction = models.CharField(max_length=60, blank=True)
    next_side = models.CharField(max_length=10, blank=True)
    next_actor = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    next_due_at = models.DateTimeField(null=True)
    clock_due_at = models.DateTimeField(null=True)
    clock_risk_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["stage", "-readiness", "-lead"], name="standing_stage"),
            models.Index(fields=["owner", "stage", "-readiness", "-lead"], name="standing_owner"),
            models.Index(fields=["team", "stage", "-readiness", "-lead"], name="standing_team"),
            models.Index(fields=["source", "-readiness", "-lead"], name="standing_source"),
            models.Index(fields=["-readiness", "-lead"], name="standing_readiness"),
            models.Index(fields=["next_due_at", "lead"], name="standing_next_due"),
            models.Index(fields=["rescore_at"], name="standing_rescore"),
            models.Index(
                fields=["clock_due_at"], condition=Q(clock_due_at__isnull=False), name="standing_clock_due"
            ),
        ]
