"""Meetings: book one, move it, say what became of it and whether it was worth it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import pages
from config.api.bodies import Body
from config.api.fields import Choice, Moment, Strict, Text, Whole, refused
from config.api.problems import refuse
from config.api.schema import CURSOR, PAGE_SIZE, listed
from config.api.views import ApiView
from handoff import desk
from handoff.api import path_shapes
from handoff.api.path_shapes import MeetingShape
from handoff.api.refusals import told
from leads import filters, identity, meetings
from leads.api.activities import WhichLead
from leads.api.bodies import PersonField
from leads.models import Lead, Meeting, User

FILTERS = [
    OpenApiParameter("lead", int),
    OpenApiParameter("state", description=", ".join(Meeting.STATES)),
    OpenApiParameter("to_judge", enum=["0", "1"], description="1: over, and waiting for your verdict"),
]


class GuestBody(Body):
    name = Text(200, allow_blank=False)
    title = Text(200, required=False)


GUESTS = {"type": "array", "items": {"type": "object", "properties": {"name": {}, "title": {}}}}


@extend_schema_field(GUESTS)
class Guests(Strict):
    """Who comes from their side, by name and title."""

    def to_internal_value(self, data: Any) -> list[dict[str, str]]:
        if not isinstance(data, list):
            raise refused("not_a_list")
        return [{"title": ""} | GuestBody.read(one) for one in data[: meetings.MOST_PEOPLE + 1]]


@extend_schema_field({"type": "array", "items": {"oneOf": [{"type": "integer"}, {"type": "string"}]}})
class Colleagues(Strict):
    """Who goes from our side, by number or e-mail address."""

    def to_internal_value(self, data: Any) -> list[User]:
        if not isinstance(data, list):
            raise refused("not_a_list")
        if len(data) > meetings.MOST_PEOPLE:
            raise refused("too_many_items", most=meetings.MOST_PEOPLE)
        one = PersonField()
        return list(dict.fromkeys(one.run_validation(value) for value in data))


@extend_schema_field(
    {"type": "object", "additionalProperties": {"oneOf": [{"type": "boolean"}, {"type": "string"}]}}
)
class Confirmed(Strict):
    """What was made sure: problem, timing, budget, decision; true, or a few words."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            raise refused("not_an_object")
        strange = [str(name)[:60] for name in data if name not in Meeting.CONFIRMED]
        if strange:
            known = ", ".join(Meeting.CONFIRMED)
            raise refused("invalid_choice", value=strange[0], known=known)
        return {name: self._said(value) for name, value in data.items()}

    def _said(self, value: Any) -> Any:
        return value if isinstance(value, bool) else Text(200).run_validation(value)


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class Codes(Strict):
    """Words of the playbook."""

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list):
            raise refused("not_a_list")
        one = Text(60, allow_blank=False)
        return [one.run_validation(value) for value in data]


class MeetingBody(Body):
    told = frozenset({"id", "handoff", "verdict", "verdict_reason", "went_well", "created_at", "replaces"})

    starts_at = Moment()
    ends_at = Moment()
    mode = Choice(Meeting.MODES)
    place = Text(200, required=False)
    url = Text(500, required=False)
    ours = Colleagues(required=False)
    theirs = Guests(required=False)
    confirmed = Confirmed(required=False)


class NewMeeting(MeetingBody):
    lead = WhichLead()


class MeetingChange(MeetingBody):
    told = MeetingBody.told | {"lead"}

    starts_at = Moment(required=False)
    ends_at = Moment(required=False)
    mode = Choice(Meeting.MODES, required=False)
    state = Text(12, required=False, help_text=f"What became of it: {', '.join(meetings.ENDS)}; alone")
    version = Whole(0, required=False, help_text="As you read it; an older one is a conflict")


class VerdictBody(Body):
    verdict = Choice((Meeting.VALID, Meeting.INVALID))
    reason = Text(60, required=False, help_text="Of the playbook's list `meeting`; required when invalid")
    went_well = Codes(required=False, help_text="Up to three of the playbook's list `went_well`")
    version = Whole(0, required=False, help_text="Sent with a verdict given before: puts it right")


class Meetings(ApiView):
    parameters = frozenset(one.name for one in FILTERS) | pages.PARAMETERS

    @extend_schema(
        operation_id="meetings_list", parameters=[*FILTERS, CURSOR, PAGE_SIZE], responses=listed(MeetingShape)
    )
    def get(self, request: Request) -> Response:
        """The meetings with leads you may see, newest first."""
        chosen = Meeting.objects.filter(_of_leads_of(request.user))
        if request.query_params.get("to_judge") == "1":
            chosen = chosen.filter(pk__in=meetings.to_judge(request.user, now=self.now).values("pk"))
        if said := request.query_params.get("lead"):
            chosen = chosen.filter(lead=number(said, "lead"))
        if state := request.query_params.get("state"):
            if state not in Meeting.STATES:
                raise refuse("unknown_choice", "state", value=state[:60])
            chosen = chosen.filter(state=state)
        return Response(pages.by_number(request, path_shapes.meetings(chosen), path_shapes.meeting))

    @extend_schema(operation_id="meetings_book", request=NewMeeting, responses={201: MeetingShape})
    def post(self, request: Request) -> Response:
        """Book a meeting with a lead that you own, support or manage."""
        said = NewMeeting.read(request.data)
        lead = which(said.pop("lead"), request.user)
        with told():
            meeting = desk.book_meeting(lead, by=request.user, now=self.now, **said)
        return Response(_again(meeting.pk), status=201)


class OneMeeting(ApiView):
    @extend_schema(operation_id="meetings_get", responses=MeetingShape)
    def get(self, request: Request, pk: int) -> Response:
        return Response(path_shapes.meeting(seen(pk, request.user)))

    @extend_schema(operation_id="meetings_change", request=MeetingChange, responses=MeetingShape)
    def patch(self, request: Request, pk: int) -> Response:
        """Change it, or say what became of it. At another time it is a new meeting, which is answered."""
        meeting, said = seen(pk, request.user), MeetingChange.read(request.data)
        with told():
            moved = desk.change_meeting(meeting, by=request.user, now=self.now, **said)
        return Response(_again(moved.pk))


class Verdict(ApiView):
    @extend_schema(operation_id="meetings_verdict", request=VerdictBody, responses={200: MeetingShape})
    def post(self, request: Request, pk: int) -> Response:
        """Valid, or not and why. The first verdict counts: 409 for the next."""
        meeting, said = seen(pk, request.user), VerdictBody.read(request.data)
        with told():
            desk.judge_meeting(meeting, by=request.user, now=self.now, **said)
        return Response(_again(pk))


def which(named: tuple[str, Any], user: User) -> Lead:
    """The one lead that is meant, if this person may see it. Raises a problem for any other."""
    name, value = named
    if name == "email":
        name, value = "email_key", identity.email_key(value)
    mine = Lead.objects.visible_to(user).select_related("company", "standing")
    found = list(mine.filter(**{name: value})[:2]) if value else []
    if len(found) != 1:
        raise refuse("does_not_exist", "lead")
    return found[0]


def number(said: str, name: str) -> int:
    if said.isascii() and said.isdigit() and len(said) <= filters.LONGEST_ID:
        return int(said)
    raise refuse("not_a_whole_number", name)


def seen(pk: int, user: User) -> Meeting:
    """The meeting, if this person may see its lead. Raises Http404 for any other number."""
    found = path_shapes.meetings(Meeting.objects.filter(_of_leads_of(user), pk=pk)).first()
    if found is None:
        raise Http404
    return found


def _of_leads_of(user: User) -> Q:
    return Q(lead__in=Lead.objects.visible_to(user).values("pk"))


def _again(pk: int) -> dict[str, Any]:
    return path_shapes.meeting(path_shapes.meetings(Meeting.objects.filter(pk=pk)).get())
