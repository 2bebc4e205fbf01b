"""A dry run says what routing does then, and moves nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from handoff import desk
from handoff.desk.rehearsing import next_of, rehearse
from handoff.models import Clock, Handoff, Queue, QueueMember
from leads.models import Company, Lead, Standing
from leads.models.people import Leave
from tests.people import NOW, handoff_of, new_lead, offered, react, rescore


def waiting(**fields):
    lead = new_lead(**fields)
    react(lead, "demo_request")
    rescore(lead)
    return handoff_of(lead)


def everything():
    return [
        list(model.objects.order_by("pk").values())
        for model in (Handoff, Clock, QueueMember, Queue, Lead, Standing)
    ]


def test_it_says_what_routing_does_then(house):
    handoffs = [waiting() for _ in range(5)]
    Company.objects.filter(pk=handoffs[3].lead.company_id).update(owner=house.kobayashi)
    QueueMember.objects.filter(user=house.sato).update(max_open=2)
    before = everything()
    said = [(one.handoff.pk, one.rep, one.why) for one in rehearse(handoffs, now=NOW)]
    assert everything() == before
    desk.route([one.pk for one in handoffs], now=NOW)
    done = [Handoff.objects.get(pk=one.pk) for one in handoffs]
    assert said == [(one.pk, one.rep, one.routing["why"]) for one in done]


def test_it_knows_the_limit_of_the_day(house):
    Queue.objects.filter(slug="inside").update(release_per_day=0)
    handoff = waiting()
    Handoff.objects.filter(pk=handoff.pk).update(trigger="score")
    [one] = rehearse([handoff], now=NOW)
    assert (one.rep, one.why) == (None, "capacity")


def test_the_next_of_a_queue(house):
    before = everything()
    inside = house.queue("inside")
    assert [one.rep for one in next_of(inside, count=3, now=NOW)] == [house.sato, house.kobayashi, house.sato]
    assert everything() == before
    assert [offered(new_lead()).rep for _ in range(3)] == [house.sato, house.kobayashi, house.sato]
    QueueMember.objects.filter(user=house.kobayashi).update(max_per_day=2)
    away = {"starts_on": NOW.date(), "ends_on": NOW.date(), "created_at": NOW}
    Leave.objects.create(user=house.sato, **away)
    found = [(one.rep, one.why) for one in next_of(inside, count=2, now=NOW)]
    assert found == [(house.kobayashi, "weighted"), (None, "nobody")]


def test_only_what_waits_is_rehearsed(house):
    assert rehearse([offered(new_lead())], now=NOW) == []


# ── the page and the API ─────────────────────────────────────────────────────


def test_the_page_of_queues(house, browser_of, frozen):
    offered(new_lead())
    soon = NOW.date() + timedelta(days=7)
    Leave.objects.create(user=house.kobayashi, starts_on=soon, ends_on=soon, created_at=NOW)
    house.takahashi.language = "en"
    house.takahashi.save()
    page = browser_of(house.takahashi).get(reverse("queues")).content.decode()
    assert "Today 1 of 60 leads, 59 left." in page
    assert house.sato.name in page and "1 / 60" in page and "1 Dec" in page
    tried = browser_of(house.takahashi).get(reverse("queues"), {"try": "inside"}).content.decode()
    assert "Nothing was moved." in tried and tried.count("their share of the queue") == 10
    assert browser_of(house.takahashi).get(reverse("queues"), {"try": "nowhere"}).status_code == 404


@pytest.mark.parametrize("name", ["sato", "miura"])
def test_queues_are_for_who_manages_them(house, browser_of, name):
    assert browser_of(getattr(house, name)).get(reverse("queues")).status_code == 403


def test_as_many_statements_for_three_as_for_one(house, browser_of, frozen, django_assert_num_queries):
    browser = browser_of(house.takahashi)
    Queue.objects.filter(slug="inside").update(release_per_day=1)

    def held(count):
        for _ in range(count):
            handoff = waiting()
            Handoff.objects.filter(pk=handoff.pk).update(trigger="score")
            desk.route([handoff.pk], now=NOW)
        assert Handoff.objects.filter(waiting_because="capacity").exists()

    held(2)
    browser.get(reverse("queues"))
    with django_assert_num_queries(18):
        browser.get(reverse("queues"))
    held(2)
    with django_assert_num_queries(18):
        browser.get(reverse("queues"))


def test_a_lead_is_let_pass_from_the_page(house, browser_of, frozen):
    Queue.objects.filter(slug="inside").update(release_per_day=1)
    offered(new_lead())
    handoff = waiting()
    Handoff.objects.filter(pk=handoff.pk).update(trigger="score")
    desk.route([handoff.pk], now=NOW)
    url, browser = reverse("handoff-release", args=[handoff.pk]), browser_of(house.takahashi)
    assert url in browser.get(reverse("queues")).content.decode()
    assert browser_of(house.sato).post(url, {"reason": "x"}).status_code == 403
    handoff.refresh_from_db()
    late = browser_of(house.takahashi).post(url, {"reason": "x", "version": handoff.version - 1}, follow=True)
    assert Handoff.objects.get(pk=handoff.pk).state == "waiting" and late.status_code == 200
    assert browser.post(url, {"reason": "展示会", "version": handoff.version}).status_code == 302
    handoff.refresh_from_db()
    assert (handoff.state, handoff.released_by, handoff.release_reason) == (
        "offered", house.takahashi, "展示会",
    )  # fmt: skip


def test_the_api(house, api_of):
    url = reverse("api-queue-dry-run", args=[house.queue("inside").pk])
    said = api_of(house.suzuki).get(url, {"leads": 2}).json()
    assert [one["rep"]["id"] for one in said["next"]] == [house.sato.pk, house.kobayashi.pk]
    assert said["waiting"] == [] and said["next"][0]["why"]["code"] == "weighted"
    assert api_of(house.suzuki).get(url, {"leads": "many"}).status_code == 400
    assert api_of(house.sato).get(url).status_code == 404


def test_the_api_lets_one_pass(house, api_of):
    Queue.objects.filter(slug="inside").update(release_per_day=1)
    offered(new_lead())
    handoff = waiting()
    Handoff.objects.filter(pk=handoff.pk).update(trigger="score")
    desk.route([handoff.pk], now=NOW)
    url = reverse("api-handoff-release", args=[handoff.pk])
    assert api_of(house.miura).post(url, {"reason": "x"}, format="json").status_code == 403
    assert api_of(house.suzuki).post(url, {}, format="json").status_code == 400
    assert api_of(house.suzuki).post(url, {"reason": "x"}, format="json").json()["state"] == "offered"
    assert api_of(house.suzuki).post(url, {"reason": "x"}, format="json").status_code == 409
