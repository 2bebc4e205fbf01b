"""Pages of a list by the key of its last row, not by counting: page 1,000 costs what page 1 costs.

Rows that arrive or leave while somebody turns pages are neither shown twice nor lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Q
from django.db.models.expressions import OrderBy
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from leads.models.leads import LeadQuerySet

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
            key.nulls_last, key.nulls_first = (None, True) if backwards else (True, None)
        return [key, F("standing__lead").desc() if down else F("standing__lead").asc()]

    def beyond(self, key: Any, lead: int, *, backwards: bool) -> Q:
        """What lies on the far side of a row, as one comparison an index can begin at."""
        down = self.descending != backwards
        if key is None:
            among_empty = Q(
                **{f"{self.path}__isnull": True, f"standing__lead__{'lt' if down else 'gt'}": lead}
            )
            return among_empty | Q(**{f"{self.path}__isnull": False}) if backwards else among_empty
        compare = TupleLessThan if down else TupleGreaterThan
        far = Q(compare(Tuple(F(self.path), F("standing__lead_id")), (key, lead)))
        reaches_empty = self.may_be_empty and not backwards
        return far | Q(**{f"{self.path}__isnull": True}) if reaches_empty else far


ORDERS: Mapping[str, Order] = {
    order.name: order
    for order in (
        Order("-readiness", "standing__readiness", descending=True),
        Order("readiness", "standing__readiness"),
        Order("next_due_at", "standing__next_due_at", may_be_empty=True),
        Order("id", "standing__lead_id"),
        Order("-id", "standing__lead_id", descending=True),
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
    leads: LeadQuerySet, columns: Sequence[str], order: Order, cursor: Cursor | None, size: int = SIZE
) -> Page:
    """One page of `leads` as dicts of `columns`; one query."""
    backwards = cursor is not None and cursor.side == BEFORE
    if cursor is not None:
        leads = leads.filter(order.beyond(cursor.key, cursor.lead, backwards=backwards))
    found = leads.order_by(*order.by(backwards=backwards)).values(*columns, key=F(order.path), at=F("pk"))
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


def count_each(wanted: Mapping[str, LeadQuerySet]) -> dict[str, int]:
    """How many each has, counting no further than one past MOST; all in one query."""
    parts: list[str] = []
    params: list[Any] = []
    for leads in wanted.values():
        try:
            sql, given = leads.order_by().values("pk")[: MOST + 1].query.sql_with_params()
        except EmptyResultSet:
            sql, given = "SELECT 1 WHERE 1 = 0", ()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")
        params += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        return dict(zip(wanted, cursor.fetchone(), strict=True))


def _first(cursor: Cursor | None, found: int, *, more: bool) -> int:
    """The number of the first row. Turning back to the very beginning, it is known to be 1 again."""
    if cursor is None:
        return 1
    if cursor.side == AFTER:
        return cursor.position
    return max(1, cursor.position - found) if more else 1


def _beside(row: Mapping[str, Any], order: Order, side: str, position: int) -> Cursor:
    return Cursor(order.name, side, row["key"], row["at"], position)
