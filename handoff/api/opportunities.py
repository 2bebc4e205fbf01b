"""Opportunities: open one with its figures, change them, win or lose it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import pages
from config.api.bodies import Body
from config.api.fields import Choice, Day, Number, Text, Whole
from config.api.problems import refuse
from config.api.schema import CURSOR, PAGE_SIZE, listed
from config.api.views import ApiView
from handoff import desk
from handoff.api import path_shapes
from handoff.api.meetings import number, which
from handoff.api.path_shapes import OpportunityShape
from handoff.api.refusals import told
from leads import stages
from leads.api.activities import WhichLead
from leads.api.bodies import PersonField
from leads.models import Lead, Opportunity, User

OPEN = "open"
FILTERS = [
    OpenApiParameter("lead", int),
    OpenApiParameter("owner", description="A person's id, or `me`"),
    OpenApiParameter("outcome", enum=[OPEN, *stages.OUTCOMES]),
]
LONGEST_NOTE = 10_000


class Amount(Number):
    """A JSON number of whole currency units, kept to two decimals."""

    def to_internal_value(self, data: Any) -> Decimal:  # type: ignore[override]
        super().to_internal_value(data)
        return Decimal(str(data)).quantize(Decimal("0.01"))


class OpportunityBody(Body):
    told = frozenset({"id", "outcome", "reason", "competitor", "closed_at", "closed_by", "opened_at"})

    amount = Amount()
    currency = Text(3, required=False, help_text="ISO 4217, three letters; JPY unless said")
    expected_close = Day()
    next_step_on = Day(required=False, allow_null=True)
    owner = PersonField(required=False)


class NewOpportunity(OpportunityBody):
    lead = WhichLead()


class OpportunityChange(OpportunityBody):
    told = OpportunityBody.told | {"lead"}

    amount = Amount(required=False)
    expected_close = Day(required=False)
    version = Whole(0, required=False, help_text="As you read it; an older one is a conflict")


class CloseBody(Body):
    outcome = Choice(stages.OUTCOMES)
    reason = Text(60, required=False, help_text="Of the playbook's list `lost`; required when lost")
    competitor = Text(120, required=False, help_text="Required when the reason is competitor")
    amount = Amount(required=False, help_text="What it came to, where that is another amount")
    note = Text(LONGEST_NOTE, required=False, lines=True)
    version = Whole(0, required=False, help_text="As you read it; an older one is a conflict")


class Opportunities(ApiView):
    parameters = frozenset(one.name for one in FILTERS) | pages.PARAMETERS

    @extend_schema(
        operation_id="opportunities_list",
        parameters=[*FILTERS, CURSOR, PAGE_SIZE],
        responses=listed(OpportunityShape),
    )
    def get(self, request: Request) -> Response:
        """The opportunities of leads you may see, newest first."""
        chosen = Opportunity.objects.filter(_of_leads_of(request.user))
        if said := request.query_params.get("lead"):
            chosen = chosen.filter(lead=number(said, "lead"))
        if said := request.query_params.get("owner"):
            chosen = chosen.filter(owner=request.user.pk if said == "me" else number(said, "owner"))
        if said := request.query_params.get("outcome"):
            if said not in (OPEN, *stages.OUTCOMES):
                raise refuse("unknown_choice", "outcome", value=said[:60])
            chosen = chosen.filter(outcome=None if said == OPEN else said)
        return Response(pages.by_number(request, path_shapes.opportunities(chosen), path_shapes.opportunity))

    @extend_schema(
        operation_id="opportunities_open", request=NewOpportunity, responses={201: OpportunityShape}
    )
    def post(self, request: Request) -> Response:
        """Open one for a lead that you own or manage; its handoff becomes `completed`."""
        said = NewOpportunity.read(request.data)
        lead = which(said.pop("lead"), request.user)
        with told():
            one = desk.open_opportunity(lead, by=request.user, now=self.now, **said)
        return Response(_again(one.pk), status=201)


class OneOpportunity(ApiView):
    @extend_schema(operation_id="opportunities_get", responses=OpportunityShape)
    def get(self, request: Request, pk: int) -> Response:
        return Response(path_shapes.opportunity(seen(pk, request.user)))

    @extend_schema(operation_id="opportunities_change", request=OpportunityChange, responses=OpportunityShape)
    def patch(self, request: Request, pk: int) -> Response:
        """Other figures, or another owner. A closed one is a conflict."""
        one, said = seen(pk, request.user), OpportunityChange.read(request.data)
        with told():
            desk.change_opportunity(one, by=request.user, now=self.now, **said)
        return Response(_again(pk))


class CloseOpportunity(ApiView):
    @extend_schema(operation_id="opportunities_close", request=CloseBody, responses={200: OpportunityShape})
    def post(self, request: Request, pk: int) -> Response:
        """Won or lost. 409 with who and when, if somebody was quicker."""
        one, said = seen(pk, request.user), CloseBody.read(request.data)
        with told():
            desk.close_opportunity(one, by=request.user, now=self.now, **said)
        return Response(_again(pk))


def seen(pk: int, user: User) -> Opportunity:
    """The opportunity, if this person may see its lead. Raises Http404 for any other number."""
    found = path_shapes.opportunities(Opportunity.objects.filter(_of_leads_of(user), pk=pk)).first()
    if found is None:
        raise Http404
    return found


def _of_leads_of(user: User) -> Q:
    return Q(lead__in=Lead.objects.visible_to(user).values("pk"))


def _again(pk: int) -> dict[str, Any]:
    return path_shapes.opportunity(path_shapes.opportunities(Opportunity.objects.filter(pk=pk)).get())
