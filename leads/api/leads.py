"""Leads: bring one, find them, read and correct one."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import pages
from config.api.problems import Error, Problem, refuse
from config.api.schema import CURSOR, PAGE_SIZE, listed
from config.api.views import ApiView
from leads import editing, filters, intake, lifecycle, paging, roles
from leads.api import shapes
from leads.api.bodies import LeadChange, NewLead, arriving, change
from leads.api.shapes import LeadShape
from leads.api.words import sentence
from leads.listing import Listing
from leads.models import Lead, User

FILTERS = [
    OpenApiParameter("stage", description="One or more, separated by commas"),
    OpenApiParameter("source", many=True, description="As written; `-` for leads without one"),
    OpenApiParameter("class", description="Fit × interest: one or more of now, future, nurture, out"),
    OpenApiParameter("readiness_min", int),
    OpenApiParameter("ready", description="A span: `60-`, `-40`, `20-60`"),
    OpenApiParameter("owner", description="A person's id, `me` or `none`"),
    OpenApiParameter("queue", int),
    OpenApiParameter("q", description="Name, kana, company, e-mail, phone, number"),
    OpenApiParameter("sla", description="One or more of overdue, risk, ok, none"),
    OpenApiParameter("ordering", enum=filters.ORDERS),
]


class Leads(ApiView):
    parameters = filters.PARAMETERS | pages.PARAMETERS

    @extend_schema(
        operation_id="leads_list", parameters=[*FILTERS, CURSOR, PAGE_SIZE], responses=listed(LeadShape)
    )
    def get(self, request: Request) -> Response:
        """The leads you may see, narrowed and ordered as the list page does it."""
        if request.query_params.get("q") and request.user.has_role(roles.PARTNER_CALLER):
            raise PermissionDenied
        listing = Listing(request.user, _chosen(request.query_params, request.user), self.now)
        size = pages.size_of(request.query_params)
        try:
            found = listing.page(request.query_params.get("cursor", ""), columns=shapes.COLUMNS, size=size)
        except (paging.CursorRefused, TypeError, ValueError):
            raise refuse("invalid_cursor", "cursor") from None
        rows = [shapes.lead(row, request.user) for row in found.rows]
        return Response(pages.page(request, rows, next=found.next, previous=found.previous))

    @extend_schema(operation_id="leads_create", request=NewLead, responses={201: LeadShape, 200: LeadShape})
    def post(self, request: Request) -> Response:
        """A lead that comes in: 201 when it is new, 200 when it is one we know (by external_id or e-mail).

        What is sent empty says nothing: a known lead keeps what it has.
        """
        if not editing.may_add(request.user):
            raise PermissionDenied
        said = NewLead.read(request.data, now=self.now)
        try:
            received = self._receive(said, request.user)
        except IntegrityError:  # somebody brought the same external_id in this moment: now it is known
            received = self._receive(said, request.user)
        return Response(shapes.again(received.lead.pk, request.user), status=201 if received.created else 200)

    @transaction.atomic
    def _receive(self, said: dict[str, Any], by: User) -> intake.Received:
        try:
            values = arriving(said, by=by, now=self.now)
            known = intake.match(values)
            if known is not None:
                _refuse_hidden(known, by)
                if known.owner_id is not None:
                    values.pop("owner", None)
            return intake.receive(values, by=by, now=self.now)
        except intake.IntakeRefused as why:
            raise refuse(why.code, why.field, message=sentence(why.code)) from None


class OneLead(ApiView):
    @extend_schema(operation_id="leads_get", responses=LeadShape)
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.one(pk, request.user))

    @extend_schema(operation_id="leads_change", request=LeadChange, responses=LeadShape)
    def patch(self, request: Request, pk: int) -> Response:
        """Change what you name; with `version`, only if nobody moved the lead since you read it."""
        lead = visible(pk, request.user)
        if not editing.may_edit(request.user, lead):
            raise PermissionDenied
        said = LeadChange.read(request.data, now=self.now)
        version = said.pop("version", None)
        try:
            values = change(said, now=self.now)
            intake.edit(lead, values, by=request.user, now=self.now, version=version)
        except lifecycle.LeadChanged as changed:
            raise overtaken(changed) from None
        except IntegrityError:
            raise refuse("external_id_taken", "external_id", message=sentence("external_id_taken")) from None
        except intake.IntakeRefused as why:
            raise refuse(why.code, why.field, message=sentence(why.code)) from None
        return Response(shapes.one(pk, request.user))


def visible(pk: int, user: User) -> Lead:
    """The lead, if this person may see it. Raises a 404 alike for others' and for none."""
    found = Lead.objects.visible_to(user).select_related("company", "owner").filter(pk=pk).first()
    if found is None:
        raise refuse("not_found", status=404)
    return found


def overtaken(changed: lifecycle.LeadChanged) -> Problem:
    """Somebody moved the lead since it was read: who, when, and how it stands now."""
    last = changed.last
    also = {
        "by": shapes.person(last.actor) if last else None,
        "at": shapes.utc(last.recorded_at) if last else None,
        "state": changed.lead.stage,
        "version": changed.lead.version,
    }
    return Problem(409, Error("lead_changed", "version", message=sentence("lead_changed")), also=also)


def _chosen(params: QueryDict, user: User) -> filters.LeadFilter:
    reading = filters.read(params, user=user)
    if reading.problems:
        raise Problem(400, *(_error(one) for one in reading.problems))
    return reading.chosen


def _error(problem: filters.Problem) -> Error:
    code = "invalid_ordering" if problem.parameter in ("ordering", "sort") else problem.code
    if code == "too_long":
        return Error("max_length", problem.parameter, {"most": filters.LONGEST_TEXT})
    return Error(code, problem.parameter, {"value": problem.value})


def _refuse_hidden(known: Lead, by: User) -> None:
    """A known lead of somebody else's is neither changed nor shown, only its card (PRODUCT 11)."""
    if Lead.objects.visible_to(by).filter(pk=known.pk).exists():
        return
    card = {
        "company": known.company.name if known.company else None,
        "name": known.display_name,
        "stage": known.stage,
        "owner": shapes.person(known.owner),
        "since": shapes.utc(known.created_at),
    }
    error = Error("known_elsewhere", "email", message=sentence("known_elsewhere"))
    raise Problem(409, error, also={"known": card})
