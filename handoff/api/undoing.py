"""The last answer taken back by who gave it."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.bodies import Body
from config.api.fields import Whole
from config.api.views import ApiView
from handoff import desk
from handoff.api import shapes
from handoff.api.handoffs import seen
from handoff.api.refusals import told
from handoff.api.shapes import HandoffShape


class UndoBody(Body):
    version = Whole(0, required=False, help_text="The handoff's version as you read it")


class Undo(ApiView):
    @extend_schema(operation_id="handoffs_undo", request=UndoBody, responses={200: HandoffShape})
    def post(self, request: Request, pk: int) -> Response:
        """Your last answer undone, within ten minutes: accepted, sent back, or not a fit. Clocks run on.

        409 when somebody acted since, or it is undone already; 403 when the answer was somebody else's.
        """
        handoff, said = seen(pk, request.user), UndoBody.read(request.data)
        with told():
            desk.undo(handoff, by=request.user, now=self.now, **said)
        return Response(shapes.again(pk, request.user))
