"""P8: newly qualified leads pushed and routed, with receipt and clocks, by one router and by eight at once.

    ./run bench push [LEADS]

Beside it the raw limit: the same handoffs and clocks written by one statement each, nothing decided, taken back.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

from benchmarks import at_work, measure

RAW_OFFER = "UPDATE handoff_handoff SET state = 'offered', rep_id = %s, offered_at = now(), route_at = NULL, waiting_because = '', version = version + 1 WHERE state = 'waiting'"
RAW_CLOCKS = """
INSERT INTO handoff_clock (handoff_id, kind, state, started_at, target_minutes, goal, due_at, risk_at, segments, excuse)
SELECT id, kind, 'running', now(), 30, '{}', now() + interval '30 min', now() + interval '20 min', '[]', ''
FROM handoff_handoff, unnest(ARRAY['accept', 'first_contact', 'persistence']) kind WHERE state = 'offered'
"""


def main(many: int) -> None:
    with at_work.house("push") as house:
        from tests.chaos import company

        reps = company.open_for_work(reps=10)
        print(measure.surroundings())
        _raise_hands(many)
        _limit(many, reps[0].pk)
        _route(house, many, routers=1)
        _raise_hands(many)
        _route(house, many, routers=8)


def _raise_hands(many: int) -> None:
    """Demo requests scored and moved to `mql`, each with its waiting handoff."""
    from config import sweep
    from config.clock import now
    from leads import doorbell
    from tests.chaos import company

    with doorbell.silenced():
        company.hand_raisers(many)
        began, at = time.perf_counter(), now()
        while sweep.once(now=at, steps=sweep.SCORE_STEPS)["scored"]:
            pass
    print(
        f"scored and pushed to mql, one process      {many / (time.perf_counter() - began):9,.0f} leads/s   n {many:,}"
    )


def _limit(many: int, rep: int) -> None:
    from django.db import transaction

    with transaction.atomic():
        began = time.perf_counter()
        at_work.run(RAW_OFFER, [rep])
        at_work.run(RAW_CLOCKS)
        taken = time.perf_counter() - began
        transaction.set_rollback(True)
    print(f"limit, offered with three clocks by SQL     {many / taken:9,.0f} leads/s   n {many:,}")


def _route(house, many: int, *, routers: int) -> None:
    from handoff.models import Handoff
    from tests.chaos.forks import forked
    from tests.chaos.racing import _route_until_none_waits

    house.forget_connections()
    began = time.perf_counter()
    forked(routers, lambda number: _route_until_none_waits())
    taken = time.perf_counter() - began
    had = Counter(Handoff.objects.values_list("lead_id", flat=True))
    doubled, left = sum(count > 1 for count in had.values()), Handoff.objects.waiting().count()
    print(
        f"routed, {routers} router(s)                         {many / taken:9,.0f} leads/s   doubled {doubled}, left {left}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
