"""Everything that happened to a lead, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core import signing
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import pages
from config.api.problems import refuse
from config.api.schema import CURSOR, PAGE_SIZE, listed
from config.api.views import ApiView
from handoff import timeline
from handoff.api.path_shapes import figure
from handoff.models import Handoff
from leads import roles
from leads.api.history import transition
from leads.api.leads import visible
from leads.api.shapes import PersonShape, person
from leads.models import Activity, AttributeChange, Opportunity, User

SALT = "handoff.api.timeline"
PRIVATE = ("email", "phone")
TOLD_OF_OVERRIDE = ("readiness", "reason", "set_at", "until")
TOLD_OF_DECISION = ("kind", "at", "undone_at")
TOLD_OF_HANDOFF = ("lane", "state", "trigger", "reason", "end_cause", "next_step")


class EntryShape(serializers.Serializer[Any]):
    """One thing that happened; beside `act`, the object it happened with."""

    at = serializers.DateTimeField()
    kind = serializers.CharField(help_text=", ".join(timeline.KINDS))
    act = serializers.CharField()
    by = PersonShape(allow_null=True)
    counts = serializers.BooleanField(
        help_text="false for clicks of machines, and for what was voided or undone"
    )
    activity = serializers.DictField(required=False)
    transition = serializers.DictField(required=False)
    handoff = serializers.DictField(required=False)
    decision = serializers.DictField(required=False, help_text="An answer that was undone")
    override = serializers.DictField(required=False)
    opportunity = serializers.DictField(required=False)
    changes = serializers.ListField(child=serializers.DictField(), required=False)


class Timeline(ApiView):
    parameters = pages.PARAMETERS | {"kind"}

    @extend_schema(
        operation_id="leads_timeline",
        parameters=[OpenApiParameter("kind", enum=timeline.KINDS), CURSOR, PAGE_SIZE],
        responses=listed(EntryShape),
    )
    def get(self, request: Request, pk: int) -> Response:
        """What the lead did, what we did, where it went, and who corrected what."""
        lead, kind = visible(pk, request.user), request.query_params.get("kind", "")
        if kind and kind not in timeline.KINDS:
            raise refuse("unknown_choice", "kind", value=kind[:60])
        size, skipped = pages.size_of(request.query_params), _skipped(request)
        handoffs = (
            Handoff.objects.filter(lead=lead)
            .select_related("queue", "rep", "handed_by", "accepted_by", "ended_by")
            .prefetch_related(timeline.DECISIONS)
        )
        found, more = timeline.of(lead, handoffs=list(handoffs), kind=kind, size=skipped + size, now=self.now)
        return Response(
            pages.page(
                request,
                [shape(entry, request.user) for entry in found[skipped:]],
                next=_cursor(skipped + size) if more else None,
                previous=_cursor(max(0, skipped - size)) if skipped else None,
            )
        )


def _skipped(request: Request) -> int:
    said = request.query_params.get("cursor", "")
    return int(pages.unsigned(said, SALT)) if said else 0


def _cursor(skipped: int) -> str:
    return signing.dumps(skipped, salt=SALT)


def shape(entry: timeline.Entry, reader: User) -> dict[str, Any]:
    found: dict[str, Any] = {
        "at": entry.at,
        "kind": entry.kind,
        "act": entry.act,
        "by": person(entry.by),
        "counts": entry.counts,
    }
    if entry.activity is not None:
        found["activity"] = activity(entry.activity)
    if entry.transition is not None:
        found["transition"] = transition(entry.transition)
    if entry.handoff is not None:
        found["handoff"] = _handoff(entry.handoff)
    if entry.decision is not None:
        found["decision"] = {name: getattr(entry.decision, name) for name in TOLD_OF_DECISION}
    if entry.override is not None:
        found["override"] = {name: getattr(entry.override, name) for name in TOLD_OF_OVERRIDE}
    if entry.opportunity is not None:
        found["opportunity"] = _opportunity(entry.opportunity)
    if entry.changes:
        found["changes"] = _changes(entry.changes, reader)
    return found


def activity(one: Activity) -> dict[str, Any]:
    return {
        "id": one.pk,
        "type": one.type,
        "direction": one.direction,
        "occurred_at": one.occurred_at,
        "recorded_at": one.recorded_at,
        "channel": one.channel,
        "campaign": one.campaign.external_id if one.campaign else None,
        "content": one.content,
        "url": one.url,
        "source": one.source,
        "external_id": one.external_id,
        "genuine": one.genuine,
        "voids": one.voids_id,
        "data": one.data,
    }


def _handoff(one: Handoff) -> dict[str, Any]:
    queue = {"id": one.queue.pk, "slug": one.queue.slug} if one.queue else None
    told = {
        name: getattr(one, name) for name in ("lane", "state", "trigger", "reason", "end_cause", "next_step")
    }
    return {"id": one.pk, "queue": queue, "rep": person(one.rep)} | told


def _opportunity(one: Opportunity) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in ("outcome", "reason", "competitor", "currency")}
    return {"id": one.pk, "amount": figure(one.amount)} | told


def _changes(changes: Sequence[AttributeChange], reader: User) -> list[dict[str, Any]]:
    hidden = PRIVATE if reader.has_role(roles.PARTNER_CALLER) else ()
    return [
        {"field": one.field, "old": one.old, "new": one.new} for one in changes if one.field not in hidden
    ]
