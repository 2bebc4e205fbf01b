"""`/leads/{id}/score/change/` and `/score/curve/`: the way between two moments, and over many days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leads import intake
from leads.models import Lead
from tests import people
from tests.people import NOW, fresh, new_lead, react
from tests.scoring import doors
from tests.scoring.worlds import DAY


@pytest.fixture
def suzuki(house, api_of):
    return api_of(house.suzuki)


@pytest.fixture
def lead(house) -> Lead:
    return new_lead(now=NOW - 20 * DAY, title="主任")


def change(client, lead, start, end=NOW):
    return client.get(
        f"/api/v1/leads/{lead.pk}/score/change/", {"from": start.isoformat(), "to": end.isoformat()}
    )


def curve(client, lead, **asked):
    return client.get(f"/api/v1/leads/{lead.pk}/score/curve/", asked)


def test_the_parts_add_up_to_the_change(suzuki, lead):
    react(lead, "document_download", at=NOW - 15 * DAY)
    told = react(lead, "pricing_view", at=NOW - 12 * DAY)
    react(lead, "webinar_attended", at=NOW - 11 * DAY, now=NOW - 2 * DAY)
    intake.edit(fresh(lead), {"title": "部長"}, by=None, now=NOW - 3 * DAY)
    doors.void(lead, told.pk, now=NOW - DAY)
    demo = react(lead, "demo_request", at=NOW - 5 * DAY)
    body = change(suzuki, lead, NOW - 10 * DAY).json()
    parts = {part["part"]: part for part in body["parts"]}
    assert list(parts) == ["model", "correction", "merge", "reaction", "time"]
    assert sum(part["readiness"] for part in parts.values()) == body["change"]
    assert body["change"] == body["after"]["readiness"] - body["before"]["readiness"] > 0
    for half in ("fit", "interest"):
        whole = body["after"][half] - body["before"][half]
        assert sum(step[half] for part in parts.values() for step in part["steps"]) == pytest.approx(whole)
    assert [step["code"] for step in parts["correction"]["steps"]] == ["field", "voided", "late"]
    assert parts["correction"]["steps"][0]["path"] == "title"
    assert [step["events"] for step in parts["reaction"]["steps"]] == [[demo.pk]]
    assert parts["time"]["readiness"] < 0 == parts["merge"]["readiness"]


def test_each_side_is_the_score_as_it_was_known_then(suzuki, lead):
    react(lead, "demo_request", at=NOW - 8 * DAY, now=NOW - 2 * DAY)
    body = change(suzuki, lead, NOW - 5 * DAY).json()
    for side in ("before", "after"):
        at = body[side]["at"]
        asked = {"at": at, "known_at": at}
        score = suzuki.get(f"/api/v1/leads/{lead.pk}/score/", asked).json()
        assert {key: score[key] for key in body[side]} == body[side]


def test_other_rules_are_a_part(suzuki, lead, house):
    doors.publish({"timezone": "UTC", "fit": {"max": 50}, "interest": {"max": 50}}, at=NOW - DAY)
    body = change(suzuki, lead, NOW - 2 * DAY).json()
    assert (body["before"]["model_version"], body["after"]["model_version"]) == (1, 2)
    assert body["parts"][0]["readiness"] == body["change"] < 0


def test_the_curve_passes_through_both_ends(suzuki, lead):
    react(lead, "demo_request", at=NOW - 8 * DAY)
    body = curve(suzuki, lead, days="30").json()
    assert body["needed"] == 60
    assert body["points"][0]["at"] == body["start"]
    known = suzuki.get(f"/api/v1/leads/{lead.pk}/score/").json()
    assert body["points"][-1]["readiness"] == known["readiness"]
    assert {"at", "readiness", "fit", "interest", "model_version"} == set(body["points"][0])


def test_without_rules_nothing_is_said(api_of, db):
    miura = people.User.objects.create_user("m@example.com", roles=["admin"], side="marketing")
    lead = new_lead()
    body = change(api_of(miura), lead, NOW - DAY).json()
    assert (body["change"], body["parts"], body["before"]["model_version"]) == (0, [], None)
    assert curve(api_of(miura), lead).json()["needed"] is None


@pytest.mark.parametrize(
    "asked, field, code",
    [
        ({}, "from", "required"),
        ({"from": "2026-11-24"}, "from", "not_a_moment"),
        ({"from": "2026-11-24T10:42:00"}, "from", "naive_datetime"),
        ({"from": "2026-11-24T10:42:00Z", "to": "2026-11-24T10:41:00Z"}, "from", "from_after_to"),
        ({"from": "2026-11-24T10:42:00Z", "to": "x"}, "to", "not_a_moment"),
        ({"from": "2026-11-24T10:42:00Z", "model": "1"}, "model", "unknown_filter"),
    ],
)
def test_a_change_that_cannot_be_read_is_refused(suzuki, lead, asked, field, code):
    answer = suzuki.get(f"/api/v1/leads/{lead.pk}/score/change/", asked)
    assert answer.status_code == 400 and answer["Content-Type"].startswith("application/problem+json")
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [(field, code)]


@pytest.mark.parametrize(
    "days, code",
    [("0", "min_value"), ("366", "max_value"), ("x", "not_a_whole_number"), ("-1", "not_a_whole_number"),
     ("9" * 40, "max_value"), ("٣", "not_a_whole_number")],
)  # fmt: skip
def test_days_are_a_whole_number_up_to_a_year(suzuki, lead, days, code):
    answer = curve(suzuki, lead, days=days)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)


def test_strangers_read_neither(api_of, kato, lead):
    assert change(api_of(kato), lead, NOW - DAY).status_code == 404
    assert curve(api_of(kato), lead).status_code == 404


def test_both_cost_the_same_however_much_happened(suzuki, house, django_assert_max_num_queries):
    for count in (1, 20):
        lead = new_lead(now=NOW - 60 * DAY)
        for days in range(count):
            react(lead, "pricing_view", at=NOW - timedelta(days=days * 2 + 1))
        with django_assert_max_num_queries(11):
            assert change(suzuki, lead, NOW - 30 * DAY).status_code == 200
        with django_assert_max_num_queries(11):
            assert curve(suzuki, lead).status_code == 200
