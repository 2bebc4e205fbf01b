"""A house at work to be measured: its own database and Redis, real processes on loopback (those of `tests/chaos`)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.chaos import servers
from tests.chaos.house import House

OFFERS = """
CREATE TABLE bench_offer (lead bigint, at timestamptz DEFAULT clock_timestamp());
CREATE FUNCTION bench_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO bench_offer (lead) VALUES (NEW.lead_id); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER bench_watch AFTER UPDATE ON handoff_handoff DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.state = 'offered' AND OLD.state <> 'offered') EXECUTE FUNCTION bench_note();
"""


@contextmanager
def house(name: str) -> Iterator[House]:
    """Migrated and empty; gone afterwards."""
    if why := servers.missing():
        sys.exit("; ".join(why))
    made = House(servers.database_url(), f"tasuki_bench_{name}_{os.getpid()}", seed=1)
    try:
        made.open()
        made.renew()
        yield made
    finally:
        made.close()


def watch_offers() -> None:
    """From now on each offer is noted as it commits."""
    run(OFFERS)


def offers() -> dict[int, float]:
    """When each lead's offer was committed, in seconds of the epoch."""
    return {int(lead): float(at) for lead, at in run("SELECT lead, extract(epoch FROM at) FROM bench_offer")}


def run(statement: str, values: Sequence[object] | None = None) -> list[tuple[object, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []
