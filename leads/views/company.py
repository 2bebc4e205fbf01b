"""One company: everybody we know there, who talks to them, and what happened. Answers "is someone on it?"."""

from __future__ import annotations

from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from config.clock import now
from leads import activity_types, stages
from leads.models import Activity, Company, Lead, User

MOST_PEOPLE = 200


def company(request: HttpRequest, pk: int) -> HttpResponse:
    """The card of every person is for all; only leads one sees in full are links (PRODUCT 11)."""
    found = get_object_or_404(_companies_for(request.user), pk=pk)
    people = list(
        Lead.objects.filter(company=found, merged_into=None)
        .select_related("owner", "standing", "next_actor")
        .order_by("-standing__readiness", "pk")[: MOST_PEOPLE + 1]
    )
    mine = set(Lead.objects.visible_to(request.user).filter(company=found).values_list("pk", flat=True))
    shown = {
        "company": found,
        "people": people[:MOST_PEOPLE],
        "has_more": len(people) > MOST_PEOPLE,
        "mine": mine,
        "on_it": [lead for lead in people if lead.owner and lead.stage in stages.IN_SALES_HANDS],
        "totals": _totals(found),
        "now": now(),
    }
    return render(request, "leads/company.html", shown)


def _companies_for(user: User) -> QuerySet[Company]:
    """A company is open to whoever sees one of its people in full; marketing and managers see all."""
    if user.sees_all_leads or user.is_manager:
        return Company.objects.select_related("owner")
    reach = Lead.objects.visible_to(user).filter(company__isnull=False).values("company")
    return Company.objects.filter(pk__in=reach).select_related("owner")


def _totals(found: Company) -> dict[str, object]:
    """Contacts and reactions of everybody there, and the latest of each."""
    outbound, reaction = Q(type__in=activity_types.OUTBOUND), Q(direction=activity_types.REACTION)
    rows = Activity.objects.filter(lead__company=found, lead__merged_into=None)
    return rows.aggregate(
        contacts=Count("pk", filter=outbound),
        last_contact=Max("occurred_at", filter=outbound),
        reactions=Count("pk", filter=reaction),
        last_reaction=Max("occurred_at", filter=reaction),
    )
