"""Clocks by the API: find them, and read the story of one as its page tells it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import Http404, QueryDict
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import pages
from config.api.schema import CURSOR, PAGE_SIZE, listed
from config.api.views import ApiView
from handoff import clock_story, clock_words
from handoff.api import shapes
from handoff.api.handoffs import choices, person_of, queue_of
from handoff.api.shapes import ClockShape, QueueNameShape, WhomShape
from handoff.clock_story import Story
from handoff.lists import CLOCKS
from handoff.models import Clock
from leads.api.shapes import PersonShape, person
from leads.models import User
from leads.stretches import Stretch

STATES = (Clock.RUNNING, Clock.PAUSED, Clock.MET, Clock.MET_LATE, Clock.BREACHED, Clock.CANCELLED)
FILTERS = [
    OpenApiParameter("kind", description=f"One or more of {', '.join(CLOCKS)}"),
    OpenApiParameter("state", description=f"One or more of {', '.join(STATES)}"),
    OpenApiParameter("queue", description="A queue's id or slug"),
    OpenApiParameter("owner", description="Of the lead: a person's id, `me` or `none`"),
]


class HeldClockShape(ClockShape):
    """A clock, and what it is of."""

    handoff = serializers.IntegerField()
    lead = WhomShape()
    queue = QueueNameShape(allow_null=True)
    rep = PersonShape(allow_null=True)


class CountedByShape(serializers.Serializer[Any]):
    slug = serializers.CharField()
    version = serializers.IntegerField()


class StretchShape(serializers.Serializer[Any]):
    to = serializers.DateTimeField()
    minutes = serializers.FloatField()
    counts = serializers.BooleanField()
    because = serializers.CharField(help_text="Why it does not count, in the caller's language")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`from` is a word of Python's, so it cannot stand above."""
        return {"from": serializers.DateTimeField()} | super().get_fields()


class PausedShape(serializers.Serializer[Any]):
    to = serializers.DateTimeField()
    reason = serializers.CharField()
    by = PersonShape(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`from` is a word of Python's, so it cannot stand above."""
        return {"from": serializers.DateTimeField()} | super().get_fields()


class ExcuseShape(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    by = PersonShape(allow_null=True)
    reason = serializers.CharField()


class MovedShape(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    cause = serializers.CharField(help_text="calendar, pause, resume, restart, evidence, excuse, undo")
    old = serializers.DateTimeField(allow_null=True)
    new = serializers.DateTimeField(allow_null=True)
    by = PersonShape(allow_null=True, help_text="null: the product")


class LadderStepShape(serializers.Serializer[Any]):
    percent = serializers.FloatField()
    do = serializers.ListField(child=serializers.CharField())
    due_at = serializers.DateTimeField(allow_null=True)
    state = serializers.CharField()
    done_at = serializers.DateTimeField(allow_null=True)


class ClockStoryShape(HeldClockShape):
    policy = serializers.CharField(allow_null=True)
    calendar = CountedByShape(allow_null=True)
    stretches = StretchShape(many=True, help_text="From the start to the due time without a hole")
    pauses = PausedShape(many=True)
    excuse = ExcuseShape(allow_null=True)
    changes = MovedShape(many=True, help_text="What moved the due time, old and new")
    steps = LadderStepShape(many=True, help_text="Of the ladder")


class Clocks(ApiView):
    parameters = frozenset(one.name for one in FILTERS) | pages.PARAMETERS

    @extend_schema(
        operation_id="clocks_list", parameters=[*FILTERS, CURSOR, PAGE_SIZE], responses=listed(HeldClockShape)
    )
    def get(self, request: Request) -> Response:
        """The clocks of the handoffs you may see, newest first."""
        chosen = clock_story.visible_to(request.user).filter(*_conditions(request.query_params, request.user))
        return Response(pages.by_number(request, chosen, held))


class OneClock(ApiView):
    @extend_schema(operation_id="clocks_get", responses=ClockStoryShape)
    def get(self, request: Request, pk: int) -> Response:
        """What counted and what did not, what moved it, and the steps of its ladder."""
        clock = clock_story.visible_to(request.user).filter(pk=pk).first()
        if clock is None:
            raise Http404
        return Response(story(Story(clock, self.now)))


def held(clock: Clock) -> dict[str, Any]:
    one = clock.handoff
    return shapes.clock(clock) | {
        "handoff": one.pk,
        "lead": shapes.whom(one.lead),
        "queue": shapes.queue_name(one.queue),
        "rep": person(one.rep),
    }


def story(told: Story) -> dict[str, Any]:
    clock, calendar = told.clock, told.counted_by
    version = clock.calendar_version or (calendar.version if calendar else None)
    return held(clock) | {
        "policy": str(clock.handoff.policy) if clock.handoff.policy else None,
        "calendar": {"slug": calendar.slug, "version": version} if calendar else None,
        "stretches": [_stretch(one) for one in told.stretches],
        "pauses": [
            {"from": one.starts_at, "to": one.ends_at, "reason": one.reason, "by": person(one.by)}
            for one in told.pauses
        ],
        "excuse": _excuse(clock),
        "changes": [
            {
                "at": one.changed_at,
                "cause": one.cause,
                "old": one.old,
                "new": one.new,
                "by": person(one.by),
            }
            for one in told.changes
        ],
        "steps": [
            {
                "percent": one.percent,
                "do": one.acts,
                "due_at": one.due_at,
                "state": one.state,
                "done_at": one.done_at,
            }
            for one in told.steps
        ],
    }


def _stretch(one: Stretch) -> dict[str, Any]:
    return {
        "from": one.start,
        "to": one.end,
        "minutes": one.minutes,
        "counts": one.is_counted,
        "because": "" if one.is_counted else clock_words.because(one.because),
    }


def _excuse(clock: Clock) -> dict[str, Any] | None:
    if clock.excused_at is None:
        return None
    return {"at": clock.excused_at, "by": person(clock.excused_by), "reason": clock.excuse}


def _conditions(params: QueryDict, user: User) -> list[Q]:
    found = []
    if kinds := choices(params, "kind", CLOCKS):
        found.append(Q(kind__in=kinds))
    if states := choices(params, "state", STATES):
        found.append(Q(state__in=states))
    if params.get("queue"):
        found.append(Q(handoff__queue=queue_of(params["queue"][:80])))
    if params.get("owner"):
        found.append(Q(handoff__lead__owner=person_of(params["owner"], user, "owner")))
    return found
