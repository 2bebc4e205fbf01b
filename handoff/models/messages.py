"""What leaves the desk for people: messages written with their cause, and notices in the product."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from handoff.models.handoffs import Handoff
from leads.models import Lead, User


class Message(models.Model):
    """One effect outside its cause's transaction (the outbox): sent at least once, known by its `key`.

    Leased by raising `fence`: whoever finishes with an older fence than the row has changes nothing.
    """

    PENDING, SENDING, SENT, DEAD = "pending", "sending", "sent", "dead"
    DROPPED = "dropped"  # what it tells was undone before anybody heard of it

    key = models.CharField(max_length=200, unique=True)  # one per cause and recipient
    channel = models.CharField(max_length=12, default="notice")
    kind = models.CharField(max_length=40)
    recipient = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    lead = models.ForeignKey(Lead, null=True, on_delete=models.CASCADE, related_name="+")
    handoff = models.ForeignKey(Handoff, null=True, on_delete=models.CASCADE, related_name="messages")
    body = models.JSONField(default=dict, blank=True)  # ids and codes; words are made where it is read
    state = models.CharField(max_length=8, default=PENDING)
    created_at = models.DateTimeField()
    send_at = models.DateTimeField()  # the recipient's working time; a retry's next moment
    attempts = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(leased_until__isnull=False), name="sending_has_a_lease"
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="sent_says_when"
            ),
        ]
        indexes = [
            models.Index(
                fields=["send_at"], condition=Q(state__in=("pending", "sending")), name="message_to_send"
            ),
            models.Index(fields=["-created_at"], condition=Q(state="dead"), name="message_dead"),
        ]


class Notice(models.Model):
    """What somebody is told inside the product; a digest counts several things in one."""

    recipient = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices", db_index=False)
    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=40)
    lead = models.ForeignKey(Lead, null=True, on_delete=models.CASCADE, related_name="+")
    handoff = models.ForeignKey(
        Handoff, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    body = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["recipient", "-created_at"], name="notice_of_person")]
