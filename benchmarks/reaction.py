"""P4: a reaction is posted, scored, makes an MQL and is offered to a rep with its clocks: from post to that commit.

    ./run bench reaction [SECONDS]

100 events/s in posts of 10, 5 of 100 qualifying; then single posts at 40/s; through web, workers, beat and sweep
of their own. Beside it the raw limit: one activity, one score, one handoff and one clock written and committed.
"""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from benchmarks import at_work, measure

CLIENTS = 4


def main(seconds: int) -> None:
    with at_work.house("reaction") as house:
        from tests.chaos import company

        company.open_for_work(reps=10)
        _raw()
        house.start("web", "scores", "desk", "beat", "sweep")
        time.sleep(6)
        at_work.watch_offers()
        _warm(house)
        print(measure.surroundings())
        _posts(
            house,
            "100 events/s in posts of 10, 5 % qualifying",
            seconds=seconds,
            per_second=10,
            size=10,
            qualifying=20,
        )
        _posts(
            house,
            "single posts at 40/s, 5 % qualifying",
            seconds=seconds,
            per_second=40,
            size=1,
            qualifying=20,
        )


def _warm(house: object) -> None:
    _posts(house, "", seconds=3, per_second=10, size=1, qualifying=2)


def _posts(house, what: str, *, seconds: int, per_second: int, size: int, qualifying: int) -> None:
    """Posts at a fixed rate, each at its moment whether the one before is answered or not."""
    from config.clock import now
    from leads import doorbell
    from tests.chaos import company
    from tests.chaos.calls import Client

    with doorbell.silenced():
        ids = company.leads(seconds * per_second * size, at=now())
    company.settle()
    token, local, answered = company.token(), threading.local(), []
    posted: dict[int, float] = {}

    def post(batch: list[int]) -> None:
        if not hasattr(local, "client"):
            local.client = Client(house.port, token)
        moment = datetime.now(UTC).isoformat()
        kinds = {pk: "demo_request" if pk % qualifying == 0 else "page_view" for pk in batch}
        body = [
            {"lead": pk, "type": kind, "occurred_at": moment, "source": "web", "external_id": f"b{pk}"}
            for pk, kind in kinds.items()
        ]
        at = time.time()
        posted.update({pk: at for pk, kind in kinds.items() if kind == "demo_request"})
        answered.append(local.client.post("activities/", body if size > 1 else body[0]).seconds)

    with ThreadPoolExecutor(CLIENTS) as pool:
        began = time.monotonic()
        for number, start in enumerate(range(0, len(ids), size)):
            time.sleep(max(0.0, began + number / per_second - time.monotonic()))
            pool.submit(post, ids[start : start + size])
    house.wait(lambda: set(posted) <= set(at_work.offers()), seconds=120)
    offered = at_work.offers()
    if what:
        print(measure.line(f"{what}: answer", answered))
        print(measure.line(f"{what}: in a queue", [offered[pk] - at for pk, at in posted.items()]))


def _raw() -> None:
    """The rows of one such event, written by SQL alone and committed."""
    at_work.run(
        "CREATE TABLE bench_raw (id bigserial PRIMARY KEY, lead bigint, what jsonb, at timestamptz DEFAULT now())"
    )

    def one() -> None:
        at_work.run(
            "WITH a AS (INSERT INTO bench_raw (lead, what) VALUES (1, '{}') RETURNING id)"
            " INSERT INTO bench_raw (lead, what) SELECT id, '{\"score\": 1}' FROM a, generate_series(1, 4)"
        )

    print(measure.line("limit: five rows in one statement, committed", measure.seconds(one, times=300)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
