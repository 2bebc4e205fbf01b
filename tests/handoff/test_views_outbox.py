"""The outbox for managers: by state, attempts and errors, dead ones sent again by one or all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from handoff import outbox
from handoff.models import Message
from handoff.outbox import Letter
from tests import people
from tests.people import NOW, new_lead

pytestmark = pytest.mark.usefixtures("frozen")


def post(to, cause="offered:1", lead=None, **fields):
    outbox.post([Letter("offered", cause, to.pk, lead.pk if lead else None)], now=NOW)
    one = Message.objects.get(key=f"{cause}:{to.pk}")
    Message.objects.filter(pk=one.pk).update(**fields)
    return one


DEAD = {"state": "dead", "attempts": 10, "last_error": "RuntimeError"}


def page(browser, **query):
    return browser.get(reverse("outbox"), query)


@pytest.mark.parametrize(
    ("name", "status"), [("suzuki", 200), ("miura", 200), ("sato", 403), ("tanaka", 403)]
)
def test_managers_and_nobody_else(house, browser_of, name, status):
    one = post(house.sato, **DEAD)
    browser = browser_of(getattr(house, name))
    assert page(browser).status_code == status
    for address in (reverse("outbox-replay", args=[one.pk]), reverse("outbox-replay-all")):
        assert browser.post(address).status_code == (302 if status == 200 else 403)
    assert (Message.objects.get().state == "dead") == (status == 403)


def test_by_state_dead_ones_first_with_attempts_and_error(house, browser_of):
    post(house.sato, "offered:1", **DEAD)
    post(house.kobayashi, "offered:2")
    browser = browser_of(house.suzuki)
    shown = page(browser)
    assert [(code, count) for code, _, count in shown.context["views"]] == [
        ("dead", 1), ("pending", 1), ("sending", 0), ("sent", 0), ("dropped", 0),
    ]  # fmt: skip
    assert (shown.context["state"], "RuntimeError" in shown.content.decode()) == ("dead", True)
    assert "10 / 10" in shown.content.decode()
    assert [one.recipient for one, _ in page(browser, state="pending").context["rows"]] == [house.kobayashi]
    assert page(browser, state="x").status_code == 200


def test_of_a_lead_only_where_one_may_see_it(house, browser_of, kato):
    Message.objects.all().delete()
    lead = new_lead(family_name="秘密")  # marketing's: no sales manager sees it
    one = post(house.miura, lead=lead, **DEAD)
    takahashi = browser_of(house.takahashi)
    assert "秘密" not in page(takahashi).content.decode()
    assert takahashi.post(reverse("outbox-replay", args=[one.pk])).status_code == 404
    takahashi.post(reverse("outbox-replay-all"))
    assert Message.objects.get().state == "dead"
    assert "秘密" in page(browser_of(house.miura)).content.decode()


def test_sent_again_it_says_who_did_it(house, browser_of):
    one = post(house.sato, **DEAD)
    browser_of(house.suzuki).post(reverse("outbox-replay", args=[one.pk]))
    again = Message.objects.get()
    assert (again.state, again.attempts, again.body["replays"][0]["by"]) == ("pending", 0, house.suzuki.pk)
    answer = browser_of(house.miura).post(reverse("outbox-replay", args=[one.pk]), follow=True)
    assert "鈴木 誠さん" in answer.content.decode()
    assert len(Message.objects.get().body["replays"]) == 1


def test_all_dead_ones_at_once(house, browser_of):
    for number in range(3):
        post(house.sato, f"offered:{number}", **DEAD)
    post(house.sato, "offered:9")
    browser_of(house.suzuki).post(reverse("outbox-replay-all"))
    assert Message.objects.filter(state="pending").count() == 4
    assert outbox.deliver(now=NOW + timedelta(seconds=1)) == 4


def test_older_ones_stand_behind(house, browser_of):
    Message.objects.bulk_create(
        Message(key=f"x{number}", kind="offered", recipient=house.sato, created_at=NOW, send_at=NOW)
        for number in range(60)
    )
    browser = browser_of(house.suzuki)
    first = page(browser, state="pending").context
    second = page(browser, state="pending", before=first["further"]).context
    assert len(first["rows"]) + len(second["rows"]) == 60
    assert second["further"] is None


def test_many_cost_as_many_statements_as_one(house, browser_of, django_assert_max_num_queries):
    for number in range(20):
        lead = new_lead()
        post(house.sato, f"offered:{number}", lead, **DEAD)
    browser = browser_of(house.suzuki)
    page(browser)
    with django_assert_max_num_queries(12):
        page(browser)
    assert people.fresh(lead).pk == lead.pk
