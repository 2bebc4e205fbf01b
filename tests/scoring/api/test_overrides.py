"""A readiness set by hand, through the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scoring.models import Override
from tests.people import NOW, new_lead, react, rescore


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("config.api.views.now", lambda: NOW)


@pytest.fixture
def lead(house):
    lead = new_lead()
    react(lead, "pricing_view")
    return rescore(lead)


def body(**change):
    return {
        "readiness": 85, "reason": "展示会で会った", "until": (NOW + timedelta(days=7)).isoformat()
    } | change  # fmt: skip


def url(lead):
    return f"/api/v1/leads/{lead.pk}/override/"


def test_set_and_ended(house, api_of, lead):
    api = api_of(house.miura)
    answer = api.post(url(lead), body(), format="json")
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert (told["readiness"], told["computed"], told["set_by"]["id"], told["ended_at"]) == (
        85, lead.standing.readiness, house.miura.pk, None,
    )  # fmt: skip
    timeline = api.get(f"/api/v1/leads/{lead.pk}/timeline/?kind=changes").json()["results"]
    assert timeline[0]["act"] == "overridden" and timeline[0]["override"]["readiness"] == 85
    ended = api.delete(url(lead))
    assert (ended.status_code, ended.json()["ended_at"] is None) == (200, False)
    again = api.delete(url(lead))
    assert (again.status_code, again["Content-Type"]) == (409, "application/problem+json")
    assert again.json()["errors"][0]["code"] == "none"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"readiness": 101}, "max_value"),
        ({"readiness": "80"}, "not_a_whole_number"),
        ({"readiness": True}, "not_a_whole_number"),
        ({"reason": ""}, "required"),
        ({"until": NOW.isoformat()}, "in_past"),
        ({"until": (NOW + timedelta(days=181)).isoformat()}, "too_far"),
        ({"until": "2026-12-01T00:00:00"}, "naive_datetime"),
        ({"by": 1}, "unknown_key"),
        ({"version": "0"}, "not_a_whole_number"),
    ],
)
def test_what_is_refused(house, api_of, lead, change, code):
    answer = api_of(house.miura).post(url(lead), body(**change), format="json")
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (400, next(iter(change)), code)
    assert not Override.objects.exists()


def test_an_older_version_is_a_conflict_that_says_who_what_and_when(house, api_of, lead):
    miura = api_of(house.miura)
    none = miura.get(url(lead)).json()
    assert (none["version"], none["readiness"], none["computed"]) == (0, None, lead.standing.readiness)
    said = miura.post(url(lead), body(version=0), format="json").json()
    assert miura.get(url(lead)).json() == said and said["version"] == Override.objects.get().pk
    for version in (0, said["version"] + 1):
        late = miura.post(url(lead), body(version=version, readiness=10), format="json")
        assert (late.status_code, late["Content-Type"]) == (409, "application/problem+json")
        told = late.json()
        assert told["errors"][0]["code"] == "override_changed"
        assert (told["by"]["id"], told["state"], told["readiness"], told["version"]) == (
            house.miura.pk, "set", 85, said["version"],
        )  # fmt: skip
        assert told["at"] == said["set_at"]
        assert miura.delete(url(lead), {"version": version}, format="json").status_code == 409
    assert Override.objects.get().ended_at is None
    ended = miura.delete(url(lead), {"version": said["version"]}, format="json")
    assert (ended.status_code, ended.json()["version"]) == (200, 0)
    late = miura.post(url(lead), body(version=said["version"]), format="json").json()
    assert (late["state"], late["readiness"], late["version"]) == ("none", None, 0)


def test_who_says_no_version_takes_its_place(house, api_of, lead):
    miura = api_of(house.miura)
    for readiness in (50, 60):
        assert miura.post(url(lead), body(readiness=readiness), format="json").status_code == 200
    assert miura.get(url(lead)).json()["readiness"] == 60


def test_others_leads_are_not_found(house, api_of, lead, kato):
    api = api_of(kato)
    assert api.post(url(lead), body(), format="json").status_code == 404
    assert api.delete(url(lead)).status_code == 404
    assert api.get(url(lead)).status_code == 404
    assert api_of(house.miura).put(url(lead)).status_code == 405
