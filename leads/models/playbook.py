"""Sections of the agreement that have no table of their own, kept in versions."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef

from leads.models.ordered import OrderedJSON
from leads.models.people import User


class PlaybookSections(models.Manager["PlaybookSection"]):
    def current(self, name: str) -> Any:
        """The newest body of a section, or an empty mapping where nothing was published."""
        bodies = self.filter(name=name).order_by("-version").values_list("body", flat=True)
        return bodies.first() or {}

    def newest(self) -> dict[str, Any]:
        """The newest body of every section by its name."""
        newer = self.filter(name=OuterRef("name"), version__gt=OuterRef("version"))
        return dict(self.filter(~Exists(newer)).values_list("name", "body"))


class PlaybookSection(models.Model):
    name = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    body = OrderedJSON()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = PlaybookSections()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="one_body_per_section_version")
        ]
