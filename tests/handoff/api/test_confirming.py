"""`POST /handoffs/{id}/confirm/`: an estimate becomes a fact."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import people


@pytest.fixture
def held(house, clock):
    lead = people.new_lead()
    people.react(lead, "survey_answer", at=people.NOW - timedelta(hours=1), budget="500万円台")
    return people.accepted(lead)


def confirm(client, handoff, **said):
    return client.post(f"/api/v1/handoffs/{handoff.pk}/confirm/", said, format="json")


def test_it_is_said_who_made_sure(api_of, held):
    rep = api_of(held.rep)
    before = rep.get(f"/api/v1/handoffs/{held.pk}/").json()
    assert [one["value"] for one in before["evidence"]["estimates"]] == ["500万円台"]
    assert before["confirmed"] == {}
    answer = confirm(rep, held, field="budget", version=held.version)
    assert answer.status_code == 200
    said = answer.json()["confirmed"]["budget"]
    assert set(said) == {"says", "value", "by", "at"}
    assert (said["says"], said["value"], said["by"]) == ("yes", "500万円台", held.rep.pk)
    assert answer.json()["evidence"] == before["evidence"]
    assert confirm(rep, held, field="budget", says="open").json()["confirmed"] == {}


@pytest.mark.parametrize(
    ("said", "field", "code"),
    [
        ({}, "field", "required"),
        ({"field": "need"}, "field", "invalid_choice"),
        ({"field": "budget", "says": "maybe"}, "says", "invalid_choice"),
        ({"field": "timing"}, "value", "required"),
        ({"field": "budget", "value": "x" * 201}, "value", "max_length"),
        ({"field": "budget", "sure": True}, "sure", "unknown_key"),
    ],
)
def test_what_is_refused(api_of, held, said, field, code):
    answer = confirm(api_of(held.rep), held, **said)
    assert answer.status_code == 400
    assert {(one["field"], one["code"]) for one in answer.json()["errors"]} == {(field, code)}


def test_an_older_version_is_a_conflict(api_of, held):
    answer = confirm(api_of(held.rep), held, field="budget", version=held.version - 1)
    assert (answer.status_code, answer.json()["version"]) == (409, held.version)


def test_others_may_not_and_strangers_see_nothing(house, api_of, held, kato):
    assert confirm(api_of(house.miura), held, field="budget").status_code == 403
    assert confirm(api_of(kato), held, field="budget").status_code == 404
