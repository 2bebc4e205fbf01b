"""Meetings (アポ): booked, held or not, and judged (PRODUCT 6)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from leads.models.leads import Lead
from leads.models.people import User


class Meeting(models.Model):
    """One appointment with a lead. `handoff_id` is a row of the floor above, so no foreign key."""

    VISIT, ONLINE, PHONE = "visit", "online", "phone"
    MODES = (VISIT, ONLINE, PHONE)
    BOOKED, HELD, RESCHEDULED = "booked", "held", "rescheduled"
    NO_SHOW, CANCELLED = "no_show", "cancelled"
    STATES = (BOOKED, HELD, RESCHEDULED, NO_SHOW, CANCELLED)
    VALID, INVALID = "valid", "invalid"
    CONFIRMED = ("problem", "timing", "budget", "decision")

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="meetings")
    handoff_id = models.BigIntegerField(null=True, db_index=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    mode = models.CharField(max_length=8)
    place = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=500, blank=True)
    ours = models.ManyToManyField(User, related_name="meetings", blank=True)
    theirs = models.JSONField(default=list, blank=True)  # [{"name", "title"}]
    confirmed = models.JSONField(default=dict, blank=True)  # what was made sure: problem, timing …
    state = models.CharField(max_length=12, default=BOOKED)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="moved_to")
    verdict = models.CharField(max_length=8, blank=True)
    verdict_reason = models.CharField(max_length=60, blank=True)
    went_well = models.JSONField(default=list, blank=True)
    verdict_at = models.DateTimeField(null=True)
    verdict_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(null=True)  # when held, not held or called off was written down

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="meeting_ends_later"),
            models.CheckConstraint(
                condition=Q(verdict="", verdict_at=None) | Q(verdict_at__isnull=False, state="held"),
                name="verdict_is_of_a_held_meeting",
            ),
            models.CheckConstraint(
                condition=~Q(verdict="invalid") | ~Q(verdict_reason=""), name="invalid_meeting_says_why"
            ),
        ]
        indexes = [
            models.Index(fields=["ends_at"], condition=Q(state="booked"), name="meeting_to_ask_about"),
        ]
