"""元に戻す in the browser: where the button stands, what it does, and what it says when it is too late."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from handoff import desk
from tests.people import NOW, fresh, handoff_of, log_in, new_lead, offered

pytestmark = pytest.mark.usefixtures("frozen")
HTMX = {"HX-Request": "true"}
MINUTE = timedelta(minutes=1)
BUTTON = "元に戻す"


@pytest.fixture
def handoff(house):
    return offered(new_lead(company={"name": "みなと物流"}))


@pytest.fixture
def rep(handoff, browser_of):
    handoff.rep.language = "ja"
    handoff.rep.save()
    return browser_of(handoff.rep)


def url(handoff) -> str:
    return reverse("queue-undo", args=[handoff.pk])


def text(answer) -> str:
    return unescape(answer.content.decode())


def press(browser, handoff, *, headers=None, **said):
    held = handoff_of(handoff.lead)
    return browser.post(url(handoff), {"version": held.version} | said, headers=headers or {})


def accept(browser, handoff, *, headers=None):
    address = reverse("queue-accept", args=[handoff.pk])
    return browser.post(address, {"version": handoff.version}, headers=headers or {})


def test_the_head_of_the_queue_keeps_it(rep, handoff):
    assert url(handoff) not in text(rep.get(reverse("queue")))
    accept(rep, handoff)
    page = text(rep.get(reverse("queue")))
    assert f'action="{url(handoff)}"' in page
    assert f'name="version" value="{handoff.version + 1}"' in page
    assert 'data-key="u"' in page and "みなと物流" in page
    assert 'data-until="2026-11-24T01:52:00+00:00"' in page


def test_the_toast_repeats_it(rep, handoff):
    page = text(accept(rep, handoff, headers=HTMX))
    assert page.count(f'action="{url(handoff)}"') == 2
    assert page.count('data-key="u"') == 1


def test_it_goes_away_with_its_time(rep, handoff, frozen):
    accept(rep, handoff)
    frozen.move_to(NOW + 10 * MINUTE)
    assert url(handoff) in text(rep.get(reverse("queue")))
    frozen.move_to(NOW + 10 * MINUTE + timedelta(seconds=1))
    assert url(handoff) not in text(rep.get(reverse("queue")))
    assert url(handoff) not in text(rep.get(reverse("lead", args=[handoff.lead_id])))


def test_older_answers_stand_in_todays_list(house, rep, handoff):
    accept(rep, handoff)
    other = offered(new_lead())
    if other.rep != handoff.rep:
        other = desk.reassign(other, by=house.suzuki, now=NOW, reason="x", to=handoff.rep)
    accept(rep, other)
    page = text(rep.get(reverse("queue")))
    assert page.count(f'action="{url(handoff)}"') == 1
    assert page.count(f'action="{url(other)}"') == 1
    assert page.count('data-key="u"') == 1


def test_the_lead_opens_again(rep, handoff):
    accept(rep, handoff)
    answer = press(rep, handoff, headers=HTMX)
    assert (answer.status_code, answer["HX-Push-Url"]) == (200, reverse("queue-card", args=[handoff.pk]))
    assert f'id="card-{handoff.pk}"' in text(answer)
    assert reverse("queue-accept", args=[handoff.pk]) in text(answer)
    assert f'action="{url(handoff)}"' not in text(answer)
    assert handoff_of(handoff.lead).state == "offered"


def test_without_a_script_it_leads_back(rep, handoff):
    accept(rep, handoff)
    place = reverse("queue-card", args=[handoff.pk])
    answer = press(rep, handoff, next=place)
    assert (answer.status_code, answer["Location"]) == (302, place)
    assert [str(one) for one in rep.get(place).context["messages"]]
    assert handoff_of(handoff.lead).state == "offered"


def test_it_leads_nowhere_else(rep, handoff):
    accept(rep, handoff)
    answer = press(rep, handoff, next="https://evil.example.com/")
    assert answer["Location"] == reverse("lead", args=[handoff.lead_id])


def test_somebody_acted_meanwhile(house, rep, handoff):
    accept(rep, handoff)
    version = handoff_of(handoff.lead).version
    desk.reassign(handoff_of(handoff.lead), by=house.suzuki, now=NOW, reason="x", queue=handoff.queue)
    answer = rep.post(url(handoff), {"version": version}, headers=HTMX)
    assert answer.status_code == 409
    assert "鈴木" in text(answer) and 'class="notice warn undo"' in text(answer)


def test_too_late(rep, handoff, frozen):
    accept(rep, handoff)
    frozen.move_to(NOW + 11 * MINUTE)
    assert press(rep, handoff, headers=HTMX).status_code == 422
    assert press(rep, handoff).status_code == 302
    assert handoff_of(handoff.lead).state == "accepted"


def test_who_may_not(house, kato, rep, handoff):
    accept(rep, handoff)
    assert press(log_in(Client(), house.suzuki), handoff).status_code == 403
    assert press(log_in(Client(), kato), handoff).status_code == 404
    assert rep.get(url(handoff)).status_code == 405
    assert rep.post(url(handoff)).status_code == 400


def test_marketing_undoes_it_on_the_lead(house, browser_of, handoff):
    desk.disqualify(fresh(handoff.lead), by=house.miura, now=NOW, reason="selling")
    miura, place = browser_of(house.miura), reverse("lead", args=[handoff.lead_id])
    page = text(miura.get(place))
    assert f'action="{url(handoff)}"' in page and 'data-key="u"' in page
    assert url(handoff) not in text(log_in(Client(), house.suzuki).get(place))
    press(miura, handoff, next=place)
    page = text(miura.get(place))
    assert url(handoff) not in page
    assert fresh(handoff.lead).stage == "mql"
    assert BUTTON in page


@pytest.mark.parametrize("answers", [1, 3])
def test_as_many_statements_for_three_as_for_one(house, rep, handoff, django_assert_num_queries, answers):
    accept(rep, handoff)
    for _ in range(answers - 1):
        other = offered(new_lead())
        if other.rep != handoff.rep:
            other = desk.reassign(other, by=house.suzuki, now=NOW, reason="x", to=handoff.rep)
        desk.accept(other, by=other.rep, now=NOW)
    rep.get(reverse("queue"))
    with django_assert_num_queries(17):
        rep.get(reverse("queue"))
