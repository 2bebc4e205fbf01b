"""The desk's tables: queues and their members, policies, handoffs and their clocks."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from leads import business_time
from leads.models import Calendar, Lead, Team, User
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

    def hours_under(self, policy: Policy | None) -> business_time.Calendar:
        """The calendar a policy counts by: the one it names, else the team's (a rep has none yet)."""
        named = str(policy.body.get("calendar", "team")) if policy else "team"
        if named in ("team", "rep"):
            return self.team.calendar.hours
        return Calendar.objects.get(slug=named).hours


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


class HandoffQuerySet(models.QuerySet["Handoff"]):
    def visible_to(self, user: User) -> Self:
        """Handoffs of the leads this person may see; everybody else's answer 404."""
        if user.is_authenticated and user.is_active and user.sees_all_leads:
            # The same rows, told by the few that are merged instead of by every lead there is.
            return self.exclude(lead__in=Lead.objects.filter(merged_into__isnull=False).values("pk"))
        return self.filter(lead__in=Lead.objects.visible_to(user).values("pk"))

    # What is open is a sliver of all there were: `ended_at` is said too, for the indexes are cut by it.
    def open(self) -> Self:
        return self.filter(state__in=Handoff.OPEN, ended_at=None)

    def waiting(self) -> Self:
        return self.filter(state=Handoff.WAITING, ended_at=None)

    def offered(self) -> Self:
        return self.filter(state=Handoff.OFFERED, ended_at=None)


class Handoff(models.Model):
    """One offer of one lead to one queue (PRODUCT 6)."""

    WAITING, OFFERED, ACCEPTED = "waiting", "offered", "accepted"
    PROMOTED, COMPLETED, SENT_BACK = "promoted", "completed", "sent_back"
    RECALLED, DISQUALIFIED = "recalled", "disqualified"
    OPEN = (WAITING, OFFERED, ACCEPTED)
    ENDED = (PROMOTED, COMPLETED, SENT_BACK, RECALLED, DISQUALIFIED)
    NOBODY, CAPACITY = "nobody", "capacity"

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="handoffs")
    lane = models.PositiveSmallIntegerField(default=1)
    queue = models.ForeignKey(Queue, null=True, on_delete=models.PROTECT, related_name="handoffs")
    rep = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="handoffs", db_index=False
    )
    state = models.CharField(max_length=12, default=WAITING)
    waiting_because = models.CharField(max_length=10, blank=True)
    trigger = models.CharField(max_length=12)
    version = models.PositiveIntegerField(default=1)
    previous = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="next")
    handed_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    opening_line = models.CharField(max_length=300, blank=True)
    note = models.TextField(blank=True)
    evidence = models.JSONField(default=dict, blank=True)
    routing = models.JSONField(default=dict, blank=True)
    policy = models.ForeignKey(Policy, null=True, on_delete=models.PROTECT, related_name="+")
    targets = models.JSONField(default=dict, blank=True)
    open_to_team = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    route_at = models.DateTimeField(null=True)  # a waiting handoff is looked at again from here on
    offered_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    end_cause = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=60, blank=True)
    next_step = models.CharField(max_length=20, blank=True)
    wake_at = models.DateTimeField(null=True)
    next_step_on = models.DateField(null=True)

    objects = HandoffQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lead"],
                condition=Q(state__in=("waiting", "offered", "accepted")),
                name="one_open_handoff_per_lead",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="accepted_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(accepted_at__isnull=False, rep__isnull=False),
                name="accepted_has_a_rep",
            ),
            models.CheckConstraint(
                condition=~Q(state="offered") | Q(offered_at__isnull=False, rep__isnull=False),
                name="offered_has_a_rep_and_a_moment",
            ),
            models.CheckConstraint(condition=~Q(state="waiting") | Q(rep=None), name="waiting_has_no_rep"),
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "offered", "accepted"), ended_at=None)
                | Q(
                    state__in=("promoted", "completed", "sent_back", "recalled", "disqualified"),
                    ended_at__isnull=False,
                ),
                name="ended_handoff_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent_back") | (~Q(reason="") & ~Q(next_step="")),
                name="sent_back_has_reason_and_next_step",
            ),
            models.CheckConstraint(
                condition=~Q(state="recalled") | ~Q(end_cause=""), name="recalled_says_its_cause"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "route_at"], condition=Q(ended_at=None), name="handoff_to_route"),
            models.Index(fields=["state", "offered_at"], condition=Q(ended_at=None), name="handoff_open"),
            models.Index(fields=["rep", "state"], name="handoff_of_rep"),
            models.Index(fields=["queue", "offered_at"], name="handoff_of_queue"),
        ]

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class Clock(models.Model):
    """One SLA timer of a handoff; `segments` is the sum its due time prints."""

    ACCEPT, FIRST_CONTACT, PERSISTENCE, REPORT = "accept", "first_contact", "persistence", "report"
    RUNNING, PAUSED, MET, MET_LATE, BREACHED, CANCELLED = (
        "running",
        "paused",
        "met",
        "met_late",
        "breached",
        "cancelled",
    )
    ALIVE = (RUNNING, PAUSED, BREACHED)

    handoff = models.ForeignKey(Handoff, on_delete=models.CASCADE, related_name="clocks")
    kind = models.CharField(max_length=14)
    state = models.CharField(max_length=10, default=RUNNING)
    started_at = models.DateTimeField()
    target_minutes = models.FloatField()
    due_at = models.DateTimeField(null=True)
    risk_at = models.DateTimeField(null=True)
    segments = models.JSONField(default=list, blank=True)
    met_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["started_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["handoff", "kind"], name="one_clock_per_handoff_and_kind"),
            models.CheckConstraint(condition=Q(target_minutes__gt=0), name="clock_target_is_positive"),
            models.CheckConstraint(
                condition=~Q(state__in=("met", "met_late")) | Q(met_at__isnull=False, ended_at__isnull=False),
                name="met_clock_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("breached", "met_late")) | Q(breached_at__isnull=False),
                name="late_clock_says_since_when",
            ),
            models.CheckConstraint(
                condition=Q(breached_at=None) | Q(breached_at__gte=models.F("due_at")),
                name="no_breach_before_due",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_at"], condition=Q(ended_at=None), name="clock_open_due")
        ]


class DueChange(models.Model):
    """A due time that moved because a calendar was edited; append-only."""

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="due_changes")
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="+", db_index=False)
    calendar_version = models.PositiveIntegerField()
    old = models.DateTimeField()
    new = models.DateTimeField()
    changed_at = models.DateTimeField()
