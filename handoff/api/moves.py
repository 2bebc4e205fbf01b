"""A person's moves of a lead: hand over, take back, not a fit, open again. Faces of the desk."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.bodies import Body
from config.api.fields import Choice, Day, PlainObject, Text, Whole, refused
from config.api.views import ApiView
from handoff import desk
from handoff.api.handoffs import LONGEST_NOTE, STEPS, TRIGGER, WAKE_ON
from handoff.api.refusals import told
from leads import stages
from leads.api import shapes
from leads.api.leads import visible
from leads.api.shapes import LeadShape

LONGEST_REASON = 60
LONGEST_SENTENCE = 2_000


class Versioned(Body):
    version = Whole(
        0, required=False, help_text="The lead's version as you read it; an older one is a conflict"
    )


class Back(Versioned):
    """What follows when a lead goes back to marketing."""

    next_step = Text(20, required=False, help_text=STEPS)
    wake_on = Day(required=False, allow_null=True, help_text=WAKE_ON)
    wake_trigger = PlainObject(required=False, allow_null=True, help_text=TRIGGER)
    note = Text(LONGEST_NOTE, required=False, lines=True)


class MoveBody(Back):
    to = Choice(stages.STAGES)
    reason = Text(LONGEST_SENTENCE, required=False, lines=True)
    opening_line = Text(300, required=False)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        """At a hand-over the reason is a sentence, else a word of the playbook."""
        if said["to"] != stages.MQL and len(said.get("reason", "")) > LONGEST_REASON:
            raise refused("max_length", most=LONGEST_REASON)
        return said


class RecycleBody(Back):
    reason = Text(LONGEST_REASON)


class DisqualifyBody(Versioned):
    reason = Text(LONGEST_REASON)
    note = Text(LONGEST_NOTE, required=False, lines=True)


class ReopenBody(Versioned):
    reason = Text(LONGEST_SENTENCE, lines=True)


class _Moving(ApiView):
    def moved(self, request: Request, pk: int, body: type[Body], door: Any) -> Response:
        lead, said = visible(pk, request.user), body.read(request.data)
        with told():
            door(lead, by=request.user, now=self.now, **said)
        return Response(shapes.again(pk, request.user))


class Move(_Moving):
    @extend_schema(operation_id="leads_move", request=MoveBody, responses={200: LeadShape})
    def post(self, request: Request, pk: int) -> Response:
        """To another stage; `mql` hands the lead over to sales, through the gate of the agreement."""
        return self.moved(request, pk, MoveBody, desk.move)


class Recycle(_Moving):
    @extend_schema(operation_id="leads_recycle", request=RecycleBody, responses={200: LeadShape})
    def post(self, request: Request, pk: int) -> Response:
        """Back to marketing, with a reason and what happens next; an open handoff ends."""
        return self.moved(request, pk, RecycleBody, desk.recycle)


class Disqualify(_Moving):
    @extend_schema(operation_id="leads_disqualify", request=DisqualifyBody, responses={200: LeadShape})
    def post(self, request: Request, pk: int) -> Response:
        """Not a fit: we decided not to follow; an open handoff ends."""
        return self.moved(request, pk, DisqualifyBody, desk.disqualify)


class Reopen(_Moving):
    @extend_schema(operation_id="leads_reopen", request=ReopenBody, responses={200: LeadShape})
    def post(self, request: Request, pk: int) -> Response:
        """A lead that was not a fit is nurtured again."""
        return self.moved(request, pk, ReopenBody, desk.reopen)
