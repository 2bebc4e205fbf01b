"""Pages of a list by the key of its last row, not by counting: page 1,000 costs what page 1 costs.

Rows that arrive or leave while somebody turns pages are neither shown twice nor lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Q
from django.db.models.expressions import OrderBy
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from leads.models import Standing
from leads.models.standing import StandingQuerySet

MOST = 10_000
SIZE = 50
SALT = "leads.paging"
AFTER, BEFORE = "after", "before"


class CursorRefused(Exception):
    """A cursor nobody gave out, or one of another order. The list begins again from its start."""


@dataclass(frozen=True)
class Order:
    """A column of the list and a direction; the lead's number decides between equals.

    Rows without a value come last, in either direction of turning pages.
    """

    name: str
    path: str
    descending: bool = False
    may_be_empty: bool = False

    def by(self, *, backwards: bool) -> list[OrderBy]:
        down = self.descending != backwards
        key = F(self.path).desc() if down else F(self.path).asc()
        if self.may_be_empty:
            key.nulls_last, key.nulls_first = (None, True) if backwards else (True, None)  # type: ignore[assignment]
        return [key, F("lead_id").desc() if down else F("lead_id").asc()]

    def beyond(self, key: Any, lead: int, *, backwards: bool) -> Q:
        """What lies on the far side of a row, as one comparison an index can begin at."""
        down = self.descending != backwards
        if key is None:
            among_empty = Q(**{f"{self.path}__isnull": True, f"lead_id__{'lt' if down else 'gt'}": lead})
            return among_empty | Q(**{f"{self.path}__isnull": False}) if backwards else among_empty
        compare = TupleLessThan if down else TupleGreaterThan
        far = Q(compare(Tuple(F(self.path), F("lead_id")), (key, lead)))
        reaches_empty = self.may_be_empty and not backwards
        return far | Q(**{f"{self.path}__isnull": True}) if reaches_empty else far


ORDERS: Mapping[str, Order] = {
    order.name: order
    for order in (
        Order("-readiness", "readiness", descending=True),
        Order("readiness", "readiness"),
        Order("next_due_at", "next_due_at", may_be_empty=True),
        Order("id", "lead_id"),
        Order("-id", "lead_id", descending=True),
    )
}


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: `key` and `lead` of the row beside it, `position` of the first row shown."""

    order: str
    side: str
    key: Any
    lead: int
    position: int

    def __str__(self) -> str:
        key = self.key.isoformat() if isinstance(self.key, datetime) else self.key
        return signing.dumps([self.order, self.side, key, self.lead, self.position], salt=SALT)

    @classmethod
    def read(cls, text: str, order: Order) -> Cursor | None:
        """The cursor of a query string, None for an empty one. Raises CursorRefused."""
        if not text:
            return None
        try:
            name, side, key, lead, position = signing.loads(text, salt=SALT)
        except (signing.BadSignature, ValueError) as refused:
            raise CursorRefused from refused
        if name != order.name:
            raise CursorRefused
        return cls(name, side, datetime.fromisoformat(key) if isinstance(key, str) else key, lead, position)


@dataclass(frozen=True)
class Page:
    """Rows as dicts, the cursors to either side, and the number of the first row as far as known."""

    rows: list[dict[str, Any]]
    next: Cursor | None
    previous: Cursor | None
    first: int

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def cut(
    reaches: Sequence[StandingQuerySet],
    columns: Sequence[str],
    order: Order,
    cursor: Cursor | None,
    size: int = SIZE,
) -> Page:
    """One page as dicts of `columns` (and `lead_id`); one query. `reaches` are alternatives (OR)."""
    backwards = cursor is not None and cursor.side == BEFORE
    if cursor is not None:
        beyond = order.beyond(cursor.key, cursor.lead, backwards=backwards)
        reaches = [rows.filter(beyond) for rows in reaches]
    by = order.by(backwards=backwards)
    found = _merged(reaches, by, size + 1).values(*columns, "lead_id", key=F(order.path))
    rows: list[dict[str, Any]] = list(found[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    first = _first(cursor, len(rows), more=more)
    has_next, has_previous = (True, more) if backwards else (more, cursor is not None)
    return Page(
        rows,
        _beside(rows[-1], order, AFTER, first + len(rows)) if rows and has_next else None,
        _beside(rows[0], order, BEFORE, first) if rows and has_previous else None,
        first,
    )


def _merged(reaches: Sequence[StandingQuerySet], by: Sequence[OrderBy], size: int) -> StandingQuerySet:
    """The first rows of all alternatives together, each row once."""
    if not reaches:
        return Standing.objects.none()
    if len(reaches) == 1:
        return reaches[0].order_by(*by)
    # SQLite takes no LIMIT inside a UNION, but inside an IN inside it.
    tops = [rows.order_by(*by)[:size].values("pk") for rows in reaches]
    first, *others = [Standing.objects.filter(pk__in=top).values("pk") for top in tops]
    return Standing.objects.filter(pk__in=first.union(*others)).order_by(*by)


def count_each(wanted: Mapping[str, Sequence[StandingQuerySet]]) -> dict[str, int]:
    """How many each choice has, counting no further than one past MOST; all in one query."""
    parts, params = [], []
    for reaches in wanted.values():
        sql, given = _either(reaches, "pk", MOST + 1)
        parts.append(f"(SELECT count(*) FROM ({sql} LIMIT {MOST + 1}) AS counted)")
        params += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        return dict(zip(wanted, cursor.fetchone(), strict=True))


def values_among(reaches: Sequence[StandingQuerySet], column: str, *, at_most: int) -> list[str]:
    """The different values of a column among the first `at_most` rows of each alternative."""
    sql, params = _either(reaches, column, at_most)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return sorted(value for (value,) in cursor.fetchall())


def _either(reaches: Sequence[StandingQuerySet], column: str, at_most: int) -> tuple[str, list[Any]]:
    """One column of the rows in any of the alternatives, each value once, as SQL for either database."""
    parts: list[str] = []
    params: list[Any] = []
    for place, rows in enumerate(reaches):
        with suppress(EmptyResultSet):
            sql, given = rows.order_by().values(column)[:at_most].query.sql_with_params()
            parts.append(f"SELECT * FROM ({sql}) AS reach{place}")
            params += given
    if not parts:
        return "SELECT 1 WHERE 1 = 0", []
    return " UNION ".join(parts), params


def _first(cursor: Cursor | None, found: int, *, more: bool) -> int:
    """The number of the first row. Turning back to the very beginning, it is known to be 1 again."""
    if cursor is None:
        return 1
    if cursor.side == AFTER:
        return cursor.position
    return max(1, cursor.position - found) if more else 1


def _beside(row: Mapping[str, Any], order: Order, side: str, position: int) -> Cursor:
    return Cursor(order.name, side, row["key"], row["lead_id"], position)
