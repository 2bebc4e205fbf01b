"""Where each lead stands: one narrow row per lead that lists, filters and exports read."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q

from leads.models.leads import Involvement, Lead
from leads.models.people import Team, User


class StandingQuerySet(models.QuerySet["Standing"]):
    def reaches_of(self, user: User) -> list[Self]:
        """What `Lead.objects.visible_to(user)` shows, as alternatives that each stand on an index.

        A list takes the first rows of each and merges them: as quick for a rep who sees a hundred of a
        million leads as for marketing that sees all.
        """
        if not user.is_authenticated or not user.is_active:
            return []
        rows = self.exclude(lead__in=Lead.objects.filter(merged_into__isnull=False).values("pk"))
        if user.sees_all_leads:
            return [rows]
        teams = Team.objects.within_reach_of(user).values_list("pk", flat=True)
        touched = Involvement.objects.filter(user=user).values("lead")
        to_act_on = Lead.objects.filter(next_actor=user).values("pk")
        return [
            rows.filter(owner=user),
            rows.filter(lead__in=touched.union(to_act_on)),
            # By number, one by one: only so does the index give each team's rows in order.
            *(rows.filter(team=team) for team in teams.order_by("pk")),
        ]

    def leads_in_reach_of(self, user: User) -> models.QuerySet[Any, Any]:
        """By the rule of `Lead.objects.visible_to` for who does not see all; merged ones too, some twice."""
        teams = list(Team.objects.within_reach_of(user).values_list("pk", flat=True))  # so the index is used
        owned = self.filter(owner=user).values_list("lead", flat=True)
        of_teams = self.filter(team__in=teams).values_list("lead", flat=True)
        touched = Involvement.objects.filter(user=user).values_list("lead", flat=True)
        to_act_on = Lead.objects.filter(next_actor=user).values_list("pk", flat=True)
        return owned.union(touched, to_act_on, of_teams, all=True)


class Standing(models.Model):
    """Written by calls down (`leads.standings`), compared with its sources by `audit`.

    `fit` and `interest` are rounded half up for the list; `rescore_at` is the moment from which the
    stored score may differ from `score(lead, now)`: facts that change set it to now.
    """

    lead = models.OneToOneField(Lead, primary_key=True, on_delete=models.CASCADE)
    stage = models.CharField(max_length=12)
    owner = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    queue_id = models.BigIntegerField(null=True)  # handoff.Queue: a floor above, so no foreign key
    source = models.CharField(max_length=120, blank=True)
    readiness = models.SmallIntegerField(default=0)
    fit = models.SmallIntegerField(default=0)
    interest = models.SmallIntegerField(default=0)
    readiness_class = models.CharField(max_length=12, blank=True)  # fit × interest (scoring.definition)
    rescore_at = models.DateTimeField()
    last_reaction_at = models.DateTimeField(null=True)
    last_reaction = models.CharField(max_length=60, blank=True)
    next_side = models.CharField(max_length=10, blank=True)
    next_actor = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    next_due_at = models.DateTimeField(null=True)
    clock_due_at = models.DateTimeField(null=True)
    clock_risk_at = models.DateTimeField(null=True)

    objects = StandingQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["stage", "-readiness", "-lead"], name="standing_stage"),
            models.Index(fields=["owner", "stage", "-readiness", "-lead"], name="standing_owner"),
            models.Index(fields=["team", "stage", "-readiness", "-lead"], name="standing_team"),
            models.Index(fields=["source", "-readiness", "-lead"], name="standing_source"),
            models.Index(fields=["-readiness", "-lead"], name="standing_readiness"),
            models.Index(fields=["next_due_at", "lead"], name="standing_next_due"),
            models.Index(fields=["rescore_at"], name="standing_rescore"),
            models.Index(
                fields=["clock_due_at"], condition=Q(clock_due_at__isnull=False), name="standing_clock_due"
            ),
            models.Index(
                # The clocks in the order of the list: few rows, asked for by their state at a moment.
                fields=["-readiness", "-lead", "clock_due_at", "clock_risk_at"],
                condition=Q(clock_due_at__isnull=False),
                name="standing_clock_state",
            ),
        ]
