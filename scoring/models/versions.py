"""Versions of the model that says how ready a lead is."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache

from django.db import models

from leads.models import User
from leads.models.ordered import OrderedJSON
from scoring.engine import Model


class ScoringModels(models.Manager["ScoringModel"]):
    def in_force(self, at: datetime) -> ScoringModel | None:
        """The version in force at `at`; before the first published one, the first (PRODUCT 5)."""
        published = self.order_by("version")
        return published.filter(in_force_from__lte=at).last() or published.first()

    def newest(self) -> ScoringModel | None:
        """The version published last, in force already or not yet: what the next one is a change of."""
        return self.order_by("version").last()

    def next_change(self, at: datetime) -> datetime | None:
        """When a version that is published already will come into force after `at`."""
        ahead = self.filter(in_force_from__gt=at).order_by("in_force_from")
        return ahead.values_list("in_force_from", flat=True).first()


class ScoringModel(models.Model):
    """One published `scoring` section of the playbook (rules and the definition of MQL)."""

    version = models.PositiveIntegerField(unique=True)
    body = OrderedJSON()
    in_force_from = models.DateTimeField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    from_file = models.BooleanField(default=False)

    objects = ScoringModels()

    @property
    def compiled(self) -> Model:
        return _compiled(json.dumps(self.body), self.version)


@lru_cache(maxsize=64)
def _compiled(body: str, version: int) -> Model:
    return Model.compile(json.loads(body), version=version)
