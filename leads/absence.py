"""Who is away when: days of leave, in each person's own time zone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from leads.models import User
from leads.models.people import Leave

A_DAY = timedelta(days=1)  # the date is not the same everywhere


@dataclass(frozen=True)
class Absences:
    """Leave that is not over, by person."""

    of: Mapping[int, Sequence[Leave]]

    @classmethod
    def read(cls, *, now: datetime) -> Self:
        """One statement; who is away is few."""
        found: dict[int, list[Leave]] = defaultdict(list)
        for one in Leave.objects.filter(cancelled_at=None, ends_on__gte=now.date() - A_DAY).order_by("pk"):
            found[one.user_id].append(one)
        return cls(dict(found))

    def at(self, user: User, moment: datetime) -> Leave | None:
        """The leave on which this person is at a moment."""
        if user.pk not in self.of:
            return None
        day = user.today(moment)
        return next((one for one in self.of[user.pk] if one.starts_on <= day <= one.ends_on), None)
