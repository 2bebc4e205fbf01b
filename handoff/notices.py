"""Notices of one person: how many are unread, the latest ones, and the doors that mark them read."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from handoff.models import Notice
from leads.models import User

MOST_COUNTED = 100  # the bell says 99+ beyond: counting on would not help anybody


def of(user: User) -> QuerySet[Notice]:
    """Their own and nobody else's, newest first."""
    return Notice.objects.filter(recipient=user).order_by("-created_at", "-pk")


def unread(user: User) -> int:
    """At most `MOST_COUNTED`: one small query for the shell of every page."""
    return Notice.objects.filter(recipient=user, read_at=None)[:MOST_COUNTED].count()


def read(user: User, *, pk: int, now: datetime) -> None:
    """One of theirs; the first reading is the one that counts."""
    Notice.objects.filter(recipient=user, pk=pk, read_at=None).update(read_at=now)


def read_until(user: User, *, pk: int, now: datetime) -> int:
    """Everything up to the newest one that was on the page; what came since is still new."""
    return Notice.objects.filter(recipient=user, pk__lte=pk, read_at=None).update(read_at=now)
