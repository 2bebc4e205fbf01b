"""Why a handoff went to whom it went: the receipt in the caller's words, with an answer for every member."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.problems import refuse
from config.api.views import ApiView
from handoff import queueing, words
from handoff.api.handoffs import seen
from handoff.desk.rehearsing import MOST, Rehearsed, next_of, rehearse
from handoff.models import Handoff
from handoff.receipts import Reader
from leads.api.shapes import PersonShape, person
from leads.models import User


class WordShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    text = serializers.CharField(help_text="In the caller's language")


class MemberShape(serializers.Serializer[Any]):
    person = PersonShape()
    is_you = serializers.BooleanField()
    why_not = WordShape()


class PassedShape(serializers.Serializer[Any]):
    person = PersonShape()
    why_first = WordShape()
    why_not = WordShape()


class RoutingShape(serializers.Serializer[Any]):
    at = serializers.CharField(allow_null=True)
    winner = PersonShape(allow_null=True)
    why = WordShape(allow_null=True, help_text="null: nobody has looked at it yet")
    members = MemberShape(many=True, help_text="Everybody of the queue who did not get it")
    passed_over = PassedShape(many=True, help_text="Who would have been asked before the queue's strategy")


class TrialShape(serializers.Serializer[Any]):
    handoff = serializers.IntegerField(allow_null=True, help_text="null: a lead that nobody knows yet")
    rep = PersonShape(allow_null=True, help_text="null: it would wait")
    why = WordShape()


class RehearsalShape(serializers.Serializer[Any]):
    waiting = TrialShape(many=True, help_text="What waits in the queue, as routing would decide now")
    next = TrialShape(many=True, help_text="The next leads of the queue that nobody knows")


class DryRun(ApiView):
    parameters = frozenset({"leads"})

    @extend_schema(
        operation_id="queues_dry_run",
        parameters=[OpenApiParameter("leads", int, description="How many of the next, 10 unless said")],
        responses=RehearsalShape,
    )
    def get(self, request: Request, pk: int) -> Response:
        """To whom leads of this queue would go now; nothing moves. For who manages it."""
        queue = next((one for one in queueing.managed_by(request.user) if one.pk == pk), None)
        if queue is None:
            raise Http404
        waiting = Handoff.objects.waiting().filter(queue=queue).order_by("created_at", "pk")[:MOST]
        return Response(
            {
                "waiting": [_trial(one) for one in rehearse(waiting, now=self.now)],
                "next": [_trial(one) for one in next_of(queue, count=self._count(), now=self.now)],
            }
        )

    def _count(self) -> int:
        said = self.request.query_params.get("leads", "10")
        if not (said.isascii() and said.isdigit() and len(said) < 4):
            raise refuse("not_a_whole_number", "leads")
        return int(said)


def _trial(one: Rehearsed) -> dict[str, Any]:
    return {
        "handoff": one.handoff.pk if one.handoff else None,
        "rep": person(one.rep),
        "why": {"code": one.why, "text": words.why_label(one.why)},
    }


class WhyNot(ApiView):
    @extend_schema(operation_id="handoffs_routing", responses=RoutingShape)
    def get(self, request: Request, pk: int) -> Response:
        """Why this person, and why not each of the others, for who works in the queue or manages it."""
        return Response(_told(seen(pk, request.user), Reader(request.user)))


def _told(handoff: Handoff, reader: Reader) -> dict[str, Any]:
    receipt = handoff.routing
    if not receipt:
        return {"at": None, "winner": None, "why": None, "members": [], "passed_over": []}
    kept, passed = reader.why_not(handoff), reader.passed_over(handoff)
    people = User.objects.in_bulk([*kept, *(user for user, *_ in passed), receipt["winner"] or 0])
    return {
        "at": receipt.get("at"),
        "winner": person(people.get(receipt["winner"])),
        "why": {"code": receipt["why"], "text": words.why_label(receipt["why"])},
        "members": [
            {"person": person(people[user]), "is_you": user == reader.user.pk, "why_not": _why_not(code)}
            for user, code in kept.items()
            if user in people
        ],
        "passed_over": [
            {
                "person": person(people[user]),
                "why_first": {"code": why, "text": words.why_label(why)},
                "why_not": _why_not(code),
            }
            for user, why, code in passed
            if user in people
        ],
    }


def _why_not(code: str) -> dict[str, str]:
    return {"code": code, "text": words.why_not_label(code)}
