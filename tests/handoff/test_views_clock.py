"""The page of a clock: a breach read from it alone; pausing and excusing in the browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.urls import reverse

from handoff import desk, pausing, timers
from handoff.models import Clock, Message, Step
from leads import calendars
from leads.models import Calendar
from tests.people import NOW, accepted, new_lead, offered

pytestmark = pytest.mark.usefixtures("frozen")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def english(house):
    """Suzuki, in English for what these tests read."""
    house.suzuki.language = "en"
    house.suzuki.save()
    return house.suzuki


def text(answer) -> str:
    return unescape(answer.content.decode())


def page(browser, clock):
    return browser.get(reverse("clock", args=[clock.pk]))


def test_a_breach_is_read_from_the_page_alone(house, english, browser_of):
    handoff = accepted(new_lead())
    clock = handoff.clocks.get(kind="first_contact")
    pausing.pause(
        handoff,
        clock="first_contact",
        reason="customer_date",
        until=NOW + DAY,
        by=handoff.rep,
        now=NOW + 30 * MINUTE,
    )
    body = Calendar.objects.get(slug="tokyo").body
    closed = {"date": "2026-11-25", "closed": True, "label": {"ja": "棚卸", "en": "Stocktaking"}}
    calendars.save(
        "tokyo", body | {"exceptions": [*body["exceptions"], closed]}, by=house.suzuki, now=NOW + 40 * MINUTE
    )
    timers.breach(now=NOW + 9 * DAY)
    Clock.objects.filter(pk=clock.pk).update(state="running")
    timers.breach(now=NOW + 9 * DAY)
    clock.refresh_from_db()
    Step.objects.create(
        clock=clock,
        position=0,
        percent=100,
        acts=["remind_rep", "tell_team_lead"],
        due_at=clock.due_at,
        state="done",
        done_at=clock.due_at,
    )
    Message.objects.create(
        key="k",
        kind="clock.breached",
        recipient=house.suzuki,
        handoff=handoff,
        body={"clock": clock.pk},
        created_at=clock.due_at,
        send_at=clock.due_at,
        state="sent",
        sent_at=clock.due_at,
    )
    desk.excuse(clock, by=house.suzuki, now=NOW + 9 * DAY, reason="power cut")
    said = text(page(browser_of(english), clock))
    for part in (
        "10:42", "Date asked by the customer", "paused", "Stocktaking", "closed by exception",
        "the calendar was changed", "tokyo, version 2", "the breach was excused", "power cut",
        "remind the rep", "tell the team lead", "version 2", "outside working hours", handoff.rep.name,
    ):  # fmt: skip
        assert part in said, part


def test_the_stretches_are_those_of_the_calendar_as_it_was(house, english, browser_of):
    """What ended keeps its reasons: a later edit of the calendar does not rewrite them."""
    at = NOW + timedelta(hours=7)  # Tuesday 17:42
    handoff = offered(new_lead(now=at), now=at)
    desk.send_back(handoff, by=handoff.rep, now=at + MINUTE, reason="too_early")
    body = Calendar.objects.get(slug="tokyo").body
    calendars.save("tokyo", body | {"weekly": {"sun": ["00:00-24:00"]}}, by=None, now=at + 2 * MINUTE)
    said = text(page(browser_of(english), handoff.clocks.get(kind="accept")))
    assert "version 1" in said and "outside working hours" in said and "no working day" not in said


def test_the_minutes_of_the_stretches_add_up_on_the_page(house, english, browser_of):
    """Begun within a minute, on a Friday evening: 19 and 41 are an hour, 18 and 41 are not."""
    begun = datetime(2026, 11, 27, 8, 41, 23, tzinfo=UTC)
    clock = accepted(new_lead(now=begun), now=begun).clocks.get(kind="first_contact")
    shown = text(page(browser_of(english), clock))
    assert [one for one in ("18 min", "19 min", "41 min", "42 min", "59 min") if f">{one}<" in shown] == [
        "19 min",
        "41 min",
    ]
    assert ">1 h<" in shown


def test_a_stranger_finds_nothing(house, kato, browser_of):
    clock = offered(new_lead()).clocks.first()
    browser = browser_of(kato)
    assert page(browser, clock).status_code == 404
    assert browser.post(reverse("clock-excuse", args=[clock.pk]), {"reason": "x"}).status_code == 404
    assert browser.post(reverse("clock-resume", args=[clock.pk])).status_code == 404
    assert browser.get(reverse("handoff-pause", args=[clock.handoff_id])).status_code == 404


def test_pausing_and_going_on_in_the_browser(house, browser_of, frozen):
    handoff = accepted(new_lead())
    browser = browser_of(handoff.rep)
    address = reverse("handoff-pause", args=[handoff.pk])
    assert browser.get(address + "?clock=first_contact").status_code == 200
    sent = {"version": handoff.version, "clock": "first_contact", "reason": "customer_date"}
    assert browser.post(address, sent | {"until": "2026-11-24"}).status_code == 422
    clock = handoff.clocks.get(kind="first_contact")
    answer = browser.post(address, sent | {"until": "2026-12-01"})
    assert answer["Location"] == reverse("clock", args=[clock.pk])
    clock.refresh_from_db()
    assert clock.state == Clock.PAUSED
    frozen.move_to(datetime(2026, 11, 24, 2, 0, tzinfo=UTC))
    browser.post(reverse("clock-resume", args=[clock.pk]))
    clock.refresh_from_db()
    assert clock.state == Clock.RUNNING


def test_an_older_page_may_not_pause(house, browser_of):
    handoff = accepted(new_lead())
    sent = {"version": 0, "clock": "first_contact", "reason": "customer_date", "until": "2026-12-01"}
    answer = browser_of(handoff.rep).post(reverse("handoff-pause", args=[handoff.pk]), sent)
    assert answer.status_code == 409


def test_excusing_in_the_browser(house, browser_of):
    handoff = offered(new_lead())
    timers.breach(now=NOW + DAY)
    clock = handoff.clocks.get(kind="accept")
    address = reverse("clock-excuse", args=[clock.pk])
    assert browser_of(handoff.rep).post(address, {"reason": "x"}).status_code == 403
    browser = browser_of(house.suzuki)
    assert browser.post(address, {"reason": ""}).status_code == 422
    assert browser.post(address, {"reason": "停電"}).status_code == 302
    clock.refresh_from_db()
    assert clock.excuse == "停電"


def test_the_card_says_how_far_contact_depth_has_come(house, browser_of):
    handoff = accepted(new_lead())
    desk.contact(handoff, by=handoff.rep, now=NOW, result="no_answer")
    handoff.rep.language = "en"
    handoff.rep.save()
    said = text(browser_of(handoff.rep).get(reverse("queue-card", args=[handoff.pk])))
    assert "1 of 6 attempts, 1 of 2 channels" in said
    assert reverse("clock", args=[handoff.clocks.get(kind="persistence").pk]) in said


def test_due_times_past_the_last_year_of_holidays(house, english, browser_of):
    handoff = accepted(new_lead())
    browser = browser_of(english)
    assert "the last year whose holidays" not in text(browser.get(reverse("sla")))
    far = datetime(2032, 1, 1, tzinfo=UTC)
    handoff.clocks.filter(kind="persistence").update(due_at=far)
    assert "lies after 2031, the last year whose holidays" in text(browser.get(reverse("sla")))


def test_the_calendar_is_one_press_away_for_whoever_may_read_it(house, browser_of):
    handoff = accepted(new_lead())
    clock = handoff.clocks.get(kind="first_contact")
    address = f'href="{reverse("calendar", args=["tokyo"])}"'
    assert address in text(page(browser_of(handoff.rep), clock))
    handoff.rep.teams.clear()
    handoff.rep.memberships.update(is_active=False)  # they handled it, and work elsewhere now
    assert address not in text(page(browser_of(handoff.rep), clock))
