"""SLA timers as rows, and everything that ever happened to one of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from handoff.models.handoffs import Handoff
from leads.models import Calendar, Lead, Task, User


class Clock(models.Model):
    """One SLA timer of a handoff; `segments` is the sum its due time prints."""

    ACCEPT, FIRST_CONTACT, PERSISTENCE, REPORT = "accept", "first_contact", "persistence", "report"
    ANSWER = "answer"  # marketing's, of one question or send-back: `task` says which
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
    task = models.OneToOneField(Task, null=True, on_delete=models.CASCADE, related_name="clock")
    kind = models.CharField(max_length=14)
    state = models.CharField(max_length=10, default=RUNNING)
    started_at = models.DateTimeField()
    target_minutes = models.FloatField()
    goal = models.JSONField(default=dict, blank=True)  # persistence: attempts, channels; report: from
    due_at = models.DateTimeField(null=True)
    risk_at = models.DateTimeField(null=True)
    segments = models.JSONField(default=list, blank=True)
    met_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    calendar = models.ForeignKey(
        Calendar, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )  # what it was counted by last, in which version
    calendar_version = models.PositiveIntegerField(null=True)
    excused_at = models.DateTimeField(null=True)
    excused_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    excuse = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["started_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["handoff", "kind"], condition=Q(task=None), name="one_clock_per_handoff_and_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind="answer", task__isnull=False) | ~Q(kind="answer") & Q(task=None),
                name="answer_clock_has_its_task",
            ),
            models.CheckConstraint(
                condition=Q(excused_at=None) | Q(breached_at__isnull=False) & ~Q(excuse=""),
                name="excuse_is_of_a_breach_and_says_why",
            ),
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


class FreshContact(models.Model):
    """A lead that somebody contacted since its clocks were looked at: to be done, and gone once they were.

    Written in the transaction of the act; `act` is another with every act, so that who looks meanwhile does
    not take it for seen.
    """

    lead = models.OneToOneField(Lead, primary_key=True, on_delete=models.CASCADE, related_name="+")
    act = models.BigIntegerField()  # leads.Activity


class Pause(models.Model):
    """A stretch `[starts_at, ends_at)` that a clock does not count, with its reason; append-only.

    Ending it early moves `ends_at` to the moment it was ended.
    """

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="pauses")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=60)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gte=models.F("starts_at")), name="pause_ends_after")
        ]
        indexes = [models.Index(fields=["ends_at"], name="pause_ends")]


class DueChange(models.Model):
    """Something moved a clock's due time or took back what it said; append-only.

    `cause`: calendar, pause, resume, restart, evidence (late evidence withdrew a breach), excuse, undo.
    """

    CALENDAR, PAUSE, RESUME, RESTART = "calendar", "pause", "resume", "restart"
    EVIDENCE, EXCUSE, UNDO = "evidence", "excuse", "undo"

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="due_changes")
    cause = models.CharField(max_length=10, default=CALENDAR)
    calendar = models.ForeignKey(
        Calendar, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    calendar_version = models.PositiveIntegerField(null=True)
    old = models.DateTimeField(null=True)
    new = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    detail = models.JSONField(default=dict, blank=True)


class Step(models.Model):
    """One step of a clock's ladder: what is done at `due_at`, once (PRODUCT 6, ladder)."""

    WAITING, DONE, DROPPED = "waiting", "done", "dropped"

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()  # its place in the policy's ladder
    percent = models.FloatField()
    acts = models.JSONField(default=list)  # remind_rep, tell_team_lead, open_to_team, recall, reassign …
    due_at = models.DateTimeField(null=True)  # null while the clock is paused before it
    state = models.CharField(max_length=8, default=WAITING)
    done_at = models.DateTimeField(null=True)
    outcome = models.JSONField(default=dict, blank=True)  # what came of each act: who was told, why not

    class Meta:
        ordering = ["due_at", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["clock", "position"], name="one_step_per_clock_and_place"),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(done_at__isnull=False), name="done_step_says_when"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="step_due")]
