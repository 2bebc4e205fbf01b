"""Working calendars, and when a target measured in working time is used up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils.text import slugify
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import pages
from config.api.bodies import Body
from config.api.fields import Moment, Number, Strict, Text, moment, refused
from config.api.problems import Error, Problem, refuse
from config.api.schema import CURSOR, PAGE_SIZE, listed
from config.api.views import ApiView
from leads import business_time, calendar_words, calendars, intake_turn, roles
from leads.calendar_definition import Rules
from leads.models import Calendar, User

LONGEST_NAME = 80
FARTHEST_YEARS = 20
FARTHEST = timedelta(days=366 * FARTHEST_YEARS)
MOST_MINUTES = FARTHEST / timedelta(minutes=1)
SELDOM_MINUTES = 480  # of a calendar that opens on single days of the year only
MOST_PAUSES = 1_000


class CalendarShape(serializers.Serializer[Any]):
    """As in the playbook, with number, name and version."""

    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()
    version = serializers.IntegerField()
    timezone = serializers.CharField()
    weekly = serializers.DictField()
    holidays = serializers.JSONField(required=False)
    exceptions = serializers.ListField(child=serializers.DictField(), required=False)
    overrides = serializers.DictField(required=False)
    day = serializers.FloatField(required=False)
    label = serializers.JSONField(required=False)


class Pause(Strict, serializers.ListField):
    """[from, to]; `to` is null while it goes on."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, list) or len(data) != 2:
            raise refused("not_a_pause")
        start, end = data
        return moment(start), None if end is None else moment(end)


class DueBody(Body):
    start = Moment()
    minutes = Number(0, MOST_MINUTES)
    pauses = serializers.ListField(child=Pause(), required=False, max_length=MOST_PAUSES)


class SegmentShape(serializers.Serializer[Any]):
    to = serializers.DateTimeField()
    minutes = serializers.FloatField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`from` is a word of Python's, so it cannot stand above."""
        return {"from": serializers.DateTimeField()} | super().get_fields()


class DueShape(serializers.Serializer[Any]):
    due_at = serializers.DateTimeField(allow_null=True)
    segments = SegmentShape(many=True)


class Calendars(ApiView):
    parameters = pages.PARAMETERS

    @extend_schema(
        operation_id="calendars_list", parameters=[CURSOR, PAGE_SIZE], responses=listed(CalendarShape)
    )
    def get(self, request: Request) -> Response:
        return Response(pages.by_number(request, Calendar.objects.all(), shape))

    @extend_schema(
        operation_id="calendars_create", request=OpenApiTypes.OBJECT, responses={201: CalendarShape}
    )
    def post(self, request: Request) -> Response:
        """A new calendar, as in the playbook plus `name`. Any manager may make one."""
        if not request.user.has_role(roles.MANAGER, roles.ADMIN):
            raise PermissionDenied
        if not isinstance(request.data, dict):
            raise refuse("not_an_object")
        named = Name.read({key: value for key, value in request.data.items() if key == "name"})
        return Response(shape(self._made(named["name"], request.data, request.user)), status=201)

    @transaction.atomic
    def _made(self, name: str, body: dict[str, Any], by: User) -> Calendar:
        intake_turn.hold([f"calendar {name}"])
        try:
            return calendars.save(_free_slug(name), body | {"name": name}, by=by, now=self.now)
        except calendars.CalendarRefused as refused_:
            raise Problem(400, *(_error(one) for one in refused_.errors)) from None


class Name(Body):
    name = Text(LONGEST_NAME, allow_blank=False)


class Due(ApiView):
    @extend_schema(operation_id="calendars_due", request=DueBody, responses={200: DueShape})
    def post(self, request: Request, pk: int) -> Response:
        """When so many working minutes since `start` are used up, and the stretches they are made of."""
        calendar = Calendar.objects.filter(pk=pk).first()
        if calendar is None:
            raise Http404
        said = DueBody.read(request.data)
        pauses = said.get("pauses", [])
        # A calendar of its own: what somebody asks of far centuries does not weigh on the running clocks.
        hours = business_time.Calendar(calendar.hours.rules)
        _refuse_far(hours.rules, said["start"], said["minutes"], pauses)
        try:
            found = hours.due(said["start"], timedelta(minutes=said["minutes"]), pauses)
            segments = [{"from": one.start, "to": one.end, "minutes": one.minutes} for one in found.segments]
        except (business_time.NeverOpen, OverflowError):
            raise refuse("never_open", "minutes") from None
        return Response({"due_at": found.due_at, "segments": segments})


def _refuse_far(rules: Rules, start: datetime, minutes: float, pauses: list[Any]) -> None:
    """What would lie decades ahead is refused: every day until then would have to be laid out."""
    weekly = sum(end - begin for windows in rules.weekly for begin, end in windows)
    if minutes > (weekly * 52 * FARTHEST_YEARS or SELDOM_MINUTES):
        raise refuse("never_open", "minutes")
    if any(end is not None and end > start + FARTHEST for _, end in pauses):
        raise refuse("out_of_range", "pauses")


def shape(calendar: Calendar) -> dict[str, Any]:
    own = {"id": calendar.pk, "slug": calendar.slug, "version": calendar.version}
    return {"name": calendar.slug} | calendar.body | own


def _free_slug(name: str) -> str:
    """An address for the name that no other calendar has."""
    plain = slugify(name, allow_unicode=True)[:60] or "calendar"
    taken = set(Calendar.objects.filter(slug__startswith=plain).values_list("slug", flat=True))
    number = 1
    while (slug := plain if number == 1 else f"{plain}-{number}") in taken:
        number += 1
    return slug


def _error(wrong: business_time.DefinitionError) -> Error:
    path = ".".join(str(part)[:60] for part in wrong.path)
    return Error(wrong.code, path, message=calendar_words.sentence(wrong))
