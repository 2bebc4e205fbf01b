"""A draft tried on the past, from outside: asked for, then looked at until it is through."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.bodies import Body
from config.api.fields import Moment
from config.api.problems import Error, Problem
from config.api.views import ApiView
from config.studio import trial_words
from config.studio.api import draft_of
from leads.api.shapes import utc
from scoring.models import Simulation
from scoring.replay import trials
from scoring.rulemaking.permissions import may

CANCELLED = "cancelled"


class SimulateBody(Body):
    since = Moment(help_text="The draft is in force from here on")
    until = Moment(required=False, help_text="Up to here; now unless given")


class SimulationShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    url = serializers.CharField(help_text="Ask here how far it is")
    model = serializers.CharField(help_text="The draft (`d12`)")
    revision = serializers.IntegerField(help_text="The revision of the draft that was tried")
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    state = serializers.CharField(help_text="waiting, running, done, failed or cancelled")
    done = serializers.IntegerField(help_text="Leads that are through")
    total = serializers.IntegerField()
    findings = serializers.ListField(child=serializers.CharField(), help_text="In words, once it is done")
    result = serializers.DictField(allow_null=True, help_text="The numbers, once it is done")


class Simulate(ApiView):
    @extend_schema(
        operation_id="scoring_models_simulate", request=SimulateBody, responses={202: SimulationShape}
    )
    def post(self, request: Request, key: str) -> Response:
        """Try a draft on the past. Nothing is changed; the answer says where to look."""
        if not may(request.user).read:
            raise PermissionDenied
        draft = draft_of(key)
        if not may(request.user).write:
            raise PermissionDenied
        said = {"until": self.now} | SimulateBody.read(request.data)
        try:
            asked = trials.ask(body=draft.body, draft=draft, by=request.user, now=self.now, **said)
        except trials.TrialRefused as refused:
            message = trial_words.refusal(refused)
            raise Problem(400, Error(refused.code, _field(refused.code), message=message)) from None
        shown = shape(asked, key)
        return Response(shown, status=202, headers={"Location": shown["url"]})


class OneSimulation(ApiView):
    @extend_schema(operation_id="scoring_models_simulation", responses=SimulationShape)
    def get(self, request: Request, key: str, number: int) -> Response:
        """How far it is; its numbers once it is done."""
        if not may(request.user).read:
            raise PermissionDenied
        here = Simulation.objects.filter(pk=number, draft=draft_of(key)).first()
        if here is None:
            raise Http404
        return Response(shape(here, key))


def shape(simulation: Simulation, key: str) -> dict[str, Any]:
    is_done = simulation.state == Simulation.DONE
    was_cancelled = simulation.failure == trials.CANCELLED
    return {
        "id": simulation.pk,
        "url": reverse("api-scoring-simulation", args=[key, simulation.pk]),
        "model": key,
        "revision": simulation.revision,
        "since": utc(simulation.since),
        "until": utc(simulation.until),
        "state": CANCELLED if was_cancelled else simulation.state,
        "done": simulation.done,
        "total": simulation.total,
        "findings": trial_words.findings(simulation) if is_done else [],
        "result": simulation.result if is_done else None,
    }


def _field(code: str) -> str:
    return {"not_past": "until", "no_stretch": "until", "too_long": "since"}.get(code, "")
