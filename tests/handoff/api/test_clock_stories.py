"""GET /clocks/ and /clocks/{id}/: found by what they are of; told as the page tells them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handoff import desk, pausing, timers
from handoff.models import Clock
from leads import calendars
from leads.models import Calendar
from tests.people import NOW, accepted, new_lead, offered

CLOCKS = "/api/v1/clocks/"
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def kinds(answer) -> list[str]:
    return sorted(one["kind"] for one in answer.json()["results"])


def test_found_by_kind_state_queue_and_owner(house, api_of):
    waiting, mine = offered(new_lead()), accepted(new_lead())
    api = api_of(house.suzuki)
    both = Clock.objects.count()
    assert len(api.get(CLOCKS).json()["results"]) == both
    assert kinds(api.get(CLOCKS, {"kind": "accept"})) == ["accept", "accept"]
    assert kinds(api.get(CLOCKS, {"kind": "accept,report", "state": "met"})) == ["accept"]
    running = api.get(CLOCKS, {"kind": "accept", "state": "running"}).json()["results"]
    assert [one["handoff"] for one in running] == [waiting.pk]
    for said in (mine.queue.slug, str(mine.queue_id)):
        assert len(api.get(CLOCKS, {"queue": said}).json()["results"]) == both
    assert api.get(CLOCKS, {"queue": "nowhere"}).json()["results"] == []
    owned = api.get(CLOCKS, {"owner": str(mine.rep_id)}).json()["results"]
    assert {one["handoff"] for one in owned} == {mine.pk} and owned[0]["lead"]["id"] == mine.lead_id
    assert len(api_of(mine.rep).get(CLOCKS, {"owner": "me"}).json()["results"]) == len(owned)
    assert kinds(api.get(CLOCKS, {"owner": "none"})) == sorted(waiting.clocks.values_list("kind", flat=True))


@pytest.mark.parametrize(
    "wrong", [{"kind": "nothing"}, {"state": "late"}, {"owner": "x"}, {"order": "1"}, {"page_size": "0"}]
)
def test_what_is_not_understood_is_refused(house, api_of, wrong):
    assert api_of(house.suzuki).get(CLOCKS, wrong).status_code == 400


def test_page_by_page(house, api_of):
    accepted(new_lead())
    api = api_of(house.suzuki)
    seen, address = [], CLOCKS + "?page_size=2"
    while address:
        page = api.get(address).json()
        seen += [one["id"] for one in page["results"]]
        address = page["next"]
    assert seen == sorted(Clock.objects.values_list("pk", flat=True), reverse=True)


@pytest.mark.parametrize("count", [1, 3])
def test_as_many_statements_for_three_as_for_one(house, api_of, count, django_assert_num_queries):
    for _ in range(count):
        offered(new_lead())
    api = api_of(house.suzuki)
    api.get(CLOCKS)
    with django_assert_num_queries(2):  # the moment is not asked of the database
        api.get(CLOCKS)


def test_visible_as_their_handoff_is(house, kato, api_of):
    clock = offered(new_lead()).clocks.first()
    stranger = api_of(kato)
    assert stranger.get(CLOCKS).json()["results"] == []
    assert stranger.get(f"{CLOCKS}{clock.pk}/").status_code == 404
    assert api_of(house.miura).get(f"{CLOCKS}{clock.pk}/").status_code == 200


def test_the_whole_story(house, api_of):
    handoff = accepted(new_lead())
    clock = handoff.clocks.get(kind="first_contact")
    pausing.pause(
        handoff, clock="first_contact", reason="customer_date", until=NOW + DAY, by=handoff.rep,
        now=NOW + 30 * MINUTE,
    )  # fmt: skip
    body = Calendar.objects.get(slug="tokyo").body
    closed = {"date": "2026-11-25", "closed": True, "label": {"ja": "棚卸", "en": "Stocktaking"}}
    calendars.save(
        "tokyo", body | {"exceptions": [*body["exceptions"], closed]}, by=house.suzuki, now=NOW + 40 * MINUTE
    )
    Clock.objects.filter(pk=clock.pk).update(state="running")
    timers.breach(now=NOW + 9 * DAY)
    clock.refresh_from_db()
    desk.excuse(clock, by=house.suzuki, now=NOW + 9 * DAY, reason="停電")
    house.suzuki.language = "en"
    house.suzuki.save()
    said = api_of(house.suzuki).get(f"{CLOCKS}{clock.pk}/").json()
    assert said["handoff"] == handoff.pk and said["rep"]["id"] == handoff.rep_id
    assert said["policy"] == "standard v1" and said["calendar"] == {"slug": "tokyo", "version": 2}
    assert sum(one["minutes"] for one in said["stretches"] if one["counts"]) == clock.target_minutes
    assert said["stretches"][0]["from"] == said["started_at"]
    assert said["stretches"][-1]["to"] == said["due_at"]
    assert any("Stocktaking" in one["because"] for one in said["stretches"])
    assert all(bool(one["because"]) != one["counts"] for one in said["stretches"])
    [rest] = said["pauses"]
    assert rest["reason"] == "customer_date" and rest["by"]["id"] == handoff.rep_id
    assert said["excuse"]["by"]["id"] == house.suzuki.pk and said["excuse"]["reason"] == "停電"
    assert [one["cause"] for one in said["changes"]] == ["pause", "calendar", "excuse"]
    moved = said["changes"][1]
    assert moved["by"]["id"] == house.suzuki.pk and moved["old"] < moved["new"] == said["due_at"]
    steps = clock.steps.count()
    assert len(said["steps"]) == steps and steps
    assert {one["state"] for one in said["steps"]} <= {"waiting", "done", "dropped"}


def test_nothing_happened_to_it(house, api_of):
    clock = offered(new_lead()).clocks.get(kind="accept")
    said = api_of(house.suzuki).get(f"{CLOCKS}{clock.pk}/").json()
    assert (said["pauses"], said["excuse"], said["changes"]) == ([], None, [])
