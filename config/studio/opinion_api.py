"""Opinions on single scores in the API: read them, say one, answer one, begin a draft from one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _t
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import pages
from config.api.bodies import Body
from config.api.fields import Strict, Text, Whole, refused
from config.api.problems import Error, Problem, refuse
from config.api.schema import CURSOR, PAGE_SIZE, listed
from config.api.views import ApiView
from config.studio import words
from config.studio.api import BIGGEST, told
from config.studio.model_shapes import ScoringModelFullShape, full
from handoff.api.shapes import WhomShape, whom
from leads import filters
from leads.api.shapes import PersonShape, person, utc
from leads.models import Lead, User
from scoring import words as score_words
from scoring.models import Opinion, ScoringModel
from scoring.rulemaking import opinions
from scoring.rulemaking.drafting import LONGEST_TITLE
from scoring.rulemaking.permissions import may

STATES = OPEN, SETTLED = ("open", "settled")
LONGEST_RULE = 120


class OpinionShape(serializers.Serializer[Any]):
    """What somebody thinks of a line of one lead's score, with what the score was then."""

    id = serializers.IntegerField()
    lead = WhomShape()
    rule = serializers.CharField(help_text="A rule of the model, `response`, or a half: `fit`, `interest`")
    label = serializers.CharField(help_text="The rule in your language")
    event = serializers.IntegerField(allow_null=True, help_text="The activity whose points are meant")
    model_version = serializers.IntegerField()
    readiness = serializers.IntegerField()
    points = serializers.FloatField()
    text = serializers.CharField()
    by = PersonShape(allow_null=True)
    at = serializers.DateTimeField()
    state = serializers.ChoiceField(STATES)
    answer = serializers.CharField()
    settled_at = serializers.DateTimeField(allow_null=True)
    settled_by = PersonShape(allow_null=True)
    draft = serializers.CharField(allow_null=True, help_text="The draft it belongs to (`d12`)")


class LeadField(Strict, serializers.IntegerField):
    """A lead this person sees, by its number."""

    def to_internal_value(self, data: Any) -> Lead:
        known = Lead.objects.visible_to(self.context["user"]).select_related("company")
        is_number = isinstance(data, int) and not isinstance(data, bool) and 0 < data < 2**63
        found = known.filter(pk=data).first() if is_number else None
        if found is None:
            raise refused("does_not_exist")
        return found


class OpinionBody(Body):
    told = frozenset({"id", "label", "points", "readiness", "model_version", "by", "at", "answer"})

    lead = LeadField()
    rule = Text(LONGEST_RULE, allow_blank=False)
    event = Whole(1, required=False, allow_null=True)
    text = Text(opinions.LONGEST, lines=True, allow_blank=False)


class AnswerBody(Body):
    answer = Text(opinions.LONGEST, lines=True, allow_blank=False)


class DraftBody(Body):
    title = Text(LONGEST_TITLE, required=False, help_text="By the rule it is about unless given")


FILTERS = [
    OpenApiParameter("state", enum=[OPEN, SETTLED], description="`open` ones wait for an answer"),
    OpenApiParameter("lead", int),
    OpenApiParameter("rule", str),
]  # fmt: skip


class Opinions(ApiView):
    parameters = frozenset(one.name for one in FILTERS) | pages.PARAMETERS

    @extend_schema(
        operation_id="scoring_opinions_list",
        parameters=[*FILTERS, CURSOR, PAGE_SIZE],
        responses=listed(OpinionShape),
    )
    def get(self, request: Request) -> Response:
        """Opinions on the scores of leads you may see, newest first."""
        rows = _chosen(seen_by(request.user), request.query_params)
        body = _rules(self.now)
        return Response(pages.by_number(request, rows, lambda one: shape(one, body)))

    @extend_schema(operation_id="scoring_opinions_create", request=OpinionBody, responses={201: OpinionShape})
    def post(self, request: Request) -> Response:
        """Say what you think of a line of a lead's score; the answer will stand at the lead."""
        said = OpinionBody.read(request.data, user=request.user)
        with told(self.now):
            one = _send(said, by=request.user, now=self.now)
        return Response(shape(one, _rules(self.now)), status=201)


class OneOpinion(ApiView):
    @extend_schema(operation_id="scoring_opinions_get", responses=OpinionShape)
    def get(self, request: Request, pk: int) -> Response:
        return Response(shape(_seen(pk, request.user), _rules(self.now)))


class Answer(ApiView):
    @extend_schema(operation_id="scoring_opinions_answer", request=AnswerBody, responses={200: OpinionShape})
    def post(self, request: Request, pk: int) -> Response:
        """Answer an opinion, once; its writer reads the answer at the lead."""
        opinion = _seen(pk, request.user)
        _insist_writes(request.user)
        said = AnswerBody.read(request.data)
        with told(self.now):
            opinions.settle(opinion, **said, by=request.user, now=self.now)
        return Response(shape(_seen(pk, request.user), _rules(self.now)))


class FromOpinion(ApiView):
    @extend_schema(
        operation_id="scoring_opinions_draft", request=DraftBody, responses={201: ScoringModelFullShape}
    )
    def post(self, request: Request, pk: int) -> Response:
        """A draft of the newest rules that begins with this opinion."""
        opinion = _seen(pk, request.user)
        _insist_writes(request.user)
        title = DraftBody.read(request.data).get("title") or _title(opinion)
        with told(self.now):
            draft = opinions.begin_draft(opinion, title=title, by=request.user, now=self.now)
        return Response(full(draft.pk), status=201)


def seen_by(user: User) -> QuerySet[Opinion]:
    mine = Lead.objects.visible_to(user).values("pk")
    return Opinion.objects.filter(lead__in=mine).select_related("lead__company", "by", "settled_by")


def shape(one: Opinion, body: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "id": one.pk,
        "lead": whom(one.lead),
        "rule": one.rule,
        "label": score_words.opinion_label(one, body=body),
        "event": one.event_id,
        "model_version": one.model_version,
        "readiness": one.readiness,
        "points": float(one.points),
        "text": one.text,
        "by": person(one.by),
        "at": utc(one.at),
        "state": SETTLED if one.settled_at else OPEN,
        "answer": one.answer,
        "settled_at": utc(one.settled_at),
        "settled_by": person(one.settled_by),
        "draft": f"d{one.draft_id}" if one.draft_id else None,
    }


def _chosen(rows: QuerySet[Opinion], params: Any) -> QuerySet[Opinion]:
    state = params.get("state", "")
    if state not in ("", OPEN, SETTLED):
        raise refuse("unknown_choice", "state", value=state[:60])
    if state:
        rows = rows.filter(settled_at__isnull=state == OPEN)
    if lead := params.get("lead"):
        if not (lead.isascii() and lead.isdigit() and len(lead) <= filters.LONGEST_ID):
            raise refuse("not_a_whole_number", "lead")
        rows = rows.filter(lead=int(lead))
    return rows.filter(rule=params["rule"][:LONGEST_RULE]) if params.get("rule") else rows


def _send(said: dict[str, Any], *, by: User, now: datetime) -> Opinion:
    try:
        return opinions.send(**said, by=by, now=now)
    except opinions.NoSuchLine as gone:
        raise Problem(400, Error("no_such_line", "rule", message=words.refusal(gone, now=now))) from None


def _seen(pk: int, user: User) -> Opinion:
    """Raises Http404 for an opinion on a lead this person does not see."""
    found = seen_by(user).filter(pk=min(pk, BIGGEST)).first()
    if found is None:
        raise Http404
    return found


def _insist_writes(user: User) -> None:
    if not may(user).write:
        raise PermissionDenied


def _rules(now: datetime) -> dict[str, Any] | None:
    version = ScoringModel.objects.in_force(now)
    return version.body if version else None


def _title(opinion: Opinion) -> str:
    said = _t("%(rule)s: from an opinion") % {"rule": score_words.opinion_label(opinion)}
    return said[:LONGEST_TITLE]
