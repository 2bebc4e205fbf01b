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
from leads.api.shapes import PersonShape, person, utc
from leads.models import Lead
from scoring import gate_words, overriding
from scoring.models import Override

SEEN = "The version you read (0: nothing counted); when somebody said otherwise since, a conflict"


class OverrideBody(Body):
    readiness = Whole(0, overriding.MOST_POINTS)
    reason = Text(overriding.LONGEST_REASON, lines=True)
    until = Moment(help_text="At most 180 days ahead; it counts up to this moment")

    version = Whole(0, required=False, help_text=SEEN)


class OverrideSeen(Body):
    version = Whole(0, required=False, help_text=SEEN)


class OverrideShape(serializers.Serializer[Any]):
    version = serializers.IntegerField(help_text="Of what counts now; 0: nothing set by hand does")
    readiness = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    set_by = PersonShape(allow_null=True)
    set_at = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    computed = serializers.IntegerField(help_text="The machine's readiness beside it, as last stored")


class OneOverride(ApiView):
    http_method_names = ["get", "post", "delete"]

    @extend_schema(operation_id="leads_override_read", responses={200: OverrideShape})
    def get(self, request: Request, pk: int) -> Response:
        """The readiness set by hand that counts now; without one everything is null and `version` 0."""
        lead = visible(pk, request.user)
        said = overriding.said_of([lead.pk], now=self.now).get(lead.pk, overriding.NOBODY)
        return Response(self._shape(lead, said.override))

    @extend_schema(operation_id="leads_override_set", request=OverrideBody, responses={200: OverrideShape})
    def post(self, request: Request, pk: int) -> Response:
        """Until `until` the definition counts by this readiness; an earlier one ends."""
        lead, said = visible(pk, request.user), OverrideBody.read(request.data)
        with _told():
            told = overriding.set_override(lead, by=request.user, now=self.now, **said)
        return Response(self._shape(lead, told))

    @extend_schema(operation_id="leads_override_end", request=OverrideSeen, responses={200: OverrideShape})
    def delete(self, request: Request, pk: int) -> Response:
        """The computed readiness counts again; 409 when nothing set by hand counts any more."""
        lead, said = visible(pk, request.user), OverrideSeen.read(request.data)
        with _told():
            told = overriding.end_override(lead, by=request.user, now=self.now, **said)
        return Response(self._shape(lead, told))

    def _shape(self, lead: Lead, said: Override | None) -> dict[str, Any]:
        names = ("readiness", "reason", "set_at", "until", "ended_at")
        told = {name: getattr(said, name) if said else None for name in names}
        return told | {
            "version": overriding.version_of(said, now=self.now),
            "set_by": person(said.set_by) if said else None,
            "computed": lead.standing.readiness,
        }


@contextmanager
def _told() -> Iterator[None]:
    """Refusals of the door as problems: 400 not as asked, 403 not yours, 409 overtaken, nothing to end."""
    try:
        yield
    except overriding.OverrideNotYours as refused:
        raise Problem(403, Error("not_yours", message=gate_words.refusal(refused))) from None
    except overriding.OverrideChanged as changed:
        raise _overtaken(changed) from None
    except overriding.OverrideRefused as refused:
        status = 400 if refused.field else 409
        raise Problem(
            status, Error(refused.code, refused.field, message=gate_words.refusal(refused))
        ) from None


def _overtaken(changed: overriding.OverrideChanged) -> Problem:
    """Who said what meanwhile, when, and what counts now."""
    last = changed.last if changed.is_set else None
    also = {
        "by": person(changed.by),
        "at": utc(changed.at),
        "state": "set" if last else "none",
        "readiness": last.readiness if last else None,
        "version": changed.version,
    }
    error = Error("override_changed", "version", message=gate_words.overtaken(changed))
    return Problem(409, error, also=also)
