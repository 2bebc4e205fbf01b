"""One clock: a face or a worker asks it once per unit of work; doors take the answer as `now`."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection


def now() -> datetime:
    """The present in UTC: PostgreSQL's clock where there is one, so that all app servers agree."""
    if connection.vendor != "postgresql":
        return datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0].astimezone(UTC)
