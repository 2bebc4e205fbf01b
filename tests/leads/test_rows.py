"""Rows written in one statement are the rows `bulk_update` would have written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import models

from handoff.models import Handoff
from leads import rows
from leads.models import Lead, Standing
from tests import people
from tests.people import NOW, House

pytestmark = pytest.mark.django_db


def test_same_as_bulk_update(house: House) -> None:
    leads = [people.new_lead() for _ in range(3)]
    fields = [
        "stage_entered_at",
        "owner",
        "wake_at",
        "note",
        "mail_opt_out",
        "attributes",
        "version",
        "outcome",
    ]

    def changed(place: int, lead: Lead) -> Lead:
        lead.stage_entered_at = NOW + timedelta(minutes=place)
        lead.owner = house.sato if place else None
        lead.wake_at = None
        lead.note, lead.mail_opt_out = "百%の 'quote' \\ %s", bool(place)
        lead.attributes, lead.version = {"a": [1, None, "日本"]} if place else {}, place + 5
        lead.outcome = None
        return lead

    rows.write([changed(place, lead) for place, lead in enumerate(leads)], fields)
    ours = stored(Lead, leads)
    for lead in leads:
        Lead.objects.filter(pk=lead.pk).update(note="", version=99, attributes={"other": 1})
    Lead.objects.bulk_update(leads, fields)
    assert ours == stored(Lead, leads)


def test_other_fields_and_other_rows_stay(house: House) -> None:
    lead, other = people.new_lead(), people.new_lead()
    before = stored(Standing, [other])
    standing = lead.standing
    standing.readiness, standing.source = 55, "not to be written"
    rows.write([standing], ["readiness"])
    assert Standing.objects.get(pk=lead.pk).readiness == 55
    assert Standing.objects.get(pk=lead.pk).source == "web"
    assert stored(Standing, [other]) == before


def test_more_rows_than_one_statement_takes(house: House, django_assert_num_queries: Any) -> None:
    leads = [people.new_lead() for _ in range(5)]
    for place, lead in enumerate(leads):
        lead.title = f"T{place}"
    with django_assert_num_queries(3):
        rows.write(leads, ["title"], at_once=2)
    assert [lead.title for lead in Lead.objects.order_by("pk")] == ["T0", "T1", "T2", "T3", "T4"]
    rows.write([], ["title"])


def test_tuples_of_plain_values(house: House) -> None:
    lead, other = people.new_lead(), people.new_lead()
    before = stored(Standing, [other])
    rows.write_plain(Standing, ["readiness", "readiness_class", "rescore_at"], [(lead.pk, 55, "now", NOW)])
    found = Standing.objects.get(pk=lead.pk)
    assert (found.readiness, found.readiness_class, found.rescore_at) == (55, "now", NOW)
    assert stored(Standing, [other]) == before
    rows.write_plain(Standing, ["readiness"], [])


def test_floats_dates_and_nested_json(house: House) -> None:
    handoff = people.offered(people.new_lead())
    handoff.next_step_on, handoff.evidence = NOW.date(), {"lines": [{"points": 0.1}]}
    handoff.targets, handoff.wake_at, handoff.rep = {"accept": 30.5}, None, house.kobayashi
    rows.write([handoff], ["next_step_on", "evidence", "targets", "wake_at", "rep"])
    found = Handoff.objects.get(pk=handoff.pk)
    assert (found.next_step_on, found.evidence, found.rep) == (
        NOW.date(),
        {"lines": [{"points": 0.1}]},
        house.kobayashi,
    )
    assert found.targets == {"accept": 30.5} and found.wake_at is None


def stored(model: type[models.Model], wanted: list[Any]) -> list[dict[str, Any]]:
    return list(model._default_manager.filter(pk__in=[row.pk for row in wanted]).order_by("pk").values())
