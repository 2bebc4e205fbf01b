"""A dry run of routing: what would happen now, and to whom the next leads would go; nothing moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handoff import routing
from handoff.desk.floor import Desk
from handoff.desk.offering import asked_of, decide
from handoff.models import Handoff, Queue
from leads.models import User

MOST = 100


@dataclass(frozen=True)
class Rehearsed:
    """What routing would do: `rep` None means that it would wait, `why` says what for."""

    handoff: Handoff | None
    queue: Queue | None
    rep: User | None
    receipt: Mapping[str, Any]

    @property
    def why(self) -> str:
        return str(self.receipt["why"])


def rehearse(handoffs: Iterable[Handoff], *, now: datetime) -> list[Rehearsed]:
    """These waiting handoffs, as one batch of routing would decide on them."""
    ids = [one.pk for one in handoffs]
    rows = Handoff.objects.waiting().filter(pk__in=ids)
    rows = rows.select_related("lead__company", "lead__campaign", "lead__standing", "previous")
    desk, copies = Desk.read(now=now), list(rows.order_by("created_at", "pk"))
    for one in asked_of(copies, desk, now=now):
        decide(one, desk, now=now)
    return [Rehearsed(one, one.queue, one.rep, one.routing) for one in copies]


def next_of(queue: Queue, *, count: int, now: datetime) -> list[Rehearsed]:
    """To whom the next leads of a queue would go if nobody knew them, whatever the limit of the day."""
    desk, found = Desk.read(now=now), []
    seats = desk.seats.get(queue.pk, {})
    for _ in range(min(count, MOST) if seats else 0):
        choice = routing.choose(queue.strategy, desk.candidates(queue, frozenset()))
        desk.keep_credits(queue, choice.credits)
        seat = seats[choice.winner] if choice.winner is not None else None
        if seat is not None:
            seat.open, seat.today = seat.open + 1, seat.today + 1
        found.append(Rehearsed(None, queue, seat.member.user if seat else None, choice.receipt))
    return found
