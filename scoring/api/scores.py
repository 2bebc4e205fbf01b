"""How ready a lead is, or was, line by line."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.fields import moment
from config.api.problems import refuse
from config.api.views import ApiView
from leads.api.leads import visible
from scoring import readiness
from scoring.past.hindsight import Past


class LineShape(serializers.Serializer[Any]):
    rule = serializers.CharField()
    event = serializers.IntegerField(allow_null=True)
    # `label` is a property of every serializer, so it cannot be declared as an attribute
    original = serializers.FloatField()
    points = serializers.FloatField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"label": serializers.CharField()}


class ScoreShape(serializers.Serializer[Any]):
    readiness = serializers.IntegerField()
    fit = serializers.FloatField()
    interest = serializers.FloatField()
    model_version = serializers.IntegerField(allow_null=True)
    at = serializers.DateTimeField()
    lines = LineShape(many=True)


PARAMETERS = [
    OpenApiParameter(
        "at", OpenApiTypes.DATETIME, description="The moment the score is for; now unless given"
    ),
    OpenApiParameter("known_at", OpenApiTypes.DATETIME, description="Only what had been recorded by then"),
    OpenApiParameter("model", description="A version, or `latest`; else the one in force at `at`"),
]


class LeadScore(ApiView):
    parameters = frozenset({"at", "known_at", "model"})

    @extend_schema(operation_id="leads_score", parameters=PARAMETERS, responses=ScoreShape)
    def get(self, request: Request, pk: int) -> Response:
        """Readiness, fit and interest, and the lines that add up to them."""
        lead = visible(pk, request.user)
        at, known_at = asked_moment(request, "at"), asked_moment(request, "known_at")
        try:
            found = readiness.score_as_of(lead, now=self.now, at=at, known_at=known_at, model=self._model())
        except readiness.UnknownModel:
            raise refuse("unknown_model", "model") from None
        return Response(dict(found))

    def _model(self) -> int | Literal["latest"] | None:
        said = self.request.query_params.get("model", "")
        if said in ("", "latest"):
            return "latest" if said else None
        if not (said.isascii() and said.isdigit()) or len(said) > 9:
            raise refuse("unknown_model", "model")
        return int(said)


def asked_moment(request: Request, name: str) -> datetime | None:
    """A moment among the parameters; None when it is not given."""
    said = request.query_params.get(name)
    if not said:
        return None
    try:
        return moment(said)
    except ValidationError as wrong:
        raise ValidationError({name: wrong.detail}) from None


def past_of(pk: int, request: Request) -> Past:
    """The past of a lead this person may see; raises a 404 otherwise."""
    return Past(visible(pk, request.user))
