"""What had been recorded of a lead by a moment: its attributes read backwards, its events cut off there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from leads.models import Activity, AttributeChange, Campaign, Company, Lead, Transition
from scoring.engine import Facts
from scoring.facts import company_values, events_of, values_of

ATTRIBUTES = "attributes."


def as_known(lead: Lead, *, known_at: datetime) -> Facts:
    """The facts of one lead as they were recorded at `known_at`; before it was recorded there are none."""
    if lead.recorded_at > known_at:
        return Facts({}, ())
    events, _ = events_of(Activity.objects.filter(lead=lead, recorded_at__lte=known_at))
    return Facts(_values(lead, known_at), events.get(lead.pk, ()))


def _values(lead: Lead, known_at: datetime) -> dict[str, Any]:
    """The values of now with later changes taken back, newest first."""
    values, company = values_of(lead), lead.company
    values["stage"] = _stage(lead, known_at)
    for change in _since(AttributeChange.objects.filter(lead=lead), known_at):
        if change.field == "company":
            company = Company.objects.filter(pk=change.old).first()  # type: ignore[misc]
        elif change.field == "campaign":
            values["campaign"] = _campaign(change.old)
        else:
            _take_back(values, change)
    values["company"] = company_values(company)
    if company is not None:
        for change in _since(AttributeChange.objects.filter(company=company), known_at):
            _take_back(values["company"], change)
    return values


def _since(changes: Any, known_at: datetime) -> Iterable[AttributeChange]:
    return changes.filter(changed_at__gt=known_at).order_by("-changed_at", "-pk")


def _take_back(values: dict[str, Any], change: AttributeChange) -> None:
    if change.field.startswith(ATTRIBUTES):
        values["attributes"][change.field.removeprefix(ATTRIBUTES)] = change.old
    else:
        values[change.field] = change.old


def _campaign(pk: int | None) -> str | None:
    return Campaign.objects.filter(pk=pk).values_list("external_id", flat=True).first() if pk else None


def _stage(lead: Lead, known_at: datetime) -> str:
    last = Transition.objects.filter(lead=lead, recorded_at__lte=known_at).order_by("-version").first()
    return last.end if last else lead.stage
