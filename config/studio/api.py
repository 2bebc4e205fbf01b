"""Models of readiness in the API: versions and drafts on their way, under one address (decision 0056)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import pages
from config.api.bodies import Body
from config.api.fields import Moment, Strict, Text, Whole
from config.api.problems import Error, Problem, refuse
from config.api.schema import CURSOR, PAGE_SIZE, listed
from config.api.views import ApiView
from config.studio import checking, words
from config.studio.model_shapes import (
    ScoringModelFullShape,
    ScoringModelShape,
    draft_shape,
    drafts,
    full,
    standings,
    version_shape,
    versions,
)
from leads.api.shapes import person, utc
from scoring.models import Draft, ScoringModel
from scoring.rulemaking import drafting
from scoring.rulemaking.drafting import LONGEST_TITLE, DraftChanged, DraftRefused, NotYours
from scoring.rulemaking.opinions import LONGEST
from scoring.rulemaking.permissions import may

KEY = re.compile(r"(?P<kind>[vd]?)(?P<number>\d{1,9})", re.ASCII)
LATEST = "latest"
BIGGEST = 2**31 - 1
OPEN, PUBLISHED = "open", "published"
CONFLICTS = ("base_is_old", "settled_already")


@extend_schema_field(OpenApiTypes.OBJECT)
class RulesField(Strict, serializers.JSONField):
    """A `scoring` section, by the playbook's own checker; every problem with its path in the body."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("not_an_object")
        return _insist_sound(data)


class BeginBody(Body):
    title = Text(LONGEST_TITLE, allow_blank=False)
    body = RulesField()
    base = Whole(1, BIGGEST, required=False, help_text="The version it changes; the newest unless given")


class EditBody(Body):
    revision = Whole(1, BIGGEST)
    title = Text(LONGEST_TITLE, allow_blank=False, required=False)
    body = RulesField(required=False)


class PublishBody(Body):
    revision = Whole(1, BIGGEST)
    wished_from = Moment(required=False, allow_null=True, help_text="In force then; at once unless given")


class CommentBody(Body):
    text = Text(LONGEST, lines=True, allow_blank=False)
    rule = Text(120, required=False)


STATE = OpenApiParameter(
    "state", enum=[PUBLISHED, OPEN], description="`published` versions unless given, or `open` drafts"
)


class Models(ApiView):
    parameters = frozenset({"state"}) | pages.PARAMETERS

    @extend_schema(
        operation_id="scoring_models_list",
        parameters=[STATE, CURSOR, PAGE_SIZE],
        responses=listed(ScoringModelShape),
    )
    def get(self, request: Request) -> Response:
        """Published versions, or drafts on their way, newest first."""
        _insist_reads(request)
        state = request.query_params.get("state") or PUBLISHED
        if state not in (PUBLISHED, OPEN):
            raise refuse("unknown_choice", "state", value=state[:60])
        if state == OPEN:
            rows = drafts().filter(state__in=drafting.OPEN)
            return Response(pages.by_number(request, rows, lambda one: draft_shape(one)))
        known = standings()
        return Response(pages.by_number(request, versions(), lambda one: version_shape(one, known, self.now)))

    @extend_schema(
        operation_id="scoring_models_create", request=BeginBody, responses={201: ScoringModelFullShape}
    )
    def post(self, request: Request) -> Response:
        """A draft from a `scoring` section; `publish/` asks for approval and approves."""
        if not may(request.user).write:
            raise PermissionDenied
        said = BeginBody.read(request.data)
        base = _base(said.pop("base", None))
        with told(self.now):
            draft = drafting.begin(**said, base=base, by=request.user, now=self.now)
        return Response(full(draft.pk), status=201)


class OneModel(ApiView):
    @extend_schema(operation_id="scoring_models_get", responses=ScoringModelFullShape)
    def get(self, request: Request, key: str) -> Response:
        """A version (`v3`, `3`, `latest`) or a draft (`d12`) with its rules."""
        _insist_reads(request)
        kind, number = _read(key)
        if kind == "d":
            return Response(full(number))
        rows = versions().order_by("-version")
        here = rows.first() if key == LATEST else rows.filter(version=number).first()
        if here is None:
            raise Http404
        return Response(version_shape(here, standings(), self.now) | {"body": here.body, "comments": []})

    @extend_schema(
        operation_id="scoring_models_edit", request=EditBody, responses={200: ScoringModelFullShape}
    )
    def patch(self, request: Request, key: str) -> Response:
        """Change a draft. Approvals of what it said before no longer count."""
        _insist_reads(request)
        draft = draft_of(key)
        if not may(request.user).write:
            raise PermissionDenied
        said = EditBody.read(request.data)
        with told(self.now):
            drafting.edit(draft, **({"body": draft.body} | said), by=request.user, now=self.now)
        return Response(full(draft.pk))


class Publish(ApiView):
    @extend_schema(
        operation_id="scoring_models_publish", request=PublishBody, responses={200: ScoringModelFullShape}
    )
    def post(self, request: Request, key: str) -> Response:
        """Ask for approval, or give your side's. With both it is published; `state` says how far it is."""
        _insist_reads(request)
        draft, said = draft_of(key), PublishBody.read(request.data)
        wished_from = said.pop("wished_from", None)
        if may(request.user).write:
            _insist_sound(draft.body)
        with told(self.now):
            if draft.state != Draft.REQUESTED:
                drafting.request(draft, **said, wished_from=wished_from, by=request.user, now=self.now)
            elif wished_from is not None:
                raise refuse("read_only", "wished_from")
            else:
                drafting.approve(draft, **said, by=request.user, now=self.now)
        return Response(full(draft.pk))


class Withdraw(ApiView):
    @extend_schema(
        operation_id="scoring_models_withdraw", request=Body, responses={200: ScoringModelFullShape}
    )
    def post(self, request: Request, key: str) -> Response:
        """Give a draft up; it stays readable."""
        _insist_reads(request)
        draft = draft_of(key)
        Body.read(request.data)
        with told(self.now):
            drafting.withdraw(draft, by=request.user, now=self.now)
        return Response(full(draft.pk))


class Comments(ApiView):
    @extend_schema(
        operation_id="scoring_models_comment", request=CommentBody, responses={201: ScoringModelFullShape}
    )
    def post(self, request: Request, key: str) -> Response:
        """Say something about a draft, or about one rule of it."""
        _insist_reads(request)
        draft, said = draft_of(key), CommentBody.read(request.data)
        with told(self.now):
            drafting.comment(draft, **said, by=request.user, now=self.now)
        return Response(full(draft.pk), status=201)


@contextmanager
def told(now: datetime) -> Iterator[None]:
    """Inside, every refusal of a door becomes the problem that says it."""
    try:
        yield
    except DraftChanged as changed:
        also = {"by": person(changed.by), "at": utc(changed.at), "state": changed.state}
        also["revision"] = changed.revision
        code = "changed" if changed.state == Draft.EDITED else f"already_{changed.state}"
        raise Problem(409, Error(code, message=words.refusal(changed, now=now)), also=also) from None
    except DraftRefused as refused:
        status = 409 if refused.code in CONFLICTS else 400
        message = str(words.REFUSALS[refused.code])
        raise Problem(status, Error(refused.code, refused.field, message=message)) from None
    except NotYours:
        raise PermissionDenied from None


def draft_of(key: str) -> Draft:
    """The draft an address names (`d12`). Raises Http404; a version is no draft."""
    kind, number = _read(key)
    found = drafts().filter(pk=number).first() if kind == "d" else None
    if found is None:
        raise Http404
    return found


def _read(key: str) -> tuple[str, int]:
    """`v3`, `3`, `d12`, `latest`. Raises Http404."""
    if key == LATEST:
        return "v", 0
    said = KEY.fullmatch(key)
    if said is None:
        raise Http404
    return said["kind"] or "v", int(said["number"])


def _base(number: int | None) -> ScoringModel | None:
    if number is None:
        return ScoringModel.objects.newest()
    found = ScoringModel.objects.filter(version=number).first()
    if found is None:
        raise refuse("unknown_model", "base")
    return found


def _insist_reads(request: Request) -> None:
    if not may(request.user).read:
        raise PermissionDenied


def _insist_sound(body: dict[str, Any]) -> dict[str, Any]:
    """The body, if the playbook's checker has nothing against it; else every problem with its path."""
    try:
        return checking.checked(body)
    except checking.BodyRefused as refused:
        raise Problem(400, *map(_wrong, refused.problems)) from None


def _wrong(problem: checking.Problem) -> Error:
    place = ".".join(("body", *(str(part)[:60] for part in problem.path[1:])))
    return Error(problem.code, place, message=checking.sentence(problem))
