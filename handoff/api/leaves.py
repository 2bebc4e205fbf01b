"""Days away: entered by oneself or one's manager, read, and taken back."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import pages
from config.api.bodies import Body
from config.api.fields import Choice, Day
from config.api.schema import CURSOR, PAGE_SIZE, listed
from config.api.views import ApiView
from handoff import desk
from handoff.api.refusals import told
from leads.api.bodies import PersonField
from leads.api.shapes import PersonShape, person
from leads.models.people import Leave


class LeaveShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    user = PersonShape()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="The last day away")
    accepted = serializers.CharField(help_text="deputy: stays with them; route: goes to somebody else")
    deputy = PersonShape(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)


class LeaveBody(Body):
    user = PersonField(required=False)
    starts_on = Day()
    ends_on = Day()
    accepted = Choice((Leave.DEPUTY, Leave.ROUTE), required=False)


class Leaves(ApiView):
    parameters = pages.PARAMETERS

    @extend_schema(operation_id="leaves_list", parameters=[CURSOR, PAGE_SIZE], responses=listed(LeaveShape))
    def get(self, request: Request) -> Response:
        """Leave in progress and to come, of you and of whom you manage."""
        return Response(pages.by_number(request, desk.leaves_of(request.user, now=self.now), _shape))

    @extend_schema(operation_id="leaves_enter", request=LeaveBody, responses={201: LeaveShape})
    def post(self, request: Request) -> Response:
        """Days away, both included; yours unless a user is named."""
        said = LeaveBody.read(request.data)
        user = said.pop("user", None) or request.user
        with told():
            leave = desk.take_leave(user, by=request.user, now=self.now, **said)
        return Response(_shape(leave), status=201)


class OneLeave(ApiView):
    http_method_names = ["delete"]

    @extend_schema(operation_id="leaves_cancel", responses=LeaveShape)
    def delete(self, request: Request, pk: int) -> Response:
        """It does not take place, or ends now."""
        leave = Leave.objects.filter(user__in=desk.people_of(request.user)).filter(pk=pk).first()
        if leave is None:
            raise Http404
        with told():
            return Response(_shape(desk.cancel_leave(leave, by=request.user, now=self.now)))


def _shape(one: Leave) -> dict[str, Any]:
    return {
        "id": one.pk,
        "user": person(one.user),
        "starts_on": one.starts_on,
        "ends_on": one.ends_on,
        "accepted": one.accepted,
        "deputy": person(one.user.deputy),
        "cancelled_at": one.cancelled_at,
    }
