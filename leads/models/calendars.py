"""Working calendars. They are live: an edit is a new version and moves running clocks."""

from __future__ import annotations

import json
from functools import lru_cache

from django.db import models

from leads import business_time
from leads.models.ordered import OrderedJSON


class Calendar(models.Model):
    slug = models.CharField(max_length=80, unique=True)
    body = OrderedJSON()
    version = models.PositiveIntegerField(default=1)

    foreseen: business_time.Calendar | None = None  # of one that is only thought of (`calendars.foresee`)

    def __str__(self) -> str:
        return self.slug

    @classmethod
    def of_the_house(cls) -> Calendar | None:
        """Where no team is meant: the calendar of the first team."""
        return cls.objects.filter(teams__isnull=False).order_by("pk").first()

    @property
    def hours(self) -> business_time.Calendar:
        """This calendar as business time, with its holiday rows; kept per version."""
        return self.foreseen or _built(self.pk, self.version, json.dumps(self.body, sort_keys=True))


@lru_cache(maxsize=256)
def _built(pk: int, version: int, body: str) -> business_time.Calendar:
    rows = dict(Holiday.objects.filter(calendar_id=pk).values_list("on", "label"))
    return business_time.Calendar.build(json.loads(body), rows)


class CalendarVersion(models.Model):
    """What a calendar said before and says now; append-only."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    body = OrderedJSON()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("leads.User", null=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "version"], name="one_body_per_calendar_version")
        ]


class Holiday(models.Model):
    """A national holiday copied into a calendar, so that no library update moves a deadline."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="holidays")
    on = models.DateField()
    label = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "on"], name="one_holiday_per_day")]
