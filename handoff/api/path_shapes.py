"""How a meeting and an opportunity look in the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from handoff.api.shapes import WhomShape, whom
from leads.api.shapes import PersonShape, person
from leads.models import Meeting, Opportunity


class GuestShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()


class MeetingShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    lead = WhomShape()
    handoff = serializers.IntegerField(allow_null=True)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    mode = serializers.ChoiceField(Meeting.MODES)
    place = serializers.CharField()
    url = serializers.CharField()
    ours = PersonShape(many=True)
    theirs = GuestShape(many=True)
    confirmed = serializers.DictField()
    state = serializers.CharField(help_text=", ".join(Meeting.STATES))
    replaces = serializers.IntegerField(allow_null=True, help_text="The meeting that was moved to this time")
    verdict = serializers.CharField(help_text="valid, invalid; empty until somebody says so")
    verdict_reason = serializers.CharField()
    went_well = serializers.ListField(child=serializers.CharField())
    verdict_at = serializers.DateTimeField(allow_null=True)
    verdict_by = PersonShape(allow_null=True)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    created_by = PersonShape(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


PLAIN = (
    "starts_at", "ends_at", "mode", "place", "url", "theirs", "confirmed", "state", "verdict",
    "verdict_reason", "went_well", "verdict_at", "version", "created_at", "ended_at",
)  # fmt: skip


def meetings(rows: QuerySet[Meeting]) -> QuerySet[Meeting]:
    """All that `meeting` reads, in two statements."""
    return rows.select_related("lead__company", "verdict_by", "created_by").prefetch_related("ours")


def meeting(one: Meeting) -> dict[str, Any]:
    found = {name: getattr(one, name) for name in PLAIN}
    return found | {
        "id": one.pk,
        "lead": whom(one.lead),
        "handoff": one.handoff_id,
        "ours": [person(user) for user in one.ours.all()],
        "replaces": one.replaces_id,
        "verdict_by": person(one.verdict_by),
        "created_by": person(one.created_by),
    }


class OpportunityShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    lead = WhomShape()
    external_id = serializers.CharField(allow_null=True)
    amount = serializers.FloatField()
    currency = serializers.CharField()
    expected_close = serializers.DateField()
    next_step_on = serializers.DateField(allow_null=True)
    owner = PersonShape()
    opened_at = serializers.DateTimeField()
    opened_by = PersonShape(allow_null=True)
    outcome = serializers.CharField(allow_null=True, help_text="won, lost; null while it is open")
    reason = serializers.CharField()
    competitor = serializers.CharField()
    note = serializers.CharField()
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_by = PersonShape(allow_null=True)
    version = serializers.IntegerField()


FIGURES = (
    "external_id", "currency", "expected_close", "next_step_on", "opened_at", "outcome", "reason",
    "competitor", "note", "closed_at", "version",
)  # fmt: skip


def opportunities(rows: QuerySet[Opportunity]) -> QuerySet[Opportunity]:
    """All that `opportunity` reads, in one statement."""
    return rows.select_related("lead__company", "owner", "opened_by", "closed_by")


def opportunity(one: Opportunity) -> dict[str, Any]:
    found = {name: getattr(one, name) for name in FIGURES}
    return found | {
        "id": one.pk,
        "lead": whom(one.lead),
        "amount": figure(one.amount),
        "owner": person(one.owner),
        "opened_by": person(one.opened_by),
        "closed_by": person(one.closed_by),
    }


def figure(amount: Decimal) -> int | float:
    """An amount as JSON writes a number."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
