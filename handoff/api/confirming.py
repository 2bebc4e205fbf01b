"""An estimate made sure of: budget or timing, as the lead said themselves."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.bodies import Body
from config.api.fields import Choice, Text, Whole
from config.api.views import ApiView
from handoff import desk, estimates
from handoff.api import shapes
from handoff.api.handoffs import seen
from handoff.api.refusals import told
from handoff.api.shapes import HandoffShape
from handoff.desk.confirming import SAYS


class ConfirmBody(Body):
    field = Choice(tuple(estimates.NAMES))
    says = Choice(SAYS, required=False, help_text="yes by default; open: nobody knows after all")
    value = Text(estimates.LONGEST, required=False, help_text="What was learned; else what was estimated")
    version = Whole(0, required=False)


class Confirm(ApiView):
    @extend_schema(operation_id="handoffs_confirm", request=ConfirmBody, responses={200: HandoffShape})
    def post(self, request: Request, pk: int) -> Response:
        """Say that an estimate holds, or does not. A fact becomes an attribute of the lead."""
        handoff, said = seen(pk, request.user), ConfirmBody.read(request.data)
        with told():
            desk.confirm(handoff, by=request.user, now=self.now, **said)
        return Response(shapes.again(pk, request.user))
