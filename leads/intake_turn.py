"""Two that bring the same new person at the same moment wait for each other, so that it stays one lead.

An e-mail is no unique column (a family or an office may share one), so a constraint cannot say it.
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

from django.db import connection

_CLASS, BUCKETS = 7_305_417, 64


def hold(keys: Iterable[str | None]) -> None:
    """Hold the turn for these addresses, ids and companies until the transaction ends."""
    _hold(sorted({crc32(key.encode()) % BUCKETS for key in keys if key}))


def hold_all() -> None:
    """Hold every turn: a batch of an import."""
    _hold(list(range(BUCKETS)))


def _hold(buckets: list[int]) -> None:
    """In the order of their numbers, so that two never wait crosswise. SQLite has one writer anyway."""
    if connection.vendor != "postgresql" or not buckets:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(pg_advisory_xact_lock(%s, b)) FROM unnest(%s) b", [_CLASS, buckets])
