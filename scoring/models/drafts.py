"""Rules on their way to a version: drafts, what both sides say of them, and opinions on single scores."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from leads import roles
from leads.models import Activity, Lead, User
from leads.models.ordered import OrderedJSON
from scoring.models.versions import ScoringModel

SIDES = [(roles.MARKETING, roles.MARKETING), (roles.SALES, roles.SALES)]


class Draft(models.Model):
    """A `scoring` section somebody would like to have in force.

    `revision` rises with every change of the body: approvals and simulations are of one revision.
    `origin` says where it came from, `evidence` what a proposal stands on.
    """

    EDITED, REQUESTED, PUBLISHED, WITHDRAWN = "edited", "requested", "published", "withdrawn"
    PERSON, FILE, PROPOSAL, EARLIER = "person", "file", "proposal", "earlier"

    title = models.CharField(max_length=120)
    body = OrderedJSON()
    revision = models.PositiveIntegerField(default=1)
    base = models.ForeignKey(ScoringModel, null=True, on_delete=models.PROTECT, related_name="drafts_from")
    origin = models.CharField(max_length=10, default=PERSON)
    evidence = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default=EDITED)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField(null=True)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    wished_from = models.DateTimeField(null=True)  # in force then, or at once when both have approved
    version = models.OneToOneField(ScoringModel, null=True, on_delete=models.PROTECT, related_name="draft")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="published", version__isnull=False)
                | (~Q(state="published") & Q(version__isnull=True)),
                name="a_published_draft_has_its_version",
            ),
            models.CheckConstraint(
                condition=~Q(state="requested") | Q(requested_at__isnull=False),
                name="a_requested_draft_says_since_when",
            ),
        ]
        indexes = [models.Index(fields=["state", "-changed_at"], name="draft_state")]


class Approval(models.Model):
    """One side's yes to one revision of a draft."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="approvals")
    revision = models.PositiveIntegerField()
    side = models.CharField(max_length=10, choices=SIDES)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draft", "revision", "side"], name="one_approval_per_side")
        ]


class Comment(models.Model):
    """What somebody says about a draft, or about one rule of it (`rule`: its id, or empty)."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="comments")
    rule = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()


class Opinion(models.Model):
    """点数に意見を送る: what somebody thinks of a line of one lead's score, kept with what it was then.

    `rule` is the line's rule (`response` and a half's name too), `points` what it gave.
    """

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="opinions")
    rule = models.CharField(max_length=120)
    event = models.ForeignKey(Activity, null=True, on_delete=models.SET_NULL, related_name="+")
    model_version = models.PositiveIntegerField()
    readiness = models.SmallIntegerField()
    points = models.DecimalField(max_digits=6, decimal_places=2)
    text = models.TextField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    answer = models.TextField(blank=True)
    draft = models.ForeignKey(Draft, null=True, on_delete=models.SET_NULL, related_name="opinions")

    class Meta:
        indexes = [models.Index(fields=["rule", "-at"], condition=Q(settled_at=None), name="opinion_open")]
