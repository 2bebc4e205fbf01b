"""A handoff put out of sight for a while."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.bodies import Body
from config.api.fields import Moment, Whole, YesNo
from config.api.views import ApiView
from handoff import desk
from handoff.api import shapes
from handoff.api.handoffs import seen
from handoff.api.refusals import told
from handoff.api.shapes import HandoffShape


class SnoozeBody(Body):
    until = Moment(required=False, help_text="Or `on_reaction`")
    on_reaction = YesNo(required=False)
    version = Whole(0, required=False)


class Snooze(ApiView):
    @extend_schema(operation_id="handoffs_snooze", request=SnoozeBody, responses={200: HandoffShape})
    def post(self, request: Request, pk: int) -> Response:
        """Out of your queue until a moment or a reaction; the clocks run on. At most three times."""
        handoff, said = seen(pk, request.user), SnoozeBody.read(request.data)
        with told():
            desk.snooze(handoff, by=request.user, now=self.now, **said)
        return Response(shapes.again(pk, request.user))
