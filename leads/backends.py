"""Who may come in: people who work here, until the last day that was agreed with them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from config.clock import now
from leads.models import User


def works_here(user: User) -> bool:
    """The database's clock is asked only for people with a last day."""
    return user.is_active and (user.ends_on is None or user.works_here(now()))


class PeopleWhoWorkHere(ModelBackend):
    """Asked at every log-in and at every request of a session: whoever has left is out at once."""

    def user_can_authenticate(self, user: Any) -> bool:
        return isinstance(user, User) and works_here(user)
