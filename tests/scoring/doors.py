"""Random worlds brought in by the doors: the same lead for the house and for the oracle."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from leads import intake
from leads.models import Campaign, Lead
from scoring.models import ScoringModel
from tests.scoring.worlds import AT, DAY

LONG_AGO = AT - 100 * DAY
_numbers = count(1)


def publish(section: dict[str, Any], *, at=LONG_AGO) -> ScoringModel:
    """One more version, in force since `at`."""
    last = ScoringModel.objects.order_by("version").last()
    number = last.version + 1 if last else 1
    return ScoringModel.objects.create(
        version=number, body=section, in_force_from=at, published_at=at, from_file=True
    )


def plain(world: dict[str, Any]) -> dict[str, Any]:
    """The world as columns can hold it: whole employees, no text that is null; clicks without links."""
    number, values = next(_numbers), world["values"]
    employees = values["company"]["employees"]
    company = values["company"] | {"employees": None if employees is None else int(employees)}
    company["industry"] = company["industry"] or ""
    values = values | {"title": values["title"] or "", "phone": values["phone"] or "", "company": company}
    values["email"] = values["email"].replace("aozora", f"aozora{number}")
    events = [
        event | {"url": "" if event["type"] == "email_click" else event["url"]} for event in world["events"]
    ]
    return {"values": values, "events": events, "name": f"会社{number}"}


def receive(world: dict[str, Any], *, now=LONG_AGO) -> Lead:
    """The person of a plain world, without anything that happened."""
    values = dict(world["values"])
    company = {"name": world["name"], **values.pop("company")}
    return intake.receive(values | {"company": company}, by=None, now=now, is_somebody_else=True).lead


def record(lead: Lead, event: dict[str, Any], *, now=AT) -> int:
    """One event, and its correction where the world says so; the activity's id."""
    campaign = None
    if event["campaign"]:
        campaign, _ = Campaign.objects.get_or_create(
            external_id=event["campaign"], defaults={"name": event["campaign"], "recorded_at": LONG_AGO}
        )
    told = intake.NewActivity(
        lead.pk, event["type"], event["occurred_at"], "test", campaign=campaign, content=event["content"],
        url=event["url"], genuine=event["genuine"], data=event["data"],
    )  # fmt: skip
    [answer] = intake.record([told], now=now)
    assert answer.status == "created", answer
    assert answer.id is not None
    if event["voided"]:
        void(lead, answer.id, now=now)
    return answer.id


def void(lead: Lead, activity: int, *, now=AT) -> None:
    taken_back = intake.NewActivity(lead.pk, "note", now - timedelta(seconds=1), "test", voids_id=activity)
    [answer] = intake.record([taken_back], now=now)
    assert answer.status == "created", answer
