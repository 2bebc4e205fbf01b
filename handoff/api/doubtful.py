"""Handoffs that would not have happened with what is known today, and what was taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import pages
from config.api.schema import CURSOR, PAGE_SIZE, listed
from config.api.views import ApiView
from handoff import doubt
from handoff.api import shapes
from handoff.api.shapes import HandoffShape
from handoff.models import Handoff
from handoff.receipts import Reader
from handoff.views.sla import insist_on_seeing
from leads.api.shapes import utc


class TakenBackShape(serializers.Serializer[Any]):
    """An event that counted when the handoff was made, and until `at`."""

    activity = serializers.IntegerField()
    type = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    because = serializers.ChoiceField([doubt.VOIDED, doubt.MACHINE])
    at = serializers.DateTimeField()


class DoubtfulShape(HandoffShape):
    taken_back = TakenBackShape(many=True)


class Doubtful(ApiView):
    parameters = pages.PARAMETERS

    @extend_schema(
        operation_id="handoffs_doubtful", parameters=[CURSOR, PAGE_SIZE], responses=listed(DoubtfulShape)
    )
    def get(self, request: Request) -> Response:
        """Handoffs that would not have happened with what was corrected since, newest first.

        A page asks a bounded number of handoffs again: it may be short, or empty, and still have a `next`.
        """
        insist_on_seeing(request.user)
        params, seen = request.query_params, Handoff.objects.visible_to(request.user)
        found, after = doubt.page(seen, before=pages.begins_after(params), most=pages.size_of(params))
        whole = shapes.handoffs(Handoff.objects.all()).in_bulk([one.handoff.pk for one in found])
        reader = Reader(request.user)
        results = [shape(whole[one.handoff.pk], one.events, reader) for one in found]
        return Response(pages.page(request, results, next=pages.after(after)))


def shape(handoff: Handoff, taken_back: Sequence[doubt.TakenBack], reader: Reader) -> dict[str, Any]:
    return shapes.handoff(handoff, reader=reader) | {
        "taken_back": [
            {
                "activity": event.event,
                "type": event.type,
                "occurred_at": utc(event.occurred_at),
                "because": event.because,
                "at": utc(event.at),
            }
            for event in taken_back
        ]
    }
