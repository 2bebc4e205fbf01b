"""Leads that are taken, and leads that are let through the limit of a day."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.bodies import Body
from config.api.fields import Text, Whole
from config.api.views import ApiView
from handoff import desk
from handoff.api import shapes
from handoff.api.handoffs import QueueField, seen
from handoff.api.refusals import told
from handoff.api.shapes import HandoffShape
from handoff.desk.offering import LONGEST_REASON


class NextBody(Body):
    queue = QueueField(required=False, allow_null=True)


class Next(ApiView):
    @extend_schema(operation_id="handoffs_next", request=NextBody, responses={200: HandoffShape, 204: None})
    def post(self, request: Request) -> Response:
        """Take the next lead of your pull queue: yours for ten minutes. 204 when nothing waits."""
        said = NextBody.read(request.data)
        with told():
            taken = desk.take_next(by=request.user, now=self.now, **said)
        return Response(shapes.again(taken.pk, request.user)) if taken else Response(status=204)


class ReleaseBody(Body):
    reason = Text(LONGEST_REASON)
    version = Whole(0, required=False)


class Release(ApiView):
    @extend_schema(operation_id="handoffs_release", request=ReleaseBody, responses={200: HandoffShape})
    def post(self, request: Request, pk: int) -> Response:
        """A manager lets a waiting lead pass the limit of its queue's day, with a reason."""
        handoff, said = seen(pk, request.user), ReleaseBody.read(request.data)
        with told():
            desk.let_pass(handoff, by=request.user, now=self.now, **said)
        return Response(shapes.again(pk, request.user))
