"""Where each role goes: the items of the rail, in one order for all, and the page they begin with."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from handoff.models import Handoff
from leads import roles
from leads.models import User


@dataclass(frozen=True)
class Item:
    """One item of the rail; `name` is a URL name, `query` the rest of the address."""

    name: str
    label: Promise
    icon: str
    roles: tuple[str, ...] = ()
    query: str = ""


SALES = (roles.INSIDE_SALES, roles.FIELD_SALES, roles.PARTNER_CALLER)
ITEMS = (
    Item("sla", _("SLA"), "sla", (roles.MANAGER, roles.ADMIN)),
    Item("queue", _("My queue"), "queue", SALES),
    Item("task-list", _("My tasks"), "note"),
    Item(
        "handoff-list",
        _p("nav", "Handoffs"),
        "hand",
        (roles.MARKETER, roles.INSIDE_SALES, roles.FIELD_SALES, roles.MANAGER, roles.ADMIN),
    ),
    Item("meeting-list", _("Meetings"), "book", (*SALES, roles.MANAGER, roles.ADMIN)),
    Item("opportunity-list", _("Opportunities"), "step", (roles.FIELD_SALES, roles.MANAGER, roles.ADMIN)),
    Item("lead-list", _p("nav", "Leads"), "lead"),
    Item("outbox", _("Outbox"), "out", (roles.MANAGER, roles.ADMIN)),
    Item("calendar-list", _("Calendars"), "cal", (roles.MANAGER, roles.ADMIN)),
    Item("rules", _("Readiness rules"), "rule", (roles.MARKETER, roles.MANAGER, roles.ADMIN)),
)


def home_of(user: User) -> str:
    """The page a person begins with (UX 3.1)."""
    if user.is_rep:
        return reverse("queue")
    if user.is_manager and user.side == roles.SALES:
        return reverse("sla")
    if user.has_role(roles.MARKETER, roles.MANAGER):
        return reverse("lead-list")
    return reverse("sla") if user.has_role(roles.ADMIN) else reverse("lead-list")


def rail(request: HttpRequest, user: User) -> list[dict[str, object]]:
    """The items this person sees, the one they are at marked, and how many wait in their own queue."""
    here = request.resolver_match.url_name if request.resolver_match else ""
    shown = [item for item in ITEMS if not item.roles or user.has_role(*item.roles)]
    return [
        {
            "url": reverse(item.name) + item.query,
            "label": item.label,
            "icon": item.icon,
            "is_here": _belongs(here or "", item.name),
            "count": _waiting_for(user) if item.name == "queue" else None,
        }
        for item in shown
    ]


def _belongs(here: str, name: str) -> bool:
    stem = name.partition("-")[0]
    return here in (name, stem) or here.startswith(f"{stem}-")


def _waiting_for(user: User) -> int:
    return Handoff.objects.filter(rep=user, state=Handoff.OFFERED).count()
