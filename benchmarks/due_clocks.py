"""P9: clocks that run out together: thousands in one second, a hundred thousand after an outage; the due query, and
a tick that finds nothing.

    ./run bench due_clocks [TOGETHER [AFTER_AN_OUTAGE [ALL]]]

One offered lead is copied by SQL with its handoff and its clocks. The desk's steps of the sweep are what acts.
Beside it the raw limit: one UPDATE of the same rows, taken back.
"""

from __future__ import annotations

import sys
import time

from benchmarks import at_work, measure

CLOCKS_OF_A_LEAD = 3
COPIES = """
INSERT INTO leads_lead SELECT (jsonb_populate_record(l, jsonb_build_object('id', l.id + n, 'external_id', NULL))).*
  FROM leads_lead l, generate_series(%(first)s, %(last)s) n WHERE l.id = %(lead)s;
INSERT INTO leads_standing SELECT (jsonb_populate_record(s, jsonb_build_object('lead_id', s.lead_id + n))).*
  FROM leads_standing s, generate_series(%(first)s, %(last)s) n WHERE s.lead_id = %(lead)s;
INSERT INTO handoff_handoff SELECT (jsonb_populate_record(h, jsonb_build_object('id', h.id + n, 'lead_id', h.lead_id + n))).*
  FROM handoff_handoff h, generate_series(%(first)s, %(last)s) n WHERE h.id = %(handoff)s;
INSERT INTO handoff_clock SELECT (jsonb_populate_record(c, jsonb_build_object('id', c.id + 10 * n, 'handoff_id', c.handoff_id + n))).*
  FROM handoff_clock c, generate_series(%(first)s, %(last)s) n WHERE c.handoff_id = %(handoff)s
"""


def main(together: int, outage: int, everything: int) -> None:
    with at_work.house("due_clocks"):
        from tests.chaos import company

        company.open_for_work(reps=10)
        (offer,) = company.offered(1)
        print(measure.surroundings())
        _copies(offer, everything // CLOCKS_OF_A_LEAD)
        _due_query(everything)
        _idle(everything)
        for many in (together, outage):
            _run_out(many)
            _limit(many)
            _act(many)


def _copies(offer, many: int) -> None:
    began = time.perf_counter()
    for statement in COPIES.split(";"):
        at_work.run(statement, {"first": 1, "last": many, "lead": offer.lead_id, "handoff": offer.pk})
    at_work.run(
        "UPDATE handoff_clock SET due_at = now() + interval '9 days' + id * interval '1 ms', risk_at = now() + interval '8 days'"
    )
    at_work.run("VACUUM ANALYZE")
    print(f"{many * CLOCKS_OF_A_LEAD:,} clocks made in {time.perf_counter() - began:.0f} s")


def _due_query(everything: int) -> None:
    from config.clock import now
    from handoff import timers

    print(
        measure.line(
            f"due query, {everything:,} clocks run, none is due",
            measure.seconds(lambda: timers.overdue(now=now()), times=100),
        )
    )


def _idle(everything: int) -> None:
    """What a tick costs while nothing is due, each second of the year."""
    from config import sweep
    from config.clock import now

    print(
        measure.line(
            f"a tick of the desk, {everything:,} clocks run, nothing is due",
            measure.seconds(lambda: sweep.once(now=now(), steps=sweep.DESK_STEPS), times=30),
        )
    )


def _run_out(many: int) -> None:
    at_work.run(
        "UPDATE handoff_clock SET due_at = now() - interval '1 s', risk_at = now() - interval '1 min' WHERE id IN"
        " (SELECT id FROM handoff_clock WHERE state = 'running' AND ended_at IS NULL ORDER BY id LIMIT %s)",
        [many],
    )


def _limit(many: int) -> None:
    from django.db import transaction

    with transaction.atomic():
        began = time.perf_counter()
        at_work.run(
            "UPDATE handoff_clock SET state = 'breached', breached_at = due_at WHERE state = 'running' AND ended_at IS NULL AND due_at < now()"
        )
        taken = time.perf_counter() - began
        transaction.set_rollback(True)
    print(f"limit, {many:,} in one UPDATE: {taken:.2f} s, {many / taken:,.0f}/s")


def _act(many: int) -> None:
    from config import sweep
    from config.clock import now
    from leads import doorbell

    began, rounds = time.perf_counter(), 0
    with doorbell.silenced():
        while any(sweep.once(now=now(), steps=sweep.DESK_STEPS).values()):
            rounds += 1
    taken = time.perf_counter() - began
    print(f"{many:,} due at once, one sweep: {taken:.2f} s, {many / taken:,.0f}/s, {rounds} rounds")


if __name__ == "__main__":
    numbers = [int(one) for one in sys.argv[1:]]
    main(*(numbers + [5_000, 100_000, 1_000_000][len(numbers) :]))
