"""The page of leave and its API: one's own, a manager's for the team, and nobody else's."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from handoff import desk
from leads.models.people import Leave
from tests.people import NOW

FIRST, LAST = date(2026, 12, 1), date(2026, 12, 3)
SAID = {"starts_on": "2026-12-01", "ends_on": "2026-12-03", "accepted": "deputy"}


def leave_of(user):
    return desk.take_leave(user, by=user, now=NOW, starts_on=FIRST, ends_on=LAST)


def test_a_rep_enters_their_own(house, browser_of):
    browser = browser_of(house.sato)
    page = browser.get(reverse("leave")).content.decode()
    assert "登録されている休暇はありません。" in page and 'type="hidden" name="user"' in page
    answer = browser.post(reverse("leave"), SAID | {"user": house.sato.pk})
    assert answer.status_code == 302
    leave = Leave.objects.get()
    assert (leave.user, leave.starts_on, leave.ends_on, leave.created_by) == (
        house.sato, FIRST, LAST, house.sato,
    )  # fmt: skip
    page = browser.get(reverse("leave")).content.decode()
    assert reverse("leave-cancel", args=[leave.pk]) in page and house.kobayashi.name in page


def test_a_manager_chooses_whose(house, browser_of):
    browser = browser_of(house.takahashi)
    assert house.sato.name in browser.get(reverse("leave")).content.decode()
    assert browser.post(reverse("leave"), SAID | {"user": house.sato.pk}).status_code == 302
    assert Leave.objects.get().user == house.sato


def test_nobody_elses(house, browser_of):
    browser = browser_of(house.kobayashi)
    assert browser.post(reverse("leave"), SAID | {"user": house.sato.pk}).status_code == 422
    leave = leave_of(house.sato)
    assert browser.post(reverse("leave-cancel", args=[leave.pk])).status_code == 404
    assert reverse("leave-cancel", args=[leave.pk]) not in browser.get(reverse("leave")).content.decode()
    assert Leave.objects.get().cancelled_at is None


def test_a_refusal_stands_at_its_field_and_nothing_typed_is_lost(house, browser_of):
    answer = browser_of(house.sato).post(
        reverse("leave"), SAID | {"user": house.sato.pk, "ends_on": "2026-11-30"}
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "最終日が初日より前になっています。" in page and 'value="2026-12-01"' in page


def test_cancelled_from_the_page(house, browser_of):
    leave = leave_of(house.sato)
    browser = browser_of(house.takahashi)
    assert browser.post(reverse("leave-cancel", args=[leave.pk])).status_code == 302
    leave.refresh_from_db()
    assert leave.cancelled_at is not None
    again = browser.post(reverse("leave-cancel", args=[leave.pk]), follow=True)
    assert "この休暇はすでに取り消されています。" in again.content.decode()


def test_the_api(house, api_of):
    client = api_of(house.sato)
    said = {"starts_on": "2026-12-01", "ends_on": "2026-12-03"}
    made = client.post(reverse("api-leaves"), said, format="json")
    assert made.status_code == 201
    body = made.json()
    assert (body["user"]["id"], body["deputy"]["id"], body["accepted"]) == (
        house.sato.pk, house.kobayashi.pk, "deputy",
    )  # fmt: skip
    assert client.post(reverse("api-leaves"), said, format="json").json()["errors"][0]["code"] == (
        "leave_overlaps"
    )
    assert [one["id"] for one in client.get(reverse("api-leaves")).json()["results"]] == [body["id"]]
    for_another = client.post(reverse("api-leaves"), said | {"user": house.kobayashi.pk}, format="json")
    assert for_another.status_code == 403
    gone = client.delete(reverse("api-leave", args=[body["id"]]))
    assert gone.status_code == 200 and gone.json()["cancelled_at"]
    assert client.get(reverse("api-leaves")).json()["results"] == []


@pytest.mark.parametrize("people", [1, 3])
def test_constant_statements(house, browser_of, count_queries, people):
    for user in (house.sato, house.kobayashi, house.tanaka)[:people]:
        leave_of(user)
    browser = browser_of(house.suzuki)
    browser.get(reverse("leave"))
    with count_queries(5):
        browser.get(reverse("leave"))
