"""`POST /activities/`: one or many, each answered by itself."""

from __future__ import annotations

import pytest

from leads import stages
from leads.models import Activity, Lead
from tests import people

ACTIVITIES = "/api/v1/activities/"
AT = "2026-11-24T10:42:00+09:00"


@pytest.fixture
def miura(house, api_of):
    return api_of(house.miura)


def demo(of, **more) -> dict:
    return {"lead": of.pk, "type": "demo_request", "occurred_at": AT} | more


def why(answer, place: int = 0) -> set[tuple[str, str]]:
    return {(error["field"], error["code"]) for error in answer.json()["items"][place]["errors"]}


def test_one_activity_is_created_and_known_the_second_time(miura):
    lead = people.new_lead()
    first = miura.post(ACTIVITIES, demo(lead, source="form", external_id="f-1"), format="json")
    assert first.status_code == 200
    one = Activity.objects.get()
    assert first.json() == {
        "items": [{"index": 0, "status": "created", "id": one.pk}],
        "created": 1, "duplicate": 0, "rejected": 0,
    }  # fmt: skip
    assert (one.direction, one.source, one.genuine) == ("reaction", "form", "human")
    again = miura.post(ACTIVITIES, demo(lead, source="form", external_id="f-1"), format="json").json()
    assert again["items"] == [{"index": 0, "status": "duplicate", "id": one.pk}]


def test_a_lead_is_named_in_three_ways(miura):
    lead = people.new_lead(external_id="crm-5", email="hana@aozora.example.com")
    ways = [lead.pk, {"id": lead.pk}, {"external_id": "crm-5"}, {"email": "HANA@aozora.example.com"}]
    answer = miura.post(ACTIVITIES, [demo(lead, lead=way) for way in ways], format="json")
    assert answer.json()["created"] == 4
    assert set(Activity.objects.values_list("lead", flat=True)) == {lead.pk}


def test_one_bad_item_does_not_stop_the_others(miura):
    lead = people.new_lead()
    twin = people.new_lead(email="same@e.example.jp")
    Lead.objects.filter(pk=lead.pk).update(email_key=twin.email_key)  # a family's mailbox
    told = [
        demo(lead),
        demo(lead, lead=10**15),
        demo(lead, lead={"email": "same@e.example.jp"}),
        demo(lead, lead={"email": "a@e.jp", "id": lead.pk}),
        demo(lead, type="telepathy"),
        demo(lead, direction="action"),
        demo(lead, occurred_at="2026-11-24T10:42:00"),
        demo(lead, occurred_at="2999-01-01T00:00:00Z"),
        demo(lead, url="javascript:alert(1)"),
        demo(lead, voids=10**15),
        demo(lead, surprise=1, id=5),
        5,
    ]
    answer = miura.post(ACTIVITIES, told, format="json")
    assert answer.status_code == 200
    assert (answer.json()["created"], answer.json()["rejected"]) == (1, 11)
    assert [why(answer, place) for place in range(1, 12)] == [
        {("lead", "unknown_lead")}, {("lead", "ambiguous_lead")}, {("lead", "one_of_id_external_id_email")},
        {("type", "unknown_type")}, {("direction", "wrong_direction")}, {("occurred_at", "naive_datetime")},
        {("occurred_at", "in_future")}, {("url", "invalid_url")}, {("voids", "unknown_activity")},
        {("surprise", "unknown_key"), ("id", "read_only")}, {("", "not_an_object")},
    ]  # fmt: skip
    assert all(error["message"] for item in answer.json()["items"][1:] for error in item["errors"])


def test_at_most_5000_and_5_mb(miura):
    assert miura.post(ACTIVITIES, [{}] * 5001, format="json").status_code == 400
    big = '[{"data":{"x":"' + "x" * (5 * 1024 * 1024) + '"}}]'
    assert miura.post(ACTIVITIES, big, content_type="application/json").status_code == 413
    one = '{"data":{"x":"' + "x" * (300 * 1024) + '"}}'
    assert miura.post(ACTIVITIES, one, content_type="application/json").status_code == 413
    many = "[" + one + "]"
    assert miura.post(ACTIVITIES, many, content_type="application/json").status_code == 200


def test_a_stranger_tells_nothing_about_our_leads(house, api_of, kato):
    lead = people.lead_at(stages.SAL, house, external_id="crm-7")
    told = [demo(lead), demo(lead, lead={"external_id": "crm-7"}), demo(lead, lead={"email": lead.email})]
    answer = api_of(kato).post(ACTIVITIES, told, format="json").json()
    assert [item["errors"][0]["code"] for item in answer["items"]] == ["unknown_lead"] * 3


def test_whose_act_it_was(house, api_of, miura):
    lead = people.lead_at(stages.SAL, house)
    owner, other = lead.owner, next(one for one in (house.sato, house.kobayashi) if one.pk != lead.owner_id)
    call = demo(lead, type="call_connected")
    assert api_of(owner).post(ACTIVITIES, call, format="json").json()["created"] == 1
    assert Activity.objects.get(type="call_connected").actor == owner
    named = call | {"actor": other.email}
    assert why(api_of(owner).post(ACTIVITIES, named, format="json")) == {("actor", "not_yours_to_say")}
    assert miura.post(ACTIVITIES, named, format="json").json()["created"] == 1
    assert why(miura.post(ACTIVITIES, call | {"actor": "x@y.z"}, format="json")) == {
        ("actor", "does_not_exist")
    }


@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_costs_the_same_for_one_and_for_three(miura, django_assert_max_num_queries, count):
    leads = [people.new_lead() for _ in range(count)]
    with django_assert_max_num_queries(13):
        miura.post(ACTIVITIES, [demo(lead) for lead in leads], format="json")
