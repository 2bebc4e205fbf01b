"""What every benchmark prints: median, p95, n, versions, cores; and the raw limit beside it in the same run."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence


def seconds(act: Callable[[], object], *, times: int) -> list[float]:
    """How long each of `times` calls took."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return taken


def median(taken: Sequence[float]) -> float:
    return statistics.median(taken)


def p95(taken: Sequence[float]) -> float:
    """The value 95 % of the measurements do not exceed."""
    return sorted(taken)[max(0, -(-len(taken) * 95 // 100) - 1)]


def line(what: str, taken: Sequence[float], *, per: int = 1, unit: str = "ms") -> str:
    """One line of a result: `per` is how many things one measurement did."""
    scale = {"ms": 1e3, "µs": 1e6, "s": 1}[unit] / per
    figures = f"median {median(taken) * scale:9.2f} {unit}   p95 {p95(taken) * scale:9.2f} {unit}"
    return f"{what:48} {figures}   n {len(taken)}"


def surroundings() -> str:
    """Versions, cores, and how busy the machine was: without it no figure can be compared."""
    import django
    from django.db import connection

    load = os.getloadavg()[0]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            database = f"PostgreSQL {cursor.fetchone()[0].split()[0]}"
    else:
        import sqlite3

        database = f"SQLite {sqlite3.sqlite_version}"
    return (
        f"Python {platform.python_version()} · Django {django.get_version()} · {database}"
        f" · {os.cpu_count()} cores · load {load:.1f} · {time.strftime('%Y-%m-%d')}"
    )
