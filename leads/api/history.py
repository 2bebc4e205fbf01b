"""The way a lead has gone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import pages
from config.api.schema import listed
from config.api.views import ApiView
from leads import journey, stages
from leads.api.leads import visible
from leads.api.shapes import PersonShape, person


class StopShape(serializers.Serializer[Any]):
    """One stay in a stage; `dwell_seconds` runs on while `left_at` is null."""

    version = serializers.IntegerField()
    to = serializers.ChoiceField(stages.STAGES)
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    left_at = serializers.DateTimeField(allow_null=True)
    dwell_seconds = serializers.FloatField()
    actor = PersonShape(allow_null=True)
    cause = serializers.ChoiceField(stages.CAUSES)
    because = serializers.DictField()
    reason = serializers.CharField()
    note = serializers.CharField()
    handoff = serializers.IntegerField(allow_null=True)
    implied = serializers.BooleanField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`from` is a word of Python's, so it cannot stand above."""
        came_from = serializers.CharField(allow_null=True)
        return {"from": came_from} | super().get_fields()


class Journey(ApiView):
    @extend_schema(operation_id="leads_journey", responses=listed(StopShape))
    def get(self, request: Request, pk: int) -> Response:
        """Every stage change in order, with how long the lead stayed."""
        lead = visible(pk, request.user)
        return Response(pages.page(request, [shape(stop, self.now) for stop in journey.stops(lead)]))


def shape(stop: journey.Stop, now: datetime) -> dict[str, Any]:
    return transition(stop.transition) | {
        "left_at": stop.left_at,
        "dwell_seconds": max(0.0, stop.dwell(now).total_seconds()),
    }


def transition(one: Any) -> dict[str, Any]:
    return {
        "version": one.version,
        "from": one.start or None,
        "to": one.end,
        "occurred_at": one.occurred_at,
        "recorded_at": one.recorded_at,
        "actor": person(one.actor),
        "cause": one.cause,
        "because": one.because,
        "reason": one.reason,
        "note": one.note,
        "handoff": one.handoff_id,
        "implied": one.implied,
    }
