"""Handoffs: find them, and answer them."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import Http404, QueryDict
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import pages
from config.api.bodies import Body
from config.api.fields import Choice, Day, Moment, PlainObject, Strict, Text, Whole, refused
from config.api.problems import refuse
from config.api.schema import CURSOR, PAGE_SIZE, listed
from config.api.views import ApiView
from handoff import desk
from handoff.api import shapes
from handoff.api.refusals import told
from handoff.api.shapes import HandoffShape, QueueShape
from handoff.models import Clock, Handoff, Queue
from handoff.receipts import Reader
from leads import filters
from leads.api.bodies import PersonField
from leads.models import User
from leads.models.people import Team

LONGEST_NOTE = 10_000
STEPS = "wake, trigger, right_person, marketing_fix, disqualify; by default what the reason says"
TRIGGER = '{"on": "reaction"} or {"when": a predicate, as in the playbook}'
WAKE_ON = "Of a trigger: the latest date; 180 days by default"
FILTERS = [
    OpenApiParameter("queue", description="A queue's id or slug"),
    OpenApiParameter("state", description="One or more, separated by commas"),
    OpenApiParameter("rep", description="A person's id, `me` or `none`"),
    OpenApiParameter("lead", int),
    OpenApiParameter("lane", int),
    OpenApiParameter("mine", enum=["0", "1"], description="1: offered to you, or in your hands"),
    OpenApiParameter("sla", description="One or more of overdue, risk, ok, none"),
]


class Handoffs(ApiView):
    parameters = frozenset(one.name for one in FILTERS) | pages.PARAMETERS

    @extend_schema(
        operation_id="handoffs_list", parameters=[*FILTERS, CURSOR, PAGE_SIZE], responses=listed(HandoffShape)
    )
    def get(self, request: Request) -> Response:
        """The handoffs of leads you may see, newest first; waiting ones too."""
        chosen = Handoff.objects.listed_for(request.user).filter(
            *_conditions(request.query_params, request.user, self.now)
        )
        shape = partial(shapes.handoff, reader=Reader(request.user))
        return Response(pages.by_number(request, shapes.handoffs(chosen), shape))


class OneHandoff(ApiView):
    @extend_schema(operation_id="handoffs_get", responses=HandoffShape)
    def get(self, request: Request, pk: int) -> Response:
        one = seen(pk, request.user, whole=True)
        return Response(shapes.handoff(one, reader=Reader(request.user)))


class AcceptBody(Body):
    version = Whole(0, help_text="The handoff's version as you read it")


class Accept(ApiView):
    @extend_schema(operation_id="handoffs_accept", request=AcceptBody, responses={200: HandoffShape})
    def post(self, request: Request, pk: int) -> Response:
        """Take the lead on. 409 when somebody was quicker, 403 when it was offered to somebody else."""
        handoff, said = seen(pk, request.user), AcceptBody.read(request.data)
        with told():
            desk.accept(handoff, by=request.user, now=self.now, **said)
        return Response(shapes.again(pk, request.user))


class SendBackBody(AcceptBody):
    reason = Text(60)
    next_step = Text(20, required=False, help_text=STEPS + "; or pass_on, to the person `to` names")
    wake_on = Day(required=False, allow_null=True, help_text=WAKE_ON)
    wake_trigger = PlainObject(required=False, allow_null=True, help_text=TRIGGER)
    to = PersonField(required=False, allow_null=True)
    note = Text(LONGEST_NOTE, required=False, lines=True)
    follow = Choice(("marketing", "me"), required=False)


class SendBack(ApiView):
    @extend_schema(operation_id="handoffs_send_back", request=SendBackBody, responses={200: HandoffShape})
    def post(self, request: Request, pk: int) -> Response:
        """Give the lead back, with a reason of the playbook and what happens next."""
        handoff, said = seen(pk, request.user), SendBackBody.read(request.data)
        with told():
            desk.send_back(handoff, by=request.user, now=self.now, **said)
        return Response(shapes.again(pk, request.user))


class ContactBody(AcceptBody):
    result = Text(20)
    channel = Text(20)
    note = Text(LONGEST_NOTE, required=False, lines=True)
    occurred_at = Moment(required=False)
    next_step_on = Day(required=False, allow_null=True)


class Contact(ApiView):
    @extend_schema(operation_id="handoffs_contact", request=ContactBody, responses={200: HandoffShape})
    def post(self, request: Request, pk: int) -> Response:
        """Log what came of a call, a mail or a visit. The first one meets the first-contact clock."""
        handoff, said = seen(pk, request.user), ContactBody.read(request.data)
        with told():
            desk.contact(handoff, by=request.user, now=self.now, **said)
        return Response(shapes.again(pk, request.user))


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string"}]})
class QueueField(Strict):
    """A queue by number or slug."""

    def to_internal_value(self, data: Any) -> Queue:
        found = queue_of(data) if isinstance(data, int | str) and not isinstance(data, bool) else None
        if found is None:
            raise refused("does_not_exist")
        return found

    def to_representation(self, value: Any) -> Any:
        return value


class ReassignBody(Body):
    to = PersonField(required=False, allow_null=True)
    queue = QueueField(required=False, allow_null=True)
    reason = Text(60)
    version = Whole(0, required=False)


class Reassign(ApiView):
    @extend_schema(operation_id="handoffs_reassign", request=ReassignBody, responses={200: HandoffShape})
    def post(self, request: Request, pk: int) -> Response:
        """A manager gives it to somebody else, or to a queue; the answer is the new handoff."""
        handoff, said = seen(pk, request.user), ReassignBody.read(request.data)
        with told():
            new = desk.reassign(handoff, by=request.user, now=self.now, **said)
        return Response(shapes.again(new.pk, request.user))


class Queues(ApiView):
    parameters = pages.PARAMETERS

    @extend_schema(operation_id="queues_list", parameters=[CURSOR, PAGE_SIZE], responses=listed(QueueShape))
    def get(self, request: Request) -> Response:
        """The queues you work in, manage, or fill."""
        mine = Queue.objects.filter(is_active=True)
        if not request.user.sees_all_leads:
            teams = Team.objects.within_reach_of(request.user)
            seats = Queue.objects.filter(members__user=request.user, members__is_active=True)
            mine = mine.filter(Q(team__in=teams) | Q(pk__in=seats.values("pk")))
        rows = mine.select_related("team").prefetch_related("members__user")
        return Response(pages.by_number(request, rows, shapes.queue))


def seen(pk: int, user: User, *, whole: bool = False) -> Handoff:
    """The handoff, if this person may see its lead. Raises Http404 for any other number.

    `whole`: with all that its shape shows. A door reads it again under its lock anyway: of 200 who want the
    same lead at once, 199 need no more than a refusal.
    """
    rows = Handoff.objects.visible_to(user).filter(pk=pk)
    found = next(iter(shapes.handoffs(rows) if whole else rows), None)
    if found is None:
        raise Http404
    return found


def queue_of(named: int | str) -> Queue | None:
    """A queue by number (as text, too) or slug."""
    said = str(named)
    is_number = said.isascii() and said.isdigit() and len(said) <= filters.LONGEST_ID
    return Queue.objects.filter(Q(slug=said) | (Q(pk=int(said)) if is_number else Q(pk=None))).first()


def _conditions(params: QueryDict, user: User, now: datetime) -> list[Q]:
    found = []
    if params.get("queue"):
        found.append(Q(queue=queue_of(params["queue"][:80])))
    if states := choices(params, "state", shapes.STATES):
        found.append(Q(state__in=states))
    if params.get("rep"):
        found.append(Q(rep=person_of(params["rep"], user, "rep")))
    if params.get("lead"):
        found.append(Q(lead=_number(params["lead"], "lead")))
    if params.get("lane"):
        found.append(Q(lane=min(_number(params["lane"], "lane"), 32_767)))
    if params.get("mine") and choices(params, "mine", ("0", "1")) == ["1"]:
        found.append(Q(rep=user) | Q(state=Handoff.ACCEPTED, lead__owner=user))
    if wanted := choices(params, "sla", filters.SLA):
        found.append(_sla(wanted, now))
    return found


def choices(params: QueryDict, name: str, known: tuple[str, ...]) -> list[str]:
    """The values of one filter, separated by commas or said again. Raises a problem for an unknown one."""
    said = [part.strip() for value in params.getlist(name) for part in value.split(",") if part.strip()]
    for one in said:
        if one not in known:
            raise refuse("unknown_choice", name, value=one[:60])
    return said


def _number(said: str, name: str) -> int:
    if said.isascii() and said.isdigit() and len(said) <= filters.LONGEST_ID:
        return int(said)
    raise refuse("not_a_whole_number", name)


def person_of(said: str, user: User, name: str) -> int | None:
    """A person's id as the filter `name` says it: a number, `me`, or None for `none`."""
    if said == filters.ME:
        return int(user.pk)
    return None if said == filters.NOBODY else _number(said, name)


def _sla(wanted: list[str], now: datetime) -> Q:
    """The nearest clock that waits for its event; exactly at its due time it is still in time."""
    alive = Clock.objects.filter(
        handoff=OuterRef("pk"), state__in=Clock.ALIVE, ended_at=None, due_at__isnull=False
    ).exclude(kind=Clock.ANSWER)
    late, risky = Exists(alive.filter(due_at__lt=now)), Exists(alive.filter(risk_at__lte=now))
    ways = {
        filters.OVERDUE: Q(late),
        filters.AT_RISK: ~Q(late) & Q(risky),
        filters.IN_TIME: Q(Exists(alive)) & ~Q(late) & ~Q(risky),
        filters.NO_CLOCK: ~Q(Exists(alive)),
    }
    found = ways[wanted[0]]
    for one in wanted[1:]:
        found |= ways[one]
    return found
