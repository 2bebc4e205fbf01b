"""A person's readiness beside the machine's: set it, take it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.bodies import Body
from config.api.fields import Moment, Text, Whole
from config.api.problems import Error, Problem
from config.api.views import ApiView
from leads.api.leads import visible
from leads.api.shapes import PersonShape, person
from leads.models import Lead
from scoring import gate_words, overriding
from scoring.models import Override


class OverrideBody(Body):
    readiness = Whole(0, overriding.MOST_POINTS)
    reason = Text(overriding.LONGEST_REASON, lines=True)
    until = Moment(help_text="At most 180 days ahead; it counts up to this moment")


class OverrideShape(serializers.Serializer[Any]):
    readiness = serializers.IntegerField()
    reason = serializers.CharField()
    set_by = PersonShape(allow_null=True)
    set_at = serializers.DateTimeField()
    until = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    computed = serializers.IntegerField(help_text="The machine's readiness beside it, as last stored")


class OneOverride(ApiView):
    http_method_names = ["post", "delete"]

    @extend_schema(operation_id="leads_override_set", request=OverrideBody, responses={200: OverrideShape})
    def post(self, request: Request, pk: int) -> Response:
        """Until `until` the definition counts by this readiness; an earlier one ends."""
        lead, said = visible(pk, request.user), OverrideBody.read(request.data)
        with _told():
            return Response(
                _shape(lead, overriding.set_override(lead, by=request.user, now=self.now, **said))
            )

    @extend_schema(operation_id="leads_override_end", request=None, responses={200: OverrideShape})
    def delete(self, request: Request, pk: int) -> Response:
        """The computed readiness counts again; 409 when nothing set by hand counts any more."""
        lead = visible(pk, request.user)
        with _told():
            return Response(_shape(lead, overriding.end_override(lead, by=request.user, now=self.now)))


@contextmanager
def _told() -> Iterator[None]:
    """Refusals of the door as problems: 400 not as asked, 403 not yours, 409 nothing to end."""
    try:
        yield
    except overriding.OverrideNotYours as refused:
        raise Problem(403, Error("not_yours", message=gate_words.refusal(refused))) from None
    except overriding.OverrideRefused as refused:
        status = 400 if refused.field else 409
        raise Problem(
            status, Error(refused.code, refused.field, message=gate_words.refusal(refused))
        ) from None


def _shape(lead: Lead, said: Override) -> dict[str, Any]:
    told = {name: getattr(said, name) for name in ("readiness", "reason", "set_at", "until", "ended_at")}
    return told | {"set_by": person(said.set_by), "computed": lead.standing.readiness}
