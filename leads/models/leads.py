"""The lead: a person at a company whose contact details we know."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from leads import stages
from leads.models.people import Team, User


class LeadQuerySet(models.QuerySet["Lead"]):
    def visible_to(self, user: User) -> Self:
        """The leads `user` may see in full (PRODUCT 11); everybody else's answer 404."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        found = self.filter(merged_into=None)
        if user.sees_all_leads:
            return found
        return found.filter(within_reach_of(user))

    def stood_in_for(self) -> Self:
        """In sales' hands, and another's turn than their owner's: few."""
        return self.filter(STOOD_IN_FOR)

    def in_stage(self, *wanted: str) -> Self:
        return self.filter(standing__stage__in=wanted)

    def ready(self, at_least: int) -> Self:
        return self.filter(standing__readiness__gte=at_least)


STOOD_IN_FOR = Q(next_side="sales", owner__isnull=False) & (
    Q(next_actor__isnull=True) | ~Q(next_actor=models.F("owner"))
)


def within_reach_of(user: User, at: str = "") -> Q:
    """Owned, supported, handled, theirs to act on, or in the hands of a team they work in or manage.

    `at`: the way from a row to its lead, "lead__" of a handoff.
    """
    touched = Involvement.objects.filter(lead=OuterRef(f"{at}pk"), user=user)
    teams = Team.objects.within_reach_of(user).values("pk")
    # The next actor: a deputy of another team acts for an owner away.
    mine = Q(**{f"{at}standing__owner": user}) | Q(**{f"{at}next_actor": user})
    return mine | Q(Exists(touched)) | Q(**{f"{at}standing__team__in": teams})


class Lead(models.Model):
    external_id = models.CharField(max_length=200, null=True, blank=True)
    email = models.CharField(max_length=320, blank=True)
    email_key = models.CharField(max_length=254, null=True, blank=True, db_index=True)
    phone = models.CharField(max_length=64, blank=True)
    phone_key = models.CharField(max_length=20, null=True, blank=True)
    name = models.CharField(max_length=200, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    given_name = models.CharField(max_length=100, blank=True)
    family_name_kana = models.CharField(max_length=100, blank=True)
    given_name_kana = models.CharField(max_length=100, blank=True)
    company = models.ForeignKey(
        "leads.Company", null=True, blank=True, on_delete=models.PROTECT, related_name="leads"
    )
    department = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=120, blank=True)
    campaign = models.ForeignKey(
        "leads.Campaign", null=True, blank=True, on_delete=models.SET_NULL, related_name="leads"
    )
    note = models.TextField(blank=True)
    mail_opt_out = models.BooleanField(default=False)
    do_not_contact = models.BooleanField(default=False)
    attributes = models.JSONField(default=dict, blank=True)
    search_text = models.TextField(blank=True)
    created_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)

    # Written by lifecycle.move() and, where the table of next actors says so, by the desk.
    stage = models.CharField(max_length=12, default=stages.LEAD)
    stage_entered_at = models.DateTimeField()
    outcome = models.CharField(max_length=4, null=True, blank=True)
    version = models.PositiveIntegerField(default=0)
    trigger = models.CharField(max_length=12, blank=True)
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="owned_leads"
    )
    next_side = models.CharField(max_length=10, blank=True)
    next_actor = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="turns"
    )
    next_due_at = models.DateTimeField(null=True, blank=True)
    wake_at = models.DateTimeField(null=True, blank=True)
    # What wakes it before that: {"on": "reaction"}, {"when": predicate} or {"task": id}. With one of these,
    # `wake_at` is the latest date: at it, marketing is asked instead.
    wake_trigger = models.JSONField(null=True, blank=True)
    sent_back_at = models.DateTimeField(null=True, blank=True)

    objects = LeadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["external_id"], name="one_lead_per_external_id"),
            models.CheckConstraint(condition=Q(stage__in=stages.STAGES), name="lead_stage_is_known"),
            models.CheckConstraint(
                condition=Q(outcome=None) | Q(outcome__in=stages.OUTCOMES, stage=stages.OPPORTUNITY),
                name="lead_outcome_only_at_opportunity",
            ),
            models.CheckConstraint(
                condition=Q(outcome__isnull=False)
                | Q(stage=stages.DISQUALIFIED)
                | (~Q(next_side="") & Q(next_due_at__isnull=False)),
                name="open_lead_has_next_actor_and_deadline",
            ),
            models.CheckConstraint(
                condition=Q(wake_trigger=None) | Q(wake_at__isnull=False), name="trigger_has_a_latest_date"
            ),
        ]
        indexes = [
            models.Index(fields=["phone_key"], condition=Q(phone_key__isnull=False), name="lead_phone"),
            models.Index(fields=["wake_at"], condition=Q(wake_at__isnull=False), name="lead_wakes"),
            models.Index(fields=["id"], condition=Q(wake_trigger__isnull=False), name="lead_triggers"),
            models.Index(fields=["id"], condition=STOOD_IN_FOR, name="lead_stood_in_for"),
            models.Index(
                fields=["id"],
                condition=Q(stage=stages.OPPORTUNITY, outcome=None, merged_into=None),
                name="lead_at_opportunity",
            ),
        ]

    def __str__(self) -> str:
        return f"lead {self.pk}"

    @property
    def display_name(self) -> str:
        return self.name or self.email or self.external_id or str(self.pk)

    @property
    def is_open(self) -> bool:
        return self.outcome is None and self.stage != stages.DISQUALIFIED


class Involvement(models.Model):
    """Somebody beside the owner: a supporter (支援者), or one who handled the lead before."""

    SUPPORTER, HANDLER = "supporter", "handler"

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="involvements")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="involvements", db_index=False)
    kind = models.CharField(max_length=10)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "lead", "kind"], name="involved_once_per_kind"),
            models.CheckConstraint(
                condition=Q(kind__in=("supporter", "handler")), name="involvement_is_known"
            ),
        ]
