"""Fields of many stored rows in one plain statement.

Django's `bulk_update` builds a CASE for every field and row, which costs ten times what the database needs;
every score, every move and every offer is written by this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, models

BATCH = 200


def write(rows: Sequence[models.Model], fields: Sequence[str], *, at_once: int = BATCH) -> None:
    """Write these fields of stored rows of one model, 200 rows a statement, and nothing else of them.

    `at_once` rows in a statement for a few narrow fields; SQLite takes 32,766 values in all.
    """
    for start in range(0, len(rows), at_once):
        _write(rows[start : start + at_once], fields)


def _write(rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    meta, quote = rows[0]._meta, connection.ops.quote_name
    wanted: list[Any] = [meta.pk, *(meta.get_field(name) for name in fields)]
    key, *columns = [quote(field.column) for field in wanted]
    types = [
        field.rel_db_type(connection) if field.remote_field else field.db_type(connection) for field in wanted
    ]
    line = f"({', '.join(['%s'] * len(wanted))})"
    sql = (
        f"WITH said ({', '.join([key, *columns])}) AS (VALUES {', '.join([line] * len(rows))})"
        f" UPDATE {quote(meta.db_table)} SET {', '.join(_set(columns, types[1:]))}"
        f" FROM said WHERE {quote(meta.db_table)}.{key} = said.{key}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for row in rows for value in _values(row, wanted)])


def _set(columns: Sequence[str], types: Sequence[str | None]) -> Iterator[str]:
    """A column of nothing but NULL has no type of its own on PostgreSQL; SQLite needs to be told nothing."""
    for column, type in zip(columns, types, strict=True):
        yield (
            f"{column} = CAST(said.{column} AS {type})"
            if connection.vendor == "postgresql"
            else f"{column} = said.{column}"
        )


def _values(row: models.Model, fields: Sequence[Any]) -> Iterator[Any]:
    for field in fields:
        yield field.get_db_prep_save(getattr(row, field.attname), connection)
