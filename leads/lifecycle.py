"""The one door that moves a lead from stage to stage.

Everybody goes through `move` (or `move_many`, the same for a batch): pages, API, import and workers.
It asks the table, takes the version the person saw, writes append-only transitions and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from leads import news, rows, stages, standings, turns
from leads.models import AttributeChange, Lead, PlaybookSection, Standing, Transition, User

StageRefused = stages.StageRefused


class LeadChanged(Exception):
    """Somebody moved this lead since it was read: a conflict, not an error."""

    def __init__(self, lead: Lead, last: Transition | None) -> None:
        self.lead, self.last = lead, last
        super().__init__(f"lead {lead.pk} is at version {lead.version}")


@dataclass(frozen=True)
class Former:
    """A lead as it stood before the answer that is undone; `version` is its version of then."""

    version: int
    stage_entered_at: datetime
    trigger: str
    owner_id: int | None
    sent_back_at: datetime | None


@dataclass(frozen=True)
class Move:
    """A wish: bring this lead to that stage, because of that."""

    lead_id: int
    to: str
    cause: str
    by: User | None = None
    because: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    note: str = ""
    trigger: str = ""
    handoff_id: int | None = None
    version: int | None = None
    occurred_at: datetime | None = None
    owner: User | None = None
    clear_owner: bool = False
    wake_at: datetime | None = None
    wake_trigger: Mapping[str, Any] | None = None
    sent_back: bool = False
    outcome: str | None = None
    former: Former | None = None


@dataclass(frozen=True)
class Moved:
    """A wish come true: the lead as it is now, and its last transition."""

    move: Move
    lead: Lead
    transition: Transition


@transaction.atomic
def move(lead: Lead | int, *, to: str, cause: str, now: datetime, **wish: Any) -> Lead:
    """Move one lead. Raises StageRefused (the table) or LeadChanged (an older `version`)."""
    lead_id = lead if isinstance(lead, int) else lead.pk
    return move_many([Move(lead_id, to, cause, **wish)], now=now)[0].lead


@transaction.atomic
def move_many(moves: Sequence[Move], *, now: datetime) -> list[Moved]:
    """Move a batch, in a constant number of statements; one refusal refuses the batch."""
    locked = lock(move.lead_id for move in moves)
    review = PlaybookSection.objects.current("stages")
    steps: list[Transition] = []
    done = []
    for wish in moves:
        lead = locked[wish.lead_id]
        written = _walk(lead, wish, now=now)
        _settle(lead, wish, review, now=now)
        steps += written
        done.append(Moved(wish, lead, written[-1]))
    Transition.objects.bulk_create(steps)
    rows.write([moved.lead for moved in done], MOVED_FIELDS)
    standings.mirror(moved.lead for moved in done)
    news.stages_changed.announce(moves=done, now=now)
    return done


MOVED_FIELDS = [
    "stage",
    "stage_entered_at",
    "outcome",
    "version",
    "trigger",
    "owner",
    "next_side",
    "next_actor",
    "next_due_at",
    "wake_at",
    "wake_trigger",
    "sent_back_at",
]


def lock(lead_ids: Iterable[int]) -> dict[int, Lead]:
    """The leads, locked in the order of their ids so that two batches never wait for each other.

    Not against rows that point at a lead: a fact about it may be recorded meanwhile.
    """
    held = Lead.objects.select_for_update(no_key=True).filter(pk__in=set(lead_ids))
    return {lead.pk: lead for lead in held.order_by("pk")}


def hold(lead_ids: Iterable[int]) -> None:
    """The same lock, where the leads themselves need not be read."""
    held = Lead.objects.select_for_update(no_key=True).filter(pk__in=set(lead_ids)).order_by("pk")
    list(held.values_list("pk"))


def insist_on(lead: Lead, version: int | None) -> None:
    """The lead, locked, is the one the person saw. Raises LeadChanged."""
    if version is not None and version != lead.version:
        raise LeadChanged(lead, lead.transitions.order_by("-version").first())


@transaction.atomic
def give_to(lead: Lead, owner: User | None, *, by: User | None, now: datetime) -> None:
    """Another owner at the same stage; the lead is locked by the caller."""
    if lead.owner_id == (owner.pk if owner else None):
        return
    AttributeChange.objects.create(
        lead=lead,
        field="owner",
        old=lead.owner_id,
        new=owner.pk if owner else None,
        changed_at=now,
        changed_by=by,
    )
    lead.owner = owner
    lead.save(update_fields=["owner"])
    Standing.objects.filter(lead=lead).update(owner=owner)


@transaction.atomic
def hand_on(leads: Sequence[Lead], owner: User | None, *, now: datetime) -> None:
    """Another owner for these, and whose turn a promised date is with it. Locked by the caller."""
    review = PlaybookSection.objects.current("stages") if leads else {}
    AttributeChange.objects.bulk_create(
        AttributeChange(
            lead=lead, field="owner", old=lead.owner_id, new=owner.pk if owner else None, changed_at=now
        )
        for lead in leads
    )
    for lead in leads:
        lead.owner = owner
        if lead.wake_at is not None:
            _take_turn(lead, review)
    rows.write(leads, ["owner", "next_side", "next_actor", "next_due_at"])
    standings.mirror(leads)


@transaction.atomic
def drop_wake(lead: Lead, *, now: datetime) -> None:
    """The follow-up date is used up without a move: marketing's review. Locked by the caller."""
    lead.wake_at = lead.wake_trigger = None
    _take_turn(lead, PlaybookSection.objects.current("stages"), since=now)
    lead.save(update_fields=["wake_at", "wake_trigger", "next_side", "next_actor", "next_due_at"])
    standings.mirror([lead])


@transaction.atomic
def conclude(lead: Lead, outcome: str | None) -> None:
    """A lead at `opportunity` is won or lost, or open again (None); locked by the caller."""
    lead.outcome = outcome
    _take_turn(lead, PlaybookSection.objects.current("stages"))
    lead.save(update_fields=["outcome", "next_side", "next_actor", "next_due_at"])
    standings.mirror([lead])


def write_turns(leads: Sequence[Lead]) -> None:
    """Store whose turn it is for these leads, which the caller holds and has set."""
    rows.write(leads, ["next_side", "next_actor", "next_due_at"])
    standings.mirror(leads)


def begin(lead: Lead, *, cause: str, by: User | None, now: datetime) -> Transition:
    """The first transition of a lead that is not stored yet: – → `lead`. The caller saves both."""
    stages.path(None, stages.LEAD, cause=cause)
    start(lead, PlaybookSection.objects.current("stages"))
    return Transition(
        lead=lead,
        version=lead.version,
        end=lead.stage,
        occurred_at=lead.created_at,
        recorded_at=now,
        actor=by,
        cause=cause,
    )


def start(lead: Lead, review: Mapping[str, Any]) -> None:
    """Put a lead that is not stored yet at its first stage; `review` is the playbook's section `stages`."""
    lead.version, lead.stage, lead.stage_entered_at = 1, stages.LEAD, lead.created_at
    _take_turn(lead, review)


def _walk(lead: Lead, wish: Move, *, now: datetime) -> list[Transition]:
    """The transitions of one wish, passed stages marked implied; raises what is refused."""
    insist_on(lead, wish.version)
    stops = stages.path(lead.stage, wish.to, cause=wish.cause, reason=wish.reason)
    written = []
    for stop in stops:
        lead.version += 1
        written.append(_transition(lead, stop, wish, now=now, implied=stop != stops[-1]))
        lead.stage = stop
    return written


def _transition(lead: Lead, stop: str, wish: Move, *, now: datetime, implied: bool) -> Transition:
    return Transition(
        lead=lead,
        version=lead.version,
        start=lead.stage,
        end=stop,
        occurred_at=wish.occurred_at or now,
        recorded_at=now,
        actor=wish.by,
        cause=wish.cause,
        because=dict(wish.because) if implied or wish.wake_at is None else _promising(wish, wish.wake_at),
        reason=wish.reason,
        note=wish.note,
        handoff_id=wish.handoff_id,
        implied=implied,
        undoes=wish.former.version + 1 if wish.former else None,
    )


def _promising(wish: Move, wake_at: datetime) -> dict[str, Any]:
    """The promised day stays written where it was promised: the lead forgets it at its next move.

    The latest day of a trigger is none on which the lead comes back.
    """
    if wish.wake_trigger is not None:
        return {**wish.because, "wake_trigger": dict(wish.wake_trigger), "latest_at": wake_at.isoformat()}
    return {**wish.because, "wake_at": wake_at.isoformat()}


def _settle(lead: Lead, wish: Move, review: Mapping[str, Any], *, now: datetime) -> None:
    """What else changes with the stage: owner, outcome, wake, trigger, whose turn it is."""
    lead.stage_entered_at = wish.occurred_at or now
    lead.outcome = wish.outcome
    lead.wake_at = wish.wake_at
    lead.wake_trigger = dict(wish.wake_trigger) if wish.wake_trigger is not None else None
    lead.trigger = (wish.trigger or wish.cause) if lead.stage == stages.MQL else lead.trigger
    if wish.owner is not None or wish.clear_owner:
        lead.owner = wish.owner
    if wish.sent_back:
        lead.sent_back_at = now
    if wish.former is not None:
        _put_back(lead, wish.former)
    _take_turn(lead, review)


def _put_back(lead: Lead, former: Former) -> None:
    """As if it had never left: it stands there since it first came."""
    lead.stage_entered_at, lead.trigger = former.stage_entered_at, former.trigger
    lead.owner_id, lead.sent_back_at = former.owner_id, former.sent_back_at


def _take_turn(lead: Lead, review: Mapping[str, Any], since: datetime | None = None) -> None:
    turn = turns.on_the_ground(
        lead.stage,
        lead.outcome,
        entered_at=since or lead.stage_entered_at,
        owner=lead.owner_id,
        wake_at=lead.wake_at,
        review=turns.review_after(lead.stage, review),
    )
    lead.next_side, lead.next_actor_id, lead.next_due_at = turn.side, turn.actor, turn.due_at
