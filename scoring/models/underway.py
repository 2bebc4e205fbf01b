"""Leads being scored at this moment, written down before somebody begins and deleted when it is through."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models

from leads.models import Lead


class Underways(models.QuerySet["Underway"]):
    def left_behind(self, *, now: datetime) -> Self:
        """Whoever was at these did not come to the end of it in time."""
        return self.filter(claimed_until__lte=now)

    def given_up(self) -> Self:
        return self.filter(claimed_until=None)


class Underway(models.Model):
    """Somebody is scoring this lead until `claimed_until`, for the `tries`-th time; `since`: this try began.

    Without `claimed_until` it is given up: nobody tries again until something new is known about the lead.
    """

    # The database keeps no foreign key: its check would lock each lead for a mark that lives for a moment.
    lead = models.OneToOneField(
        Lead, primary_key=True, on_delete=models.CASCADE, related_name="underway", db_constraint=False
    )
    since = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField()

    objects = Underways.as_manager()

    class Meta:
        indexes = [models.Index(fields=["claimed_until"], name="underway_claimed")]
