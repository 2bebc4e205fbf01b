"""Queues of the desk, who works in them, and the policies they promise by."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from leads import business_time
from leads.models import Calendar, Team, User
from leads.models.ordered import OrderedJSON


class Policy(models.Model):
    """One version of an SLA policy; a handoff keeps the version it was offered under."""

    slug = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    body = OrderedJSON()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slug", "version"], name="one_policy_per_version")]

    def __str__(self) -> str:
        return f"{self.slug} v{self.version}"


class Queue(models.Model):
    slug = models.CharField(max_length=80, unique=True)
    lane = models.PositiveSmallIntegerField()
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="queues")
    policy_slug = models.CharField(max_length=80)
    strategy = models.CharField(max_length=20)
    release_per_day = models.PositiveIntegerField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.slug

    @property
    def policy(self) -> Policy | None:
        """The newest version of the queue's policy."""
        return Policy.objects.filter(slug=self.policy_slug).order_by("-version").first()

    def calendar_under(self, policy: Policy | None, rep: User | None = None) -> Calendar:
        """The calendar a policy counts by: the one it names; `rep`: that of the rep's own team; else ours."""
        named = str(policy.body.get("calendar", "team")) if policy else "team"
        if named == "rep" and rep is not None:
            own = Team.objects.filter(members=rep).select_related("calendar").order_by("pk").first()
            return own.calendar if own else self.team.calendar
        return self.team.calendar if named in ("team", "rep") else Calendar.objects.get(slug=named)

    def hours_under(self, policy: Policy | None, rep: User | None = None) -> business_time.Calendar:
        return self.calendar_under(policy, rep).hours


class QueueMember(models.Model):
    """A rep in a queue; `credit` is what weighted routing owes them."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    weight = models.FloatField(default=1)
    max_open = models.PositiveIntegerField(null=True, blank=True)
    max_per_day = models.PositiveIntegerField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    credit = models.FloatField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["queue", "user"], name="member_once_per_queue"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="member_weight_is_positive"),
        ]
