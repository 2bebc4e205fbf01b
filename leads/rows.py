"""Fields of many stored rows in one plain statement.

Django's `bulk_update` builds a CASE for every field and row, which costs ten times what the database needs;
every score, every move and every offer is written by this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, connections, models

BATCH = 200
BATCH_OF_PLAIN = 500


def write(rows: Sequence[models.Model], fields: Sequence[str], *, at_once: int = BATCH) -> None:
    """Write these fields of stored rows of one model, 200 rows a statement, and nothing else of them.

    `at_once` rows in a statement for a few narrow fields; SQLite takes 32,766 values in all.
    """
    if rows:
        wanted = _wanted(type(rows[0]), fields)
        _write(wanted, [_values(row, wanted) for row in rows], at_once=at_once)


def write_plain(model: type[models.Model], fields: Sequence[str], lines: Sequence[tuple[Any, ...]]) -> None:
    """The same from tuples, the key first: numbers, texts and moments, which a field need not prepare."""
    adapt = connection.ops.adapt_datetimefield_value
    prepared = [[adapt(one) if isinstance(one, datetime) else one for one in line] for line in lines]
    _write(_wanted(model, fields), prepared, at_once=BATCH_OF_PLAIN)


def _wanted(model: type[models.Model], fields: Sequence[str]) -> list[Any]:
    return [model._meta.pk, *(model._meta.get_field(name) for name in fields)]


def _write(wanted: Sequence[Any], lines: Sequence[Sequence[Any]], *, at_once: int) -> None:
    for start in range(0, len(lines), at_once):
        batch = lines[start : start + at_once]
        with connection.cursor() as cursor:
            cursor.execute(_sql(wanted, len(batch)), [value for line in batch for value in line])


def _sql(wanted: Sequence[Any], count: int) -> str:
    quote = connection.ops.quote_name
    table = quote(wanted[0].model._meta.db_table)
    key, *columns = [quote(field.column) for field in wanted]
    types = [
        field.rel_db_type(connection) if field.remote_field else field.db_type(connection) for field in wanted
    ]
    line = f"({', '.join(['%s'] * len(wanted))})"
    return (
        f"WITH said ({', '.join([key, *columns])}) AS (VALUES {', '.join([line] * count)})"
        f" UPDATE {table} SET {', '.join(_set(columns, types[1:]))}"
        f" FROM said WHERE {table}.{key} = said.{key}"
    )


def _set(columns: Sequence[str], types: Sequence[str | None]) -> Iterator[str]:
    """A column of nothing but NULL has no type of its own on PostgreSQL; SQLite needs to be told nothing."""
    for column, type in zip(columns, types, strict=True):
        yield (
            f"{column} = CAST(said.{column} AS {type})"
            if connection.vendor == "postgresql"
            else f"{column} = said.{column}"
        )


def _values(row: models.Model, fields: Sequence[Any]) -> list[Any]:
    database = connections[connection.alias]  # not the proxy: asking that for it costs more than the rest
    return [field.get_db_prep_save(getattr(row, field.attname), database) for field in fields]
