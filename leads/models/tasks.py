"""Something a side was asked to do about a lead, by a day."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from leads.models.leads import Lead
from leads.models.people import User


class Task(models.Model):
    """`cause_key` is unique: the same cause asks once, however often it is noticed."""

    INCOMPLETE_HAND_RAISER = "incomplete_hand_raiser"
    CUSTOMER_REACTED = "customer_reacted"
    WAKE_EXCLUDED = "wake_excluded"
    WAKE_EXPIRED = "wake_expired"  # a trigger that never came
    QUESTION = "question"  # a rep asks marketing
    SENT_BACK = "sent_back"  # marketing answers a send-back
    RIGHT_PERSON = "right_person"
    MARKETING_FIX = "marketing_fix"
    PING_PONG = "ping_pong"  # sent back too often to come back by itself

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="tasks")
    kind = models.CharField(max_length=40)
    side = models.CharField(max_length=10)
    assignee = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks")
    cause_key = models.CharField(max_length=120, unique=True)
    detail = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    text = models.TextField(blank=True)  # the question, or what is missing
    answer = models.TextField(blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["side", "due_at"], condition=Q(done_at=None), name="task_open")]
