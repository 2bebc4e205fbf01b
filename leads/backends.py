"""Who may come in: people who work here, until the last day that was agreed with them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from config.clock import now
from leads.models import User


def works_here(user: User) -> bool:
    """Active, and not past their last day (a date in their own time zone)."""
    return user.is_active and (user.ends_on is None or user.today(now()) <= user.ends_on)


class PeopleWhoWorkHere(ModelBackend):
    """Asked at every log-in and at every request of a session: whoever has left is out at once."""

    def user_can_authenticate(self, user: Any) -> bool:
        return isinstance(user, User) and works_here(user)
