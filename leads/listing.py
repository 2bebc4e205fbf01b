"""The list of leads somebody sees: a page of it, how many there are, and what can be chosen from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db import connection

from leads import paging, stages
from leads.filters import LeadFilter
from leads.models import Standing, User
from leads.models.standing import StandingQuerySet

MOST_SOURCES = 200
LOOKED_AT = 5_000  # leads of one team: more than a rep ever sees, few enough to read


@dataclass(frozen=True)
class Listing:
    """What `user` may see of the leads that are `chosen`, at `now`; every answer is one query.

    A count never goes further than one past `paging.MOST`: that one stands for "more".
    """

    user: User
    chosen: LeadFilter
    now: datetime

    def page(self, cursor: str = "", *, columns: Sequence[str], size: int = paging.SIZE) -> paging.Page:
        """Rows as dicts of `columns`, which are paths from Standing (`lead__name`); any depth costs the same.

        Raises paging.CursorRefused.
        """
        order = paging.ORDERS[self.chosen.ordering]
        place = paging.Cursor.read(cursor, order)
        return paging.cut(self._rows(self.chosen), columns, order, place, size)

    def count(self) -> int:
        return paging.count_each({"all": self._rows(self.chosen)})["all"]

    def count_stages(self) -> dict[str, int]:
        """How many of the list there would be in each stage, whatever stages are chosen now."""
        return paging.count_each(self._in_each_stage())

    def counts(self) -> tuple[int, dict[str, int]]:
        """`count` and `count_stages` together: a page asks once."""
        counted = paging.count_each({"": self._rows(self.chosen)} | self._in_each_stage())
        return counted.pop(""), counted

    def _in_each_stage(self) -> dict[str, list[StandingQuerySet]]:
        everywhere = self._rows(self.chosen.without("stages"))
        return {stage: [rows.filter(stage=stage) for rows in everywhere] for stage in stages.STAGES}

    def most_helpful(self) -> tuple[str, int] | None:
        """Of an empty list: the one filter whose removal shows most leads, and how many."""
        names = self.chosen.active
        if not names:
            return None
        counted = paging.count_each({name: self._rows(self.chosen.without(name)) for name in names})
        best = max(names, key=lambda name: counted[name])
        return (best, counted[best]) if counted[best] else None

    def sources(self) -> list[str]:
        """The sources among the leads this person sees, the blank one included, in order."""
        if len(self._reaches) == 1:
            return _every_source()
        return paging.values_among(self._reaches, "source", at_most=LOOKED_AT)

    @cached_property
    def _reaches(self) -> list[StandingQuerySet]:
        return Standing.objects.reaches_of(self.user)

    def _rows(self, chosen: LeadFilter) -> list[StandingQuerySet]:
        return [chosen.narrow(rows, now=self.now) for rows in self._reaches]


def _every_source() -> list[str]:
    """Every source by one step along its index each, instead of reading a million rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE step(source) AS (
                SELECT min(source) FROM leads_standing
                UNION ALL
                SELECT (SELECT min(source) FROM leads_standing WHERE source > step.source)
                FROM step WHERE step.source IS NOT NULL
            )
            SELECT source FROM step WHERE source IS NOT NULL LIMIT %s
            """,
            [MOST_SOURCES],
        )
        return [source for (source,) in cursor.fetchall()]
