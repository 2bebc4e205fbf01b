"""`POST /handoffs/{id}/undo/`: the last answer taken back, and who was quicker."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handoff import desk
from leads import stages
from tests import people

SOON = people.NOW + timedelta(minutes=11)  # the API's moment (see conftest)


@pytest.fixture
def accepted(house, clock):
    handoff = people.offered(people.new_lead())
    return desk.accept(handoff, by=handoff.rep, now=SOON - timedelta(minutes=10))


def undo(client, handoff, **said):
    return client.post(f"/api/v1/handoffs/{handoff.pk}/undo/", said, format="json")


def codes(answer) -> list[str]:
    return [error["code"] for error in answer.json()["errors"]]


def test_it_is_offered_as_before(api_of, accepted):
    answer = undo(api_of(accepted.rep), accepted, version=accepted.version)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["state"], body["version"], body["accepted_at"]) == ("offered", accepted.version + 1, None)
    assert {one["kind"]: one["state"] for one in body["clocks"]}["accept"] == "running"
    assert people.fresh(accepted.lead).stage == stages.MQL


def test_the_second_press_reads_how_it_stands(api_of, accepted):
    rep = api_of(accepted.rep)
    undo(rep, accepted)
    again = undo(rep, accepted)
    assert again.status_code == 409
    assert (again.json()["by"]["id"], again.json()["state"]) == (accepted.rep_id, "offered")
    assert again.json()["version"] == accepted.version + 1


def test_somebody_acted_since(house, api_of, accepted):
    desk.reassign(accepted, by=house.suzuki, now=SOON, reason="交代", queue=accepted.queue)
    answer = undo(api_of(accepted.rep), accepted)
    assert answer.status_code == 409
    assert (answer.json()["by"]["id"], answer.json()["state"]) == (house.suzuki.pk, "recalled")


def test_the_lead_moved_on(house, api_of, accepted):
    desk.move(people.fresh(accepted.lead), to="sql", by=accepted.rep, now=SOON)
    answer = undo(api_of(accepted.rep), accepted)
    assert answer.status_code == 409
    assert people.fresh(accepted.lead).stage == stages.SQL


def test_its_time_is_over(house, api_of, clock):
    handoff = people.accepted(people.new_lead())
    answer = undo(api_of(handoff.rep), handoff)
    assert (answer.status_code, codes(answer)) == (400, ["undo_is_over"])


def test_nothing_to_undo(house, api_of, clock):
    handoff = people.offered(people.new_lead())
    answer = undo(api_of(handoff.rep), handoff)
    assert (answer.status_code, codes(answer)) == (400, ["nothing_to_undo"])


def test_whose_it_is_to_undo(house, api_of, kato, accepted):
    assert undo(api_of(house.suzuki), accepted).status_code == 403
    assert undo(api_of(kato), accepted).status_code == 404
    assert people.handoff_of(accepted.lead).state == "accepted"


def test_the_timeline_says_that_it_does_not_count(api_of, accepted):
    rep = api_of(accepted.rep)
    undo(rep, accepted)
    told = rep.get(f"/api/v1/leads/{accepted.lead_id}/timeline/?kind=handoffs").json()["results"]
    undone, answered = told[:2]
    assert (undone["act"], answered["act"]) == ("undone", "answered")
    assert not undone["counts"] and answered["decision"]["kind"] == "accept"
    assert not [one for one in told if one["act"] == "accepted"]
