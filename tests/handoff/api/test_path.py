"""Promote, meetings and opportunities from outside (PRODUCT 10)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from handoff import desk
from leads import stages
from leads.models import Meeting
from tests.people import NOW, accepted, fresh, handoff_of, lead_at, met, new_lead, promoted, proposed

pytestmark = pytest.mark.usefixtures("clock")
AT = NOW + timedelta(minutes=11)
V1 = "/api/v1"
START, END = NOW + timedelta(days=2), NOW + timedelta(days=2, hours=1)


def post(client, address, body, **headers):
    return client.post(V1 + address, body, format="json", **headers)


def meeting_of(house, api_of, **more):
    handoff = accepted(new_lead())
    body = {
        "lead": handoff.lead_id, "starts_at": START.isoformat(), "ends_at": END.isoformat(), "mode": "visit",
    } | more  # fmt: skip
    return handoff, api_of(handoff.rep), body


# ── meetings ─────────────────────────────────────────────────────────────────


def test_a_meeting_is_booked_moved_and_read(house, api_of):
    more = {
        "place": "本社", "ours": [house.tanaka.pk, "suzuki@example.com"],
        "theirs": [{"name": "林 進", "title": "部長"}, {"name": "森"}],
        "confirmed": {"budget": "500万円台", "timing": True},
    }  # fmt: skip
    handoff, client, body = meeting_of(house, api_of, **more)
    answer = post(client, "/meetings/", body)
    told = answer.json()
    assert answer.status_code == 201
    assert (told["handoff"], told["lead"]["id"], told["state"], told["version"]) == (
        handoff.pk, handoff.lead_id, "booked", 1,
    )  # fmt: skip
    assert {one["email"] for one in told["ours"]} == {"tanaka@example.com", "suzuki@example.com"}
    assert told["theirs"] == [{"title": "部長", "name": "林 進"}, {"title": "", "name": "森"}]
    assert told["confirmed"] == {"budget": "500万円台", "timing": True}
    change = {
        "starts_at": (START + timedelta(hours=3)).isoformat(),
        "ends_at": (END + timedelta(hours=3)).isoformat(), "version": 1,
    }  # fmt: skip
    moved = client.patch(f"{V1}/meetings/{told['id']}/", change, format="json").json()
    assert (moved["replaces"], moved["place"], moved["theirs"]) == (told["id"], "本社", told["theirs"])
    assert client.get(f"{V1}/meetings/{told['id']}/").json()["state"] == "rescheduled"
    listed = client.get(f"{V1}/meetings/?lead={handoff.lead_id}&state=booked").json()["results"]
    assert [one["id"] for one in listed] == [moved["id"]]


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"starts_at": "2026-11-26T10:00:00"}, "starts_at", "naive_datetime"),
        ({"mode": "zoom"}, "mode", "invalid_choice"),
        ({"theirs": [{"title": "部長"}]}, "theirs.name", "required"),
        ({"theirs": "林"}, "theirs", "not_a_list"),
        ({"ours": [10**9]}, "ours", "does_not_exist"),
        ({"confirmed": {"mood": True}}, "confirmed", "invalid_choice"),
        ({"confirmed": {"budget": 5}}, "confirmed", "not_text"),
        ({"state": "held"}, "state", "unknown_key"),
        ({"verdict": "valid"}, "verdict", "read_only"),
        ({"lead": 10**9}, "lead", "does_not_exist"),
        ({"url": "ftp://x"}, "url", "not_a_web_address"),
        ({"ends_at": START.isoformat()}, "ends_at", "ends_before_it_starts"),
    ],
)
def test_meetings_that_are_refused(house, api_of, wrong, field, code):
    _, client, body = meeting_of(house, api_of)
    answer = post(client, "/meetings/", body | wrong)
    assert answer.status_code == 400
    assert (field, code) in {(one["field"], one["code"]) for one in answer.json()["errors"]}
    assert not Meeting.objects.exists()


def test_the_same_key_books_once(house, api_of):
    _, client, body = meeting_of(house, api_of)
    first, second = (post(client, "/meetings/", body, HTTP_IDEMPOTENCY_KEY="k").json() for _ in range(2))
    assert first == second and Meeting.objects.count() == 1


def test_a_verdict_and_who_was_quicker(house, api_of):
    handoff = accepted(new_lead())
    meeting = met(handoff.lead, handoff.rep, at=NOW - timedelta(hours=2), now=NOW)
    client = api_of(handoff.rep)
    assert [one["id"] for one in client.get(f"{V1}/meetings/?to_judge=1").json()["results"]] == [meeting.pk]
    refused = post(client, f"/meetings/{meeting.pk}/verdict/", {"verdict": "invalid"})
    assert refused.status_code == 400 and refused.json()["errors"][0]["field"] == "reason"
    body = {"verdict": "valid", "went_well": ["decider", "timing"]}
    told = post(client, f"/meetings/{meeting.pk}/verdict/", body).json()
    assert (told["state"], told["verdict"], told["went_well"]) == ("held", "valid", ["decider", "timing"])
    late = post(api_of(house.suzuki), f"/meetings/{meeting.pk}/verdict/", body)
    assert late.status_code == 409
    assert (late.json()["by"]["id"], late.json()["at"], late.json()["state"]) == (
        handoff.rep.pk, AT.isoformat().replace("+00:00", "Z"), "valid",
    )  # fmt: skip


# ── promote, supporters ──────────────────────────────────────────────────────


def test_promote_answers_with_the_new_handoff(house, api_of):
    handoff = accepted(new_lead())
    client = api_of(handoff.rep)
    no = post(client, f"/handoffs/{handoff.pk}/promote/", {"note": "x"})
    assert (no.status_code, no.json()["errors"][0]["code"]) == (400, "meeting_or_reason")
    body = {"reason": "見積依頼", "note": "決裁者は林様", "to": house.tanaka.pk}
    told = post(client, f"/handoffs/{handoff.pk}/promote/", body).json()
    assert (told["lane"], told["state"], told["rep"]["id"], told["note"]) == (
        2, "offered", house.tanaka.pk, "決裁者は林様",
    )  # fmt: skip
    again = post(client, f"/handoffs/{handoff.pk}/promote/", body)
    assert (again.status_code, again.json()["state"], again.json()["by"]["id"]) == (
        409,
        "promoted",
        handoff.rep.pk,
    )


def test_supporters_are_added_read_and_let_go(house, api_of):
    handoff = promoted(new_lead(), house)
    desk.accept(handoff, by=house.tanaka, now=NOW)
    client, address = api_of(house.tanaka), f"{V1}/leads/{handoff.lead_id}/supporters/"
    inside = client.get(address).json()[0]
    people = client.post(address, {"user": "yamada@example.com"}, format="json").json()
    assert [one["email"] for one in people] == [inside["email"], "yamada@example.com"]
    left = client.delete(f"{address}{inside['id']}/").json()
    assert [one["email"] for one in left] == ["yamada@example.com"]
    assert client.get(f"{V1}/leads/{handoff.lead_id}/").json()["owner"]["id"] == house.tanaka.pk


# ── opportunities ────────────────────────────────────────────────────────────


def figures(lead, **more):
    return {"lead": lead.pk, "amount": 12_000_000, "currency": "JPY", "expected_close": "2030-01-29"} | more


def test_opened_changed_and_closed(house, api_of):
    lead = lead_at(stages.SQL, house)
    client = api_of(lead.owner)
    no = post(client, f"/leads/{lead.pk}/move/", {"to": "opportunity"})
    assert no.json()["errors"][0]["code"] == "opportunity_needs_figures"
    answer = post(client, "/opportunities/", figures(lead, next_step_on="2029-12-01"))
    one = answer.json()
    assert answer.status_code == 201
    assert (one["amount"], one["outcome"], one["owner"]["id"], one["version"]) == (
        12_000_000, None, lead.owner.pk, 1,
    )  # fmt: skip
    assert handoff_of(lead).state == "completed"
    changed = client.patch(
        f"{V1}/opportunities/{one['id']}/", {"amount": 99.5, "currency": "USD"}, format="json"
    )
    assert (changed.json()["amount"], changed.json()["version"]) == (99.5, 2)
    closed = post(client, f"/opportunities/{one['id']}/close/", {"outcome": "won", "amount": 100})
    assert (closed.json()["outcome"], closed.json()["amount"]) == ("won", 100)
    assert client.get(f"{V1}/leads/{lead.pk}/").json()["outcome"] == "won"
    mine = client.get(f"{V1}/opportunities/?outcome=won&owner=me").json()["results"]
    assert [row["id"] for row in mine] == [one["id"]]
    assert client.get(f"{V1}/opportunities/?outcome=open").json()["results"] == []
    late = post(
        api_of(house.suzuki), f"/opportunities/{one['id']}/close/", {"outcome": "lost", "reason": "price"}
    )
    assert (late.status_code, late.json()["by"]["id"], late.json()["state"]) == (409, lead.owner.pk, "won")
    reopened = post(client, f"/leads/{lead.pk}/reopen/", {"reason": "契約前に見直し"})
    assert (reopened.status_code, reopened.json()["outcome"]) == (200, None)


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"amount": "12000000"}, "amount", "not_a_number"),
        ({"amount": -1}, "amount", "min_value"),
        ({"amount": 1e30}, "amount", "max_value"),
        ({"amount": None}, "amount", "null"),
        ({"currency": "円"}, "currency", "unknown_currency"),
        ({"expected_close": "2020-01-29"}, "expected_close", "day_gone_by"),
        ({"expected_close": "29.1.2027"}, "expected_close", "not_a_date"),
        ({"owner": 10**9}, "owner", "does_not_exist"),
        ({"outcome": "won"}, "outcome", "read_only"),
        ({"probability": 3}, "probability", "unknown_key"),
    ],
)
def test_figures_that_are_refused(house, api_of, wrong, field, code):
    lead = lead_at(stages.SQL, house)
    answer = post(api_of(lead.owner), "/opportunities/", figures(lead, expected_close="2027-01-29") | wrong)
    assert answer.status_code == 400
    assert (field, code) in {(one["field"], one["code"]) for one in answer.json()["errors"]}
    assert fresh(lead).stage == stages.SQL


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"outcome": "lost"}, "reason", "required"),
        ({"outcome": "lost", "reason": "weather"}, "reason", "unknown_reason"),
        ({"outcome": "lost", "reason": "competitor"}, "competitor", "competitor_required"),
        ({"outcome": "maybe"}, "outcome", "invalid_choice"),
    ],
)
def test_ends_that_are_refused(house, api_of, body, field, code):
    one = proposed(new_lead(), house)
    answer = post(api_of(house.tanaka), f"/opportunities/{one.pk}/close/", body)
    assert answer.status_code == 400
    assert (field, code) in {(one["field"], one["code"]) for one in answer.json()["errors"]}


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_ask_as_much_for_three_as_for_one(house, api_of, django_assert_num_queries, rows):
    for _ in range(rows):
        one = proposed(new_lead(), house, expected_close=date(2027, 1, 29))
    client = api_of(house.tanaka)
    client.get(f"{V1}/meetings/")
    with django_assert_num_queries(MEETINGS):
        assert len(client.get(f"{V1}/meetings/").json()["results"]) == rows
    with django_assert_num_queries(OPPORTUNITIES):
        assert len(client.get(f"{V1}/opportunities/").json()["results"]) == rows
    assert one.lead.meetings.count() == 1


MEETINGS, OPPORTUNITIES = 3, 2
