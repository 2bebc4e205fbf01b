"""How a handoff, its clocks and a queue look in the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from handoff import words
from handoff.models import Clock, Handoff, HandoffQuerySet, Queue
from handoff.receipts import Reader
from leads.api.shapes import PersonShape, person
from leads.models import Lead, User

STATES = (*Handoff.OPEN, *Handoff.ENDED)


class WhomShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    company = serializers.CharField(allow_null=True)


class QueueNameShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    slug = serializers.CharField()


class PieceShape(serializers.Serializer[Any]):
    """A stretch of working time that counts."""

    to = serializers.DateTimeField()
    minutes = serializers.FloatField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`from` is a word of Python's, so it cannot stand above."""
        return {"from": serializers.DateTimeField()} | super().get_fields()


class ClockShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.CharField(help_text="accept, first_contact, persistence, report, answer")
    state = serializers.CharField()
    started_at = serializers.DateTimeField()
    target_minutes = serializers.FloatField()
    due_at = serializers.DateTimeField(allow_null=True)
    at_risk_from = serializers.DateTimeField(allow_null=True)
    met_at = serializers.DateTimeField(allow_null=True)
    breached_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    excused_at = serializers.DateTimeField(allow_null=True)
    goal = serializers.DictField(help_text="persistence: attempts, channels and what was made; report: from")
    segments = PieceShape(many=True)


class HandoffShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    lead = WhomShape()
    lane = serializers.IntegerField()
    queue = QueueNameShape(allow_null=True)
    rep = PersonShape(allow_null=True)
    state = serializers.CharField(help_text=", ".join(STATES))
    waiting_because = serializers.CharField()
    trigger = serializers.CharField()
    version = serializers.IntegerField(help_text="Rises when state, rep or queue changes")
    open_to_team = serializers.BooleanField()
    opening_line = serializers.CharField()
    note = serializers.CharField()
    created_at = serializers.DateTimeField()
    offered_at = serializers.DateTimeField(allow_null=True)
    reserved_until = serializers.DateTimeField(allow_null=True, help_text="Of a lead taken from a pull queue")
    accepted_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    handed_by = PersonShape(allow_null=True)
    accepted_by = PersonShape(allow_null=True)
    ended_by = PersonShape(allow_null=True)
    end_cause = serializers.CharField()
    reason = serializers.CharField()
    next_step = serializers.CharField()
    next_step_on = serializers.DateField(allow_null=True)
    wake_at = serializers.DateTimeField(allow_null=True)
    next_due_at = serializers.DateTimeField(allow_null=True)
    previous = serializers.IntegerField(allow_null=True)
    clocks = ClockShape(many=True)
    evidence = serializers.DictField(help_text="As it was when the lead was handed over")
    confirmed = serializers.DictField(
        help_text="By estimate (budget, timing): {says: yes or no, value, by, at}, once somebody made sure"
    )
    routing = serializers.DictField(
        help_text="Why this person; members' loads for who manages the queue only"
    )


PEOPLE = ("rep", "handed_by", "accepted_by", "ended_by")


def handoffs(rows: HandoffQuerySet) -> HandoffQuerySet:
    """All that `handoff` reads, in two statements."""
    return rows.select_related("lead__company", "queue__team", *PEOPLE).prefetch_related("clocks")


def handoff(one: Handoff, *, reader: Reader) -> dict[str, Any]:
    return {
        "id": one.pk,
        "lead": whom(one.lead),
        "lane": one.lane,
        "queue": queue_name(one.queue),
        "rep": person(one.rep),
        "state": one.state,
        "waiting_because": one.waiting_because if one.state == Handoff.WAITING else "",
        "trigger": one.trigger,
        "version": one.version,
        "open_to_team": one.open_to_team,
        "opening_line": words.opening_line(one),
        "note": one.note,
        "created_at": one.created_at,
        "offered_at": one.offered_at,
        "reserved_until": one.reserved_until if one.state == Handoff.OFFERED else None,
        "accepted_at": one.accepted_at,
        "ended_at": one.ended_at,
        "handed_by": person(one.handed_by),
        "accepted_by": person(one.accepted_by),
        "ended_by": person(one.ended_by),
        "end_cause": one.end_cause,
        "reason": one.reason,
        "next_step": one.next_step,
        "next_step_on": one.next_step_on,
        "wake_at": one.wake_at,
        "next_due_at": one.lead.next_due_at if one.is_open else None,
        "previous": one.previous_id,
        "clocks": [clock(row) for row in one.clocks.all()],
        "evidence": one.evidence,
        "confirmed": {field: _word(said) for field, said in one.confirmed.items()},
        "routing": reader.receipt(one),
    }


def _word(said: dict[str, Any]) -> dict[str, Any]:
    """What a person said of an estimate; what the lead's field held before is nobody's business."""
    return {name: said[name] for name in ("says", "value", "by", "at")}


def again(pk: int, user: User) -> dict[str, Any]:
    """A handoff as it is after an act of somebody who saw it a moment ago.

    Of one handoff its people are quicker asked for apart than joined four times.
    """
    one = Handoff.objects.select_related("lead__company", "queue__team").prefetch_related("clocks").get(pk=pk)
    people = User.objects.in_bulk({getattr(one, f"{name}_id") for name in PEOPLE} - {None})
    for name in PEOPLE:
        setattr(one, name, people.get(getattr(one, f"{name}_id")))
    return handoff(one, reader=Reader(user))


def queue_name(queue: Queue | None) -> dict[str, Any] | None:
    return {"id": queue.pk, "slug": queue.slug} if queue else None


def whom(lead: Lead) -> dict[str, Any]:
    company = lead.company.name if lead.company else None
    return {"id": lead.pk, "name": lead.display_name, "company": company}


def clock(one: Clock) -> dict[str, Any]:
    return {
        "id": one.pk,
        "kind": one.kind,
        "state": one.state,
        "started_at": one.started_at,
        "target_minutes": one.target_minutes,
        "due_at": one.due_at,
        "at_risk_from": one.risk_at,
        "met_at": one.met_at,
        "breached_at": one.breached_at,
        "ended_at": one.ended_at,
        "excused_at": one.excused_at,
        "goal": {name: value for name, value in one.goal.items() if name != "seen"},
        "segments": [piece(stretch) for stretch in one.segments],
    }


def piece(stretch: Sequence[Any]) -> dict[str, Any]:
    start, end, minutes = stretch
    return {"from": _z(start), "to": _z(end), "minutes": minutes}


def _z(at: str) -> str:
    return at.replace("+00:00", "Z")


class QueueShape(QueueNameShape):
    lane = serializers.IntegerField()
    team = serializers.CharField()
    strategy = serializers.CharField()
    policy = serializers.CharField()
    members = PersonShape(many=True)


def queue(one: Queue) -> dict[str, Any]:
    members: list[User] = [seat.user for seat in one.members.all() if seat.is_active]
    return {
        "id": one.pk,
        "slug": one.slug,
        "lane": one.lane,
        "team": one.team.slug,
        "strategy": one.strategy,
        "policy": one.policy_slug,
        "members": [person(user) for user in members],
    }
