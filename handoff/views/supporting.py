"""Supporters of a lead: asked and let go on its page."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_POST

from config.clock import now
from handoff import desk, words
from handoff.path_forms import SupporterForm
from handoff.refusals import DeskRefused, NotYours
from handoff.views.lead_page import seen_by
from leads import words as ground
from leads.models import User


@require_POST
def supporters(request: HttpRequest, pk: int) -> HttpResponse:
    """Add somebody, or with `remove` let them go."""
    lead, form = seen_by(request.user, pk), SupporterForm(request.POST)
    user = _person(form)
    try:
        if "remove" in request.POST:
            desk.remove_supporter(lead, user=user, by=request.user, now=now())
            said = _t("%(name)s does not support this lead any more.")
        else:
            desk.add_supporter(lead, user=user, by=request.user, now=now())
            said = _t("%(name)s supports this lead now.")
        messages.success(request, said % {"name": ground.colleague(user.name)})
    except DeskRefused as refused:
        messages.error(request, words.refusal(refused))
    except NotYours as refused:
        raise PermissionDenied from refused
    return redirect("lead", pk)


def _person(form: SupporterForm) -> User:
    if not form.is_valid():
        raise BadRequest("user")
    try:
        return form.person()
    except ValidationError as wrong:
        raise BadRequest("user") from wrong
