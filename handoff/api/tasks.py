"""Tasks: find them, answer them, and ask marketing a question."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import pages
from config.api.bodies import Body
from config.api.fields import Text
from config.api.problems import refuse
from config.api.schema import CURSOR, PAGE_SIZE, listed
from config.api.views import ApiView
from handoff import desk
from handoff.api.handoffs import seen as seen_handoff
from handoff.api.meetings import number
from handoff.api.refusals import told
from handoff.api.shapes import WhomShape, whom
from leads.api.shapes import PersonShape, person, utc
from leads.models import Task, User

STATES = ("open", "done")
FILTERS = [
    OpenApiParameter("state", enum=list(STATES)),
    OpenApiParameter("lead", int),
    OpenApiParameter("mine", enum=["0", "1"], description="1: asked of you, or of your side"),
]


class TaskShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    lead = WhomShape()
    kind = serializers.CharField()
    side = serializers.CharField()
    assignee = PersonShape(allow_null=True)
    asked_by = PersonShape(allow_null=True)
    text = serializers.CharField()
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    answer = serializers.CharField()
    outcome = serializers.CharField()
    done_at = serializers.DateTimeField(allow_null=True)
    done_by = PersonShape(allow_null=True)


def shape(one: Task) -> dict[str, Any]:
    return {
        "id": one.pk,
        "lead": whom(one.lead),
        "kind": one.kind,
        "side": one.side,
        "assignee": person(one.assignee),
        "asked_by": person(one.asked_by),
        "text": one.text,
        "created_at": utc(one.created_at),
        "due_at": utc(one.due_at),
        "answer": one.answer,
        "outcome": one.outcome,
        "done_at": utc(one.done_at),
        "done_by": person(one.done_by),
    }


class TaskAnswerBody(Body):
    text = Text(2_000, required=False, lines=True)
    outcome = Text(20, required=False, help_text="Where there is a choice: see the guide of tasks")


class QuestionBody(Body):
    text = Text(2_000, lines=True)


class Tasks(ApiView):
    parameters = frozenset(one.name for one in FILTERS) | pages.PARAMETERS

    @extend_schema(
        operation_id="tasks_list", parameters=[*FILTERS, CURSOR, PAGE_SIZE], responses=listed(TaskShape)
    )
    def get(self, request: Request) -> Response:
        """The tasks of the leads you may see, and your own, newest first."""
        rows, said = _tasks(request.user), request.query_params
        if state := said.get("state"):
            if state not in STATES:
                raise refuse("unknown_choice", "state", value=state[:60])
            rows = rows.filter(done_at__isnull=state == "open")
        if said.get("lead"):
            rows = rows.filter(lead=number(said["lead"], "lead"))
        if said.get("mine") == "1":
            rows = rows.filter(desk.asked_of(request.user))
        return Response(pages.by_number(request, rows, shape))


class AnswerTask(ApiView):
    @extend_schema(operation_id="tasks_answer", request=TaskAnswerBody, responses={200: TaskShape})
    def post(self, request: Request, pk: int) -> Response:
        """Done, with what there is to say. 409 when it was answered already."""
        task, said = _seen(pk, request.user), TaskAnswerBody.read(request.data)
        with told():
            desk.answer_task(task, by=request.user, now=self.now, **said)
        return Response(shape(_seen(pk, request.user)))


class Question(ApiView):
    @extend_schema(operation_id="handoffs_question", request=QuestionBody, responses={201: TaskShape})
    def post(self, request: Request, pk: int) -> Response:
        """Ask marketing about a lead you have or are offered; the answer is a task on their clock."""
        handoff, said = seen_handoff(pk, request.user), QuestionBody.read(request.data)
        with told():
            task = desk.ask_marketing(handoff, by=request.user, now=self.now, **said)
        return Response(shape(_tasks(request.user).get(pk=task.pk)), status=201)


def _tasks(user: User) -> QuerySet[Task]:
    return desk.tasks_of(user).select_related("lead__company", "assignee", "asked_by", "done_by")


def _seen(pk: int, user: User) -> Task:
    found = _tasks(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
