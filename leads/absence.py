"""Who is away when: days of leave, in each person's own time zone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from leads.models.people import Leave

A_DAY = timedelta(days=1)  # the date is not the same everywhere


@dataclass(frozen=True)
class Absences:
    """Leave that is not over, by person, each with its person and their deputy."""

    of: Mapping[int, Sequence[Leave]]

    @classmethod
    def read(cls, *, now: datetime) -> Self:
        """One statement where nobody is away, and three where a few are."""
        found: dict[int, list[Leave]] = defaultdict(list)
        rows = Leave.objects.filter(cancelled_at=None, ends_on__gte=now.date() - A_DAY)
        for one in rows.prefetch_related("user__deputy").order_by("pk"):
            found[one.user_id].append(one)
        return cls(dict(found))

    def at(self, user: int | None, moment: datetime) -> Leave | None:
        """The leave on which this person is at a moment."""
        mine = self.of.get(user or 0, ())
        return next((one for one in mine if one.starts_on <= one.user.today(moment) <= one.ends_on), None)
