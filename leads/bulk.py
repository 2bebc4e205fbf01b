"""Many rows at once. PostgreSQL takes them by COPY, every other database by Django's own statements; a test
says that both write the same rows.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import islice, repeat
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models.base import ModelState

from leads import rows

CHUNK = 500
Row = TypeVar("Row", bound=models.Model)


def next_ids(model: type[models.Model], count: int) -> list[int]:
    """`count` new ids of this table, for rows that point at each other before they are written."""
    if not count:
        return []
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
            )
            return [row[0] for row in cursor.fetchall()]
        # One writer: inside its transaction nobody else takes a number.
        cursor.execute(f"SELECT max(id) FROM {connection.ops.quote_name(table)}")
        newest = cursor.fetchone()[0] or 0
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = max(newest, *(row[0] for row in cursor.fetchall()), 0)
    return list(range(last + 1, last + 1 + count))


def quick(model: type[Row], **values: Any) -> Row:
    """`model(**values)` by column names, without the checks that cost more than the row: for rows by the
    hundred thousand. Its defaults are worked out once."""
    row = model.__new__(model)
    row.__dict__.update(_defaults(model), _state=ModelState(), **values)
    return row


@cache
def _defaults(model: type[models.Model]) -> Mapping[str, Any]:
    """A mutable default is shared by all: whoever changes one gives the row its own."""
    return {name: value for name, value in model().__dict__.items() if name != "_state"}


def insert(model: type[models.Model], new: Sequence[models.Model]) -> None:
    """Write new rows. They keep the ids they have; where they have none the database counts on."""
    if not new:
        return
    if connection.vendor == "postgresql":
        _copy(model, new, model._meta.db_table)
    else:
        model._default_manager.bulk_create(new, batch_size=CHUNK)


def update(model: type[models.Model], changed: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Write these fields of stored rows, in the order of their ids."""
    if not changed:
        return
    changed = sorted(changed, key=lambda row: row.pk)
    if connection.vendor == "postgresql":
        _update_from_staging(model, changed, fields)
    else:
        rows.write(changed, fields)


def _update_from_staging(model: type[models.Model], changed: Sequence[Any], fields: Sequence[str]) -> None:
    meta, quote = model._meta, connection.ops.quote_name
    columns = [quote(str(meta.get_field(name).column)) for name in fields]  # type: ignore[union-attr]
    key, staging = quote(str(meta.pk.column)), quote(f"staged_{meta.db_table}")
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE {staging} ON COMMIT DROP AS"
            f" SELECT {', '.join([key, *columns])} FROM {quote(meta.db_table)} WHERE false"
        )
    _copy(model, changed, f"staged_{meta.db_table}", [str(meta.pk.name), *fields])
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quote(meta.db_table)} t SET {', '.join(f'{c} = s.{c}' for c in columns)}"
            f" FROM {staging} s WHERE t.{key} = s.{key}"
        )
        cursor.execute(f"DROP TABLE {staging}")


def _copy(model: type[models.Model], written: Sequence[Any], table: str, names: Sequence[str] = ()) -> None:
    fields = [field for field in model._meta.concrete_fields if not names or field.name in names]
    if not names and written[0].pk is None:
        fields = [field for field in fields if not field.primary_key]
    cells = [row.__dict__ for row in written]
    columns = [_column([values[field.attname] for values in cells], field) for field in fields]
    lines = io.StringIO("".join(["\t".join(line) + "\n" for line in zip(*columns, strict=True)]))
    quote = connection.ops.quote_name
    named = ", ".join(quote(str(field.column)) for field in fields)
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(f"COPY {quote(table)} ({named}) FROM STDIN", lines)


def _column(values: list[Any], field: models.Field[Any, Any]) -> Iterable[str]:
    """A column in COPY's own writing; most are one value again and again, or text without anything odd."""
    write = _writer(field)
    is_safe = write is not _json or values[0] is None or values[0] == {}  # in JSON 1, 1.0 and true differ
    if is_safe and values.count(values[0]) == len(values):
        return repeat(write(values[0]), len(values))
    if write is _text and None not in values:
        joined = "".join(values)
        if joined.isprintable() and "\\" not in joined:
            return values
    return map(write, values)


def _writer(field: models.Field[Any, Any]) -> Callable[[Any], str]:
    if isinstance(field, models.JSONField):
        return _json
    if isinstance(field, models.DateField):
        return _moment
    if isinstance(field, models.BooleanField):
        return _flag
    if isinstance(field, models.CharField | models.TextField):
        return _text
    return _number


def _text(value: str | None) -> str:
    if value is None:
        return "\\N"
    return value if value.isprintable() and "\\" not in value else _escaped(value)


def _escaped(value: str) -> str:
    value = value.replace("\\", "\\\\").replace("\n", "\\n")
    return value.replace("\r", "\\r").replace("\t", "\\t")


def _moment(value: date | None) -> str:
    return "\\N" if value is None else value.isoformat()


def _flag(value: bool | None) -> str:
    return "\\N" if value is None else "t" if value else "f"


def _number(value: int | None) -> str:
    return "\\N" if value is None else str(value)


def _json(value: Any) -> str:
    if value == {}:
        return "{}"
    return "\\N" if value is None else _escaped(json.dumps(value, ensure_ascii=False))


def among(found: models.QuerySet[Row], column: str, words: Sequence[str]) -> models.QuerySet[Row]:
    """Those of which this column is one of these words: on PostgreSQL one array, where Django would look at
    every single parameter."""
    if connection.vendor != "postgresql":
        return found.filter(**{f"{column}__in": words})
    quote = connection.ops.quote_name
    place = f"{quote(found.model._meta.db_table)}.{quote(column)}"
    return found.extra(where=[f"{place} = ANY(%s)"], params=[list(words)])


def chunks(items: Iterable[Any], size: int = 2000) -> Iterable[list[Any]]:
    """Items in lists of at most `size`, for `IN (…)`."""
    source = iter(items)
    while part := list(islice(source, size)):
        yield part
