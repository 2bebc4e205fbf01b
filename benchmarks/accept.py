"""P10: accepting a lead through the API, one after the other; and 200 at once on one lead.

    ./run bench accept [LEADS [ROUNDS]]

Beside it the raw limit: the conditional update alone, committed; and the cheapest answer of the API.
"""

from __future__ import annotations

import sys
from functools import partial

from benchmarks import at_work, measure

REPS = 200


def main(many: int, rounds: int) -> None:
    with at_work.house("accept") as house:
        from handoff.models import Handoff
        from tests.chaos import company
        from tests.chaos.calls import Client

        reps = company.open_for_work(reps=REPS)
        offers = company.offered(many + rounds)
        tokens = {one.pk: company.token(one.email) for one in reps}
        house.start("web")
        print(measure.surroundings())
        print(
            measure.line(
                "limit: conditional UPDATE, committed",
                measure.seconds(partial(_raw, offers[0].pk), times=200),
            )
        )
        client = Client(house.port, tokens[reps[0].pk])
        print(measure.line("cheapest answer (queues)", [client.get("queues/").seconds for _ in range(100)]))
        taken = []
        for one in offers[:many]:
            mine = Client(house.port, tokens[one.rep_id])
            mine.open()
            answer = mine.post(f"handoffs/{one.pk}/accept/", {"version": one.version})
            assert answer.status == 200, answer
            taken.append(answer.seconds)
            mine.close()
        print(measure.line("accept, one after the other", taken))
        Handoff.objects.update(open_to_team=True)
        _at_once(house, offers[many:], list(tokens.values()))


def _at_once(house, offers, tokens: list[str]) -> None:
    from tests.chaos.calls import Client, at_once

    winners, seconds = [], []
    for one in offers:
        clients = [Client(house.port, token) for token in tokens]
        for client in clients:
            client.open()
        path = f"handoffs/{one.pk}/accept/"
        answers = at_once([partial(client.post, path, {"version": one.version}) for client in clients])
        winners.append(sum(answer.status == 200 for answer in answers))
        seconds += [answer.seconds for answer in answers]
        for client in clients:
            client.close()
    print(measure.line(f"{REPS} at once on one lead, {len(offers)} rounds", seconds))
    print(f"winners a round: {sorted(set(winners))}")


def _raw(pk: int) -> None:
    at_work.run(
        "UPDATE handoff_handoff SET note = note WHERE id = %s AND state = 'offered' AND version > 0", [pk]
    )


if __name__ == "__main__":
    numbers = [int(one) for one in sys.argv[1:]]
    main(*(numbers + [200, 10][len(numbers) :]))
