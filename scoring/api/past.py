"""How a lead's score came to be: why it changed between two moments, and its way over many days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.problems import refuse
from config.api.views import ApiView
from scoring.api.scores import asked_moment, past_of
from scoring.engine import Score
from scoring.past import change, curve
from scoring.past.hindsight import change_between

DAYS, MOST_DAYS = 90, 365


class PointsShape(serializers.Serializer[Any]):
    readiness = serializers.IntegerField(help_text="Whole points; those of all parts add up to `change`")
    fit = serializers.FloatField()
    interest = serializers.FloatField()


class StepShape(PointsShape):
    code = serializers.ChoiceField(
        choices=["model", "field", "received", "late", "voided", "machine", "human", "changed", "gone",
                 "event", "time"]
    )  # fmt: skip
    at = serializers.DateTimeField(allow_null=True)
    path = serializers.CharField(help_text="The corrected field, for `field`")
    events = serializers.ListField(child=serializers.IntegerField())
    rules = serializers.ListField(child=serializers.CharField())


class PartShape(PointsShape):
    part = serializers.ChoiceField(choices=list(change.PARTS))
    steps = StepShape(
        many=True, help_text="What made it, adding up to it; steps that gained nothing are left out"
    )


class SideShape(PointsShape):
    at = serializers.DateTimeField()
    model_version = serializers.IntegerField(allow_null=True)


class ChangeShape(serializers.Serializer[Any]):
    before = SideShape(help_text="The score at `from`, as it was known then")
    after = SideShape(help_text="The score at `to`, as it was known then")
    change = serializers.IntegerField()
    parts = PartShape(many=True, help_text="In this order: model, correction, merge, reaction, time")


class LeadScoreChange(ApiView):
    parameters = frozenset({"from", "to"})

    @extend_schema(
        operation_id="leads_score_change",
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATETIME, required=True),
            OpenApiParameter("to", OpenApiTypes.DATETIME, description="Now unless given"),
        ],
        responses=ChangeShape,
    )
    def get(self, request: Request, pk: int) -> Response:
        """Why the readiness changed between two moments, in parts that add up to the change exactly."""
        past = past_of(pk, request)
        start, end = asked_moment(request, "from"), asked_moment(request, "to") or self.now
        if start is None:
            raise refuse("required", "from")
        if start > end:
            raise refuse("from_after_to", "from")
        found = change_between(past, start, end)
        if found is None:
            nothing = {"readiness": 0, "fit": 0.0, "interest": 0.0, "model_version": None}
            return Response(
                {"before": nothing | {"at": start}, "after": nothing | {"at": end}, "change": 0, "parts": []}
            )
        versions = past.version(start), past.version(end)
        sides = [
            _points(score) | {"at": at, "model_version": version.version if version else None}
            for score, at, version in zip((found.before, found.after), (start, end), versions, strict=True)
        ]
        parts = [_part(part) for part in found.parts]
        return Response({"before": sides[0], "after": sides[1], "change": found.readiness, "parts": parts})


class PointShape(SideShape):
    pass


class CurveShape(serializers.Serializer[Any]):
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    needed = serializers.FloatField(allow_null=True, help_text="The readiness the definition asks for now")
    points = PointShape(many=True, help_text="Each holds until the next one; the first is at `start`")


class LeadScoreCurve(ApiView):
    parameters = frozenset({"days"})

    @extend_schema(
        operation_id="leads_score_curve",
        parameters=[
            OpenApiParameter("days", int, description=f"1 to {MOST_DAYS}; {DAYS} unless given"),
        ],
        responses=CurveShape,
    )
    def get(self, request: Request, pk: int) -> Response:
        """The readiness of the last days as it was known at each moment, wherever it changed."""
        past = past_of(pk, request)
        start = self.now - timedelta(days=_days(request))
        model = past.model(self.now)
        needed = model.definition.min_readiness if model and model.definition else None
        points = [
            {"at": one.at, "readiness": one.readiness, "fit": one.fit, "interest": one.interest,
             "model_version": one.model_version}
            for one in curve.trace(past, start, self.now)
        ]  # fmt: skip
        return Response({"start": start, "end": self.now, "needed": needed, "points": points})


def _days(request: Request) -> int:
    said = request.query_params.get("days") or str(DAYS)
    if not (said.isascii() and said.isdigit()):
        raise refuse("not_a_whole_number", "days")
    if len(said) > 9 or int(said) > MOST_DAYS:
        raise refuse("max_value", "days", most=MOST_DAYS)
    if int(said) < 1:
        raise refuse("min_value", "days", least=1)
    return int(said)


def _points(points: Score | change.Points) -> dict[str, Any]:
    return {"readiness": points.readiness, "fit": points.fit, "interest": points.interest}


def _part(part: change.Part) -> dict[str, Any]:
    return {"part": part.name, **_points(part.points), "steps": [_step(step) for step in part.steps]}


def _step(step: change.Step) -> dict[str, Any]:
    """Old and new values of a field are left out: the timeline tells them to whoever may read them."""
    said = {"code": step.code, "at": step.at, "path": step.path, "rules": list(step.rules)}
    return said | _points(step.points) | {"events": [event.id for event in step.events]}
