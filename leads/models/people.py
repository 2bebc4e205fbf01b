"""People who work here, and their teams."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from leads import roles


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email__iexact=email or "")

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A person; without a password they come in by a one-time link."""
        user = self.model(email=email.strip().lower(), **fields)
        if not user.side:
            user.side = roles.side_of(user.roles)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    email = models.EmailField(max_length=254, unique=True)
    family_name = models.CharField(max_length=80, blank=True)
    given_name = models.CharField(max_length=80, blank=True)
    family_kana = models.CharField(max_length=80, blank=True)
    given_kana = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=5, default="ja")
    timezone = models.CharField(max_length=64, default="Asia/Tokyo")
    roles = models.JSONField(default=list)
    side = models.CharField(max_length=10)
    deputy = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="deputy_of"
    )
    is_active = models.BooleanField(default=True)
    ends_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_person_per_email"),
            models.CheckConstraint(condition=models.Q(side__in=roles.SIDES), name="person_stands_on_a_side"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """姓 名 as stored, never reversed; the address where no name is known."""
        return " ".join(part for part in (self.family_name, self.given_name) if part) or self.email

    def today(self, now: datetime) -> date:
        """The date it is for this person."""
        try:
            return now.astimezone(ZoneInfo(self.timezone)).date()
        except (KeyError, ValueError, OSError):
            return now.date()

    def works_here(self, now: datetime) -> bool:
        """Active, and not past their last day (a date in their own time zone)."""
        return self.is_active and (self.ends_on is None or self.today(now) <= self.ends_on)

    def has_role(self, *wanted: str) -> bool:
        return any(role in self.roles for role in wanted)

    @property
    def is_manager(self) -> bool:
        return self.has_role(roles.MANAGER)

    @property
    def is_rep(self) -> bool:
        return bool(roles.REPS & set(self.roles))

    @property
    def sees_all_leads(self) -> bool:
        return roles.sees_all_leads(self.roles, self.side)

    def may_manage(self, team: Team | None) -> bool:
        """A manager acts for teams they lead and teams of their side; an admin for all."""
        if self.has_role(roles.ADMIN):
            return True
        return self.is_manager and team is not None and (team.lead_id == self.pk or team.side == self.side)


class TeamQuerySet(models.QuerySet["Team"]):
    def within_reach_of(self, user: User) -> Self:
        """Teams the person works in, or manages: those they lead, and all of sales for a sales manager."""
        reach = Q(pk__in=Team.members.through.objects.filter(user=user).values("team"))
        if user.is_manager:
            reach |= Q(lead=user)
            if user.side == roles.SALES:
                reach |= Q(kind__in=(roles.INSIDE_SALES, roles.FIELD_SALES))
        return self.filter(reach)


class Team(models.Model):
    slug = models.SlugField(unique=True)
    kind = models.CharField(max_length=20)
    label = models.JSONField(default=dict, blank=True)  # {"ja", "en"}; empty: the slug is the name
    calendar = models.ForeignKey("leads.Calendar", on_delete=models.PROTECT, related_name="teams")
    lead = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="leads_teams"
    )
    members = models.ManyToManyField(User, related_name="teams", blank=True)

    objects = TeamQuerySet.as_manager()

    def __str__(self) -> str:
        return self.slug

    @property
    def side(self) -> str:
        return roles.MARKETING if self.kind == roles.MARKETING else roles.SALES


class Leave(models.Model):
    """Days somebody is away, both included, in their own time zone.

    `accepted`: what becomes of leads they have taken on: the deputy acts for them, or they are routed anew.
    """

    DEPUTY, ROUTE = "deputy", "route"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="leaves", db_index=False)
    starts_on = models.DateField()
    ends_on = models.DateField()
    accepted = models.CharField(max_length=8, default=DEPUTY)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")), name="leave_ends_after_it_starts"
            )
        ]
        indexes = [models.Index(fields=["user", "ends_on"], name="leave_of_person")]
