"""What the database itself writes down about clocks that run out: a trigger of the harness, so that doubles show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db import connection

WATCH = """
CREATE TABLE IF NOT EXISTS chaos_breach (clock bigint, due timestamptz, at timestamptz DEFAULT clock_timestamp());
CREATE OR REPLACE FUNCTION chaos_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO chaos_breach (clock, due) VALUES (NEW.id, NEW.due_at); RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER chaos_watch AFTER UPDATE ON handoff_clock FOR EACH ROW
  WHEN (NEW.state = 'breached' AND (OLD.state <> 'breached' OR OLD.breached_at IS DISTINCT FROM NEW.breached_at))
  EXECUTE FUNCTION chaos_note();
"""


def breaches() -> None:
    """From now on every breach is noted with the moment it was written."""
    _run(WATCH)


def times() -> Counter[int]:
    """How often each clock was breached."""
    return Counter(pk for pk, _ in _rows())


def lateness() -> list[float]:
    """Seconds from each due time to its breach."""
    return [late for _, late in _rows()]


def _rows() -> list[tuple[int, float]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock, extract(epoch FROM at - due) FROM chaos_breach")
        return [(int(pk), float(late)) for pk, late in cursor.fetchall()]


def _run(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def let_run_out(clocks: Iterable[int], at: float, *, apart: float = 0.0) -> None:
    """These clocks are due then, each `apart` seconds after the one before; what they were is kept for `put_back`."""
    ids = list(clocks)
    _run("CREATE TABLE IF NOT EXISTS chaos_due (clock bigint PRIMARY KEY, due timestamptz)")
    _run(
        "INSERT INTO chaos_due SELECT id, due_at FROM handoff_clock WHERE id = ANY(%s) ON CONFLICT DO NOTHING",
        ids,
    )
    _run(
        "UPDATE handoff_clock c SET due_at = to_timestamp(%s + %s * n) FROM unnest(%s) WITH ORDINALITY told(id, n)"
        " WHERE told.id = c.id",
        at, apart, ids,
    )  # fmt: skip


def put_back(clocks: Iterable[int]) -> None:
    """The clocks run again as they were reckoned, so that the audit reads the house and not the harness."""
    _run("DROP TRIGGER chaos_watch ON handoff_clock")
    _run(
        "UPDATE handoff_clock c SET due_at = d.due, state = 'running', breached_at = NULL FROM chaos_due d"
        " WHERE d.clock = c.id AND c.id = ANY(%s)",
        list(clocks),
    )
