"""An accepted lead goes on to the next lane; and who supports its owner."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.bodies import Body
from config.api.fields import Text, Whole
from config.api.views import ApiView
from handoff import desk
from handoff.api import shapes
from handoff.api.handoffs import LONGEST_NOTE, QueueField, seen
from handoff.api.refusals import told
from handoff.api.shapes import HandoffShape
from leads.api.bodies import PersonField
from leads.api.leads import visible
from leads.api.shapes import PersonShape, person
from leads.models import User


class PromoteBody(Body):
    note = Text(LONGEST_NOTE, required=False, lines=True)
    queue = QueueField(required=False, allow_null=True)
    to = PersonField(required=False, allow_null=True)
    reason = Text(
        60, required=False, help_text="Why it goes on without a meeting; required where none is booked"
    )
    version = Whole(0, required=False)


class Promote(ApiView):
    @extend_schema(operation_id="handoffs_promote", request=PromoteBody, responses={200: HandoffShape})
    def post(self, request: Request, pk: int) -> Response:
        """On to the next lane: by its routes, to a queue or to a person; the answer is the new handoff."""
        handoff, said = seen(pk, request.user), PromoteBody.read(request.data)
        with told():
            new = desk.promote(handoff, by=request.user, now=self.now, **said)
        return Response(shapes.again(new.pk, request.user))


class SupporterBody(Body):
    user = PersonField()


class Supporters(ApiView):
    @extend_schema(operation_id="leads_supporters", responses=PersonShape(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Who sees a lead and helps its owner."""
        return Response(_people(visible(pk, request.user)))

    @extend_schema(operation_id="leads_support", request=SupporterBody, responses=PersonShape(many=True))
    def post(self, request: Request, pk: int) -> Response:
        """Its owner or their manager asks a colleague to support it; the same one twice is one."""
        lead, said = visible(pk, request.user), SupporterBody.read(request.data)
        with told():
            desk.add_supporter(lead, user=said["user"], by=request.user, now=self.now)
        return Response(_people(lead))


class OneSupporter(ApiView):
    http_method_names = ["delete"]

    @extend_schema(operation_id="leads_unsupport", responses=PersonShape(many=True))
    def delete(self, request: Request, pk: int, user: int) -> Response:
        """They do not support it any more; the answer is who still does."""
        lead, who = visible(pk, request.user), User.objects.filter(pk=user).first()
        if who is None:
            raise Http404
        with told():
            desk.remove_supporter(lead, user=who, by=request.user, now=self.now)
        return Response(_people(lead))


def _people(lead: Any) -> list[Any]:
    return [person(user) for user in desk.supporters_of(lead)]
