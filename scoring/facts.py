"""What a score is made from: a lead's attributes and events, as they were known at a moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from leads.models import Activity, AttributeChange, Company, Lead
from scoring.engine import Event, Facts

LEAD_FIELDS = (
    "external_id",
    "email",
    "phone",
    "name",
    "family_name",
    "given_name",
    "department",
    "title",
    "source",
    "mail_opt_out",
    "do_not_contact",
    "stage",
)
COMPANY_FIELDS = ("name", "domain", "industry", "employees", "country", "prefecture", "relation")


def load(leads: Iterable[Lead], types: Iterable[str] | None, *, known_at: datetime) -> dict[int, Facts]:
    """Facts by lead id; three queries whatever the number of leads. `types` limits the events read."""
    known = {lead.pk: lead for lead in leads}
    events = _events(list(known), types, known_at=known_at)
    values = {pk: values_of(lead) for pk, lead in known.items()}
    return {pk: Facts(values=values[pk], events=events.get(pk, ())) for pk in known}


def values_of(lead: Lead) -> dict[str, Any]:
    """The nested values that predicates look at."""
    values: dict[str, Any] = {field: getattr(lead, field) for field in LEAD_FIELDS}
    values["campaign"] = lead.campaign.external_id if lead.campaign else None
    values["attributes"] = dict(lead.attributes)
    values["company"] = _company_values(lead.company)
    return values


def as_known(lead: Lead, *, known_at: datetime) -> dict[str, Any]:
    """The same values as they were recorded at `known_at`: later changes taken back, newest first."""
    values = values_of(lead)
    company_id = _take_back(values, AttributeChange.objects.filter(lead=lead), lead.company_id, known_at)
    if company_id != lead.company_id:
        values["company"] = _company_values(Company.objects.filter(pk=company_id).first())
    if company_id is not None:
        _take_back(values["company"], AttributeChange.objects.filter(company_id=company_id), None, known_at)
    return values


def _take_back(
    values: dict[str, Any], changes: Any, company_id: int | None, known_at: datetime
) -> int | None:
    for change in changes.filter(changed_at__gt=known_at).order_by("-changed_at", "-pk"):
        if change.field == "company":
            company_id = change.old
            continue
        where, _, name = change.field.rpartition(".")
        target = values["attributes"] if where == "attributes" else values
        target[name] = change.old
    return company_id


def _company_values(company: Company | None) -> dict[str, Any]:
    if company is None:
        return {"attributes": {}}
    values: dict[str, Any] = {field: getattr(company, field) for field in COMPANY_FIELDS}
    return values | {"attributes": dict(company.attributes)}


def _events(
    lead_ids: list[int], types: Iterable[str] | None, *, known_at: datetime
) -> Mapping[int, tuple[Event, ...]]:
    found = Activity.objects.filter(lead_id__in=lead_ids, recorded_at__lte=known_at)
    if types is not None:
        found = found.filter(Q(type__in=sorted(types)) | Q(voids__isnull=False))
    rows = list(
        found.order_by("lead_id", "occurred_at", "pk").values_list(
            "lead_id", "pk", "type", "direction", "occurred_at", "genuine", "voids_id",
            "campaign__external_id", "content", "url", "channel", "data",
        )
    )  # fmt: skip
    voided = {row[6] for row in rows if row[6] is not None}
    events: dict[int, list[Event]] = defaultdict(list)
    for lead_id, pk, kind, direction, at, genuine, voids, campaign, content, url, channel, data in rows:
        if voids is None:
            event = Event(
                id=pk, type=kind, direction=direction, occurred_at=at, genuine=genuine, voided=pk in voided,
                campaign=campaign, content=content, url=url, channel=channel, data=data,
            )  # fmt: skip
            events[lead_id].append(event)
    return {lead_id: tuple(found) for lead_id, found in events.items()}
