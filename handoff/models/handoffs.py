"""Handoffs: one offer of one lead to one queue, and what was decided about it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from handoff.models.queues import Policy, Queue
from leads.among import among
from leads.models import Lead, Standing, User
from leads.models.leads import within_reach_of

FEW = 5_000  # leads in reach


class HandoffQuerySet(models.QuerySet["Handoff"]):
    def visible_to(self, user: User) -> Self:
        """Handoffs of the leads this person may see; everybody else's answer 404."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.sees_all_leads:
            # The same rows, told by the few that are merged instead of by every lead there is.
            return self.exclude(lead__in=Lead.objects.filter(merged_into__isnull=False).values("pk"))
        # The rule of `Lead.objects.visible_to`, asked of the handoff's one lead instead of all there are.
        return self.filter(within_reach_of(user, "lead__"), lead__merged_into=None)

    def listed_for(self, user: User) -> Self:
        """The same rows as `visible_to`, for a list of them in whatever order.

        Who reaches few leads is told by those; who reaches many is asked row by row, as most rows pass.
        """
        if not user.is_authenticated or not user.is_active or user.sees_all_leads:
            return self.visible_to(user)
        few = list(Standing.objects.leads_in_reach_of(user)[: FEW + 1])
        if len(few) > FEW:
            return self.visible_to(user)
        return self.filter(lead__in=among(few), lead__merged_into=None)

    # What is open is a sliver of all there were: `ended_at` is said too, for the indexes are cut by it.
    def open(self) -> Self:
        return self.filter(state__in=Handoff.OPEN, ended_at=None)

    def waiting(self) -> Self:
        return self.filter(state=Handoff.WAITING, ended_at=None)

    def offered(self) -> Self:
        return self.filter(state=Handoff.OFFERED, ended_at=None)

    def accepted(self) -> Self:
        return self.filter(state=Handoff.ACCEPTED, ended_at=None)


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
    follow = models.CharField(max_length=10, blank=True)  # who follows a sent-back lead: marketing | me
    wake_trigger = models.JSONField(null=True)  # as on the lead: what wakes it before `wake_at`
    reserved_until = models.DateTimeField(null=True)  # `pull`: an offer nobody answers goes back then
    released_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )  # who let it pass a used-up `release_per_day`
    release_reason = models.CharField(max_length=200, blank=True)
    snoozes = models.PositiveSmallIntegerField(default=0)
    snoozed_until = models.DateTimeField(null=True)
    snoozed_till_reaction = models.BooleanField(default=False)
    # What a person said of an estimate: {field: {says: yes | no, value, by, at, before (the attribute)}}.
    confirmed = models.JSONField(default=dict, blank=True)

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
            models.CheckConstraint(condition=Q(snoozes__lte=3), name="put_off_at_most_three_times"),
        ]
        indexes = [
            models.Index(fields=["state", "route_at"], condition=Q(ended_at=None), name="handoff_to_route"),
            models.Index(fields=["state", "offered_at"], condition=Q(ended_at=None), name="handoff_open"),
            # Who has how many from which queue is read from these alone, without the rows.
            models.Index(
                fields=["state", "queue", "rep"], condition=Q(ended_at=None), name="handoff_of_seat"
            ),
            models.Index(
                fields=["queue"],
                condition=Q(state="offered", open_to_team=True, ended_at=None),
                name="handoff_for_team",
            ),
            models.Index(fields=["rep", "state"], name="handoff_of_rep"),
            models.Index(fields=["queue", "offered_at"], name="handoff_of_queue"),
            models.Index(
                fields=["reserved_until"],
                condition=Q(reserved_until__isnull=False),
                name="handoff_reserved",
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class Decision(models.Model):
    """An answer at the desk with what stood before it, so that its author can undo it (10 minutes).

    `before` (`handoff.desk.rewinding`) holds fields of handoff and lead and the clocks that ran; `after` the
    versions of both that the answer left behind: while they stand, nobody moved the lead since.
    """

    handoff = models.ForeignKey(Handoff, on_delete=models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=12)  # accept, send_back, snooze, recall …
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        indexes = [models.Index(fields=["by", "-at"], name="decision_of_person")]
