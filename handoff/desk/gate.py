"""The hand-over gate: the agreed definition asked of one lead before a person hands it over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from handoff import routing
from handoff.desk.floor import Desk
from handoff.models import Handoff, Queue
from handoff.values import values_of
from leads.models import Lead, User
from scoring import definition, readiness
from scoring.definition import Condition


@dataclass(frozen=True)
class Gate:
    """What stands against handing this lead over, and who would receive it if it happened now.

    `seen`: the lead as the conditions were asked of it; None while no model is published.
    """

    seen: readiness.Judged | None
    checks: tuple[Condition, ...]
    conditions: tuple[Condition, ...]
    queue: Queue | None
    likely_rep: User | None
    accept_due: datetime | None
    first_contact_due: datetime | None

    @property
    def blocked(self) -> bool:
        return any(one.level == "block" for one in self.conditions)

    @property
    def needs_note(self) -> bool:
        return any(one.level == "warn" for one in self.conditions)


def failed(lead: Lead, *, now: datetime) -> tuple[tuple[Condition, ...], tuple[Condition, ...]]:
    """All conditions, and those that fail with their level. Nothing new since a send-back always blocks."""
    return _failed(readiness.look(lead, now=now))


def _failed(seen: readiness.Judged | None) -> tuple[tuple[Condition, ...], tuple[Condition, ...]]:
    if seen is None:
        return (), ()
    stand = definition.gate(
        seen.model, seen.facts, seen.points, seen.at,
        sent_back_at=seen.lead.sent_back_at, override=seen.say.readiness,
    )  # fmt: skip
    nothing_new = [
        one._replace(level="block")
        for one in seen.verdict.conditions
        if one.code == "new_reaction" and not one.passed
    ]
    return seen.verdict.conditions, tuple([*stand, *nothing_new])


def gate(lead: Lead, *, now: datetime) -> Gate:
    """The gate as the hand-over page shows it; reads only."""
    seen = readiness.look(lead, now=now)
    checks, conditions = _failed(seen)
    desk = Desk.read(now=now)
    trial = Handoff(lead=lead, lane=1, trigger="person", evidence={})
    queue = desk.queue_for(1, values_of(trial))
    rep = _likely(queue, desk)
    due = {}
    if queue is not None:
        trial.queue, trial.policy = queue, desk.policies.get(queue.policy_slug)
        targets, hours = desk.targets_for(trial), desk.hours_of(trial)
        due = {
            kind: hours.due(now, timedelta(minutes=targets[kind])).due_at for kind in KINDS if kind in targets
        }
    return Gate(seen, checks, conditions, queue, rep, due.get("accept"), due.get("first_contact"))


KINDS = ("accept", "first_contact")


def _likely(queue: Queue | None, desk: Desk) -> User | None:
    """Who would be next; somebody quicker may change it before the press."""
    if queue is None:
        return None
    choice = routing.choose(queue.strategy, desk.candidates(queue, frozenset()))
    return desk.seats[queue.pk][choice.winner].member.user if choice.winner is not None else None
