"""A handoff taken back by whoever offered it, or by a manager."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.bodies import Body
from config.api.fields import Day, PlainObject, Text, Whole
from config.api.views import ApiView
from handoff import desk
from handoff.api import shapes
from handoff.api.handoffs import LONGEST_NOTE, STEPS, TRIGGER, WAKE_ON, seen
from handoff.api.refusals import told
from handoff.api.shapes import HandoffShape


class RecallBody(Body):
    reason = Text(60, help_text="Of the playbook's list `send_back`")
    next_step = Text(20, required=False, help_text=STEPS)
    wake_on = Day(required=False, allow_null=True, help_text=WAKE_ON)
    wake_trigger = PlainObject(required=False, allow_null=True, help_text=TRIGGER)
    note = Text(LONGEST_NOTE, required=False, lines=True)
    version = Whole(0, required=False)


class Recall(ApiView):
    @extend_schema(operation_id="handoffs_recall", request=RecallBody, responses={200: HandoffShape})
    def post(self, request: Request, pk: int) -> Response:
        """Take it back: from lane 1 to nurture with a next step, from lane 2 to its inside owner."""
        handoff, said = seen(pk, request.user), RecallBody.read(request.data)
        with told():
            desk.recall(handoff, by=request.user, now=self.now, **said)
        return Response(shapes.again(pk, request.user))
