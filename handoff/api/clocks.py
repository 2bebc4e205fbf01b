"""Clocks by the API: pause one, let it go on, excuse its breach."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.bodies import Body
from config.api.fields import Day, Strict, Text, Whole, moment
from config.api.views import ApiView
from handoff import clock_story, desk, pausing
from handoff.api import shapes
from handoff.api.handoffs import seen
from handoff.api.refusals import told
from handoff.api.shapes import HandoffShape
from handoff.desk.excusing import LONGEST


@extend_schema_field(OpenApiTypes.STR)
class DayOrMoment(Strict):
    """A moment with its offset, or a day: then its beginning at the team's."""

    def to_internal_value(self, data: Any) -> Any:
        is_day = isinstance(data, str) and len(data) == len("2026-12-01")
        return Day().to_internal_value(data) if is_day else moment(data)

    def to_representation(self, value: Any) -> Any:
        return value


class OneClock(Body):
    clock = Text(14, help_text="first_contact, persistence or report")
    version = Whole(0, required=False)


class PauseBody(OneClock):
    reason = Text(60, help_text="One that the policy lists")
    until = DayOrMoment(help_text="A moment with its offset, or a day")


class Pause(ApiView):
    @extend_schema(operation_id="handoffs_pause", request=PauseBody, responses={200: HandoffShape})
    def post(self, request: Request, pk: int) -> Response:
        """Let a clock rest until the customer's date; never `accept`, never one that has run out."""
        handoff, said = seen(pk, request.user), PauseBody.read(request.data)
        with told():
            pausing.pause(handoff, by=request.user, now=self.now, **said)
        return Response(shapes.again(pk, request.user))


class Resume(ApiView):
    @extend_schema(operation_id="handoffs_resume", request=OneClock, responses={200: HandoffShape})
    def post(self, request: Request, pk: int) -> Response:
        """End a pause early: the clock goes on from now."""
        handoff, said = seen(pk, request.user), OneClock.read(request.data)
        with told():
            pausing.resume(handoff, by=request.user, now=self.now, **said)
        return Response(shapes.again(pk, request.user))


class ExcuseBody(Body):
    reason = Text(LONGEST)


class Excuse(ApiView):
    @extend_schema(operation_id="clocks_excuse", request=ExcuseBody, responses={200: HandoffShape})
    def post(self, request: Request, pk: int) -> Response:
        """A manager excuses a breach, so often per person and month; reports show both figures."""
        clock = clock_story.visible_to(request.user).filter(pk=pk).first()
        if clock is None:
            raise Http404
        said = ExcuseBody.read(request.data)
        with told():
            desk.excuse(clock, by=request.user, now=self.now, **said)
        return Response(shapes.again(clock.handoff_id, request.user))
