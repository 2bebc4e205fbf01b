"""Whom each rule matched, counted in the background: one row for what a rule asks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q

from leads.models.ordered import OrderedJSON
from scoring.models.versions import ScoringModel

EVERY = timedelta(days=1)


class AllRuleFigures(models.QuerySet["RuleFigures"]):
    def stale(self, now: datetime) -> Self:
        """Never counted, counted a day ago, or before the rules that are in force now were."""
        begun = ScoringModel.objects.filter(in_force_from__lte=now).order_by("-in_force_from")
        other_rules = Q(counted_at__lt=models.Subquery(begun.values("in_force_from")[:1]))
        return self.filter(Q(counted_at=None) | Q(counted_at__lte=now - EVERY) | other_rules)

    def held(self, now: datetime) -> Self:
        """Somebody counts these; who died over it has let go when the claim runs out."""
        return self.filter(claimed_until__gt=now)


class RuleFigures(models.Model):
    """How many leads match what a rule asks (`key`, `half`, `asked`), and what sales decided on them.

    Figures are of the 90 days before `counted_at`; None: they are being counted. Versions and drafts that
    ask the same share the row, so that other points need no other count.
    """

    key = models.CharField(max_length=64, unique=True)
    half = models.CharField(max_length=8)
    asked = OrderedJSON()
    wanted_at = models.DateTimeField()
    counted_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    matched = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    objects = AllRuleFigures.as_manager()
