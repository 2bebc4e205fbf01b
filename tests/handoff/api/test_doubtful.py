"""`GET /handoffs/doubtful/`: what would not have happened, and which events were taken back."""

from __future__ import annotations

import pytest

from handoff import doubt
from leads.models import Activity
from tests.handoff.test_doubt import LATER, void
from tests.people import NOW, handoff_of, new_lead, offered

DOUBTFUL = "/api/v1/handoffs/doubtful/"


@pytest.fixture
def miura(house, api_of):
    return api_of(house.miura)


def doubted():
    """A hand that was raised, and then not."""
    lead = new_lead()
    offered(lead)
    void(Activity.objects.get(lead=lead, type="demo_request"))
    return handoff_of(lead)


def test_a_handoff_and_what_it_stood_on(miura):
    offered(new_lead())
    handoff = doubted()
    event = Activity.objects.get(lead=handoff.lead, type="demo_request", voids=None)
    [one] = miura.get(DOUBTFUL).json()["results"]
    assert {**one, "taken_back": None} == {
        **miura.get(f"/api/v1/handoffs/{handoff.pk}/").json(), "taken_back": None,
    }  # fmt: skip
    at = {"occurred_at": NOW, "at": LATER}
    assert one["taken_back"] == [
        {"activity": event.pk, "type": "demo_request", "because": "voided"}
        | {name: moment.isoformat().replace("+00:00", "Z") for name, moment in at.items()}
    ]


def test_page_by_page(miura):
    made = [doubted().pk for _ in range(3)]
    first = miura.get(DOUBTFUL, {"page_size": 2}).json()
    assert [one["id"] for one in first["results"]] == made[:0:-1]
    last = miura.get(first["next"]).json()
    assert [one["id"] for one in last["results"]] == made[:1] and last["next"] is None


def test_a_page_that_found_nothing_goes_on(miura, monkeypatch):
    """Two clicks taken back since, of a handoff that did not need them; below it the doubtful one."""
    monkeypatch.setattr(doubt, "LOOKED_AT", 1)
    oldest = doubted()
    lead = new_lead()
    offered(lead)
    other = Activity.objects.create(
        lead=lead, type="page_view", direction="reaction", occurred_at=NOW, recorded_at=NOW, source="x"
    )
    void(other)
    first = miura.get(DOUBTFUL).json()
    assert first["results"] == []
    assert [one["id"] for one in miura.get(first["next"]).json()["results"]] == [oldest.pk]


def test_nothing_of_strangers_and_no_strange_cursor(api_of, house, kato):
    doubted()
    assert api_of(kato).get(DOUBTFUL).json() == {"results": [], "next": None, "previous": None}
    assert api_of(house.miura).get(DOUBTFUL, {"cursor": "x"}).status_code == 400


def test_as_many_statements_for_three_as_for_one(miura, django_assert_num_queries):
    doubted()
    for _ in range(2):
        with django_assert_num_queries(11):
            assert miura.get(DOUBTFUL).json()["results"]
        doubted(), doubted()
