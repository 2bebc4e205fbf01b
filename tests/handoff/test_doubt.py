"""Handoffs that would not have happened, once what they stood on was taken back."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from handoff import desk, doubt
from handoff.models import Handoff
from leads import intake, stages
from leads.models import Activity
from scoring.overriding import set_override
from tests.people import (
    NOW,
    fresh,
    handoff_of,
    lead_at,
    new_lead,
    offered,
    react,
    rescore,
    send_back,
)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LATER = NOW + HOUR


def void(one, *, now=LATER):
    told = intake.NewActivity(
        lead_id=one.lead_id, type=one.type, occurred_at=one.occurred_at, source="crm", voids_id=one.pk
    )
    [answer] = intake.record([told], now=now)
    return Activity.objects.get(pk=answer.id)


def click(lead, url, *, at=NOW, now=None):
    told = intake.NewActivity(
        lead_id=lead.pk, type="email_click", occurred_at=at, source="mail", content="11月号", url=url
    )
    [answer] = intake.record([told], now=now or at)
    return Activity.objects.get(pk=answer.id)


def doubted():
    return [one.handoff.lead_id for one in doubt.among(doubt.candidates(Handoff.objects.all()))]


@pytest.fixture
def webinar(house):
    """A lead handed over by its score: 42 of fit, 12 + 8 + 4 of interest (20 are asked)."""
    lead = new_lead()
    one = react(lead, "webinar_attended")
    react(lead, "document_download")
    react(lead, "pricing_view")
    assert rescore(lead).stage == stages.MQL
    return one


def test_nothing_taken_back_nothing_doubted(house, webinar):
    assert doubted() == []


def test_a_corrected_reaction_it_stood_on(house, webinar):
    void(webinar)
    assert doubted() == [webinar.lead_id]
    [found] = doubt.among(Handoff.objects.all())
    [event] = found.events
    assert (event.event, event.type, event.because, event.at) == (
        webinar.pk, "webinar_attended", "voided", LATER,
    )  # fmt: skip


def test_one_it_did_not_need_changes_nothing(house, webinar):
    void(Activity.objects.get(type="pricing_view"))
    assert doubted() == []


@pytest.mark.parametrize("happened", [NOW + MINUTE, NOW - MINUTE])
def test_what_came_after_does_not_save_it(house, webinar, happened):
    """Neither what happened later, nor what was told later of an earlier moment."""
    react(webinar.lead, "factory_tour", at=happened, now=NOW + MINUTE)
    rescore(webinar.lead, now=NOW + MINUTE)
    void(webinar)
    assert doubted() == [webinar.lead_id]


def test_what_was_corrected_before_did_not_count_then(house):
    lead = new_lead()
    void(react(lead, "webinar_attended"), now=NOW)
    offered(lead)
    assert doubted() == []
    hand = Activity.objects.get(lead=lead, type="demo_request")
    void(hand)
    [found] = doubt.among(Handoff.objects.all())
    assert [one.event for one in found.events] == [hand.pk]


def test_attributes_count_as_they_were_known_then(house, webinar):
    """Fit would be 12 today, but then it was 42: only events can be taken back."""
    intake.edit(webinar.lead, {"title": "", "company": {"employees": 5}}, by=None, now=LATER)
    void(Activity.objects.get(type="pricing_view"))
    assert doubted() == []


def test_a_raised_hand_that_was_none(house):
    lead = new_lead()
    offered(lead)
    void(Activity.objects.get(lead=lead, type="demo_request"))
    assert doubted() == [lead.pk]


def test_clicks_that_turn_out_to_be_a_machines(house):
    """The second link of the mail, told an hour late, makes both clicks one burst."""
    lead = new_lead()
    for type in ("webinar_attended", "document_download"):
        react(lead, type, at=NOW - MINUTE, now=NOW - MINUTE)
    lead.refresh_from_db()
    first = click(lead, "https://x.example/a")
    assert rescore(lead).stage == stages.MQL
    click(lead, "https://x.example/b", at=NOW + timedelta(seconds=2), now=LATER)
    rescore(lead, now=LATER)
    first.refresh_from_db()
    assert first.genuine == "machine"
    [found] = doubt.among(Handoff.objects.all())
    assert [(one.event, one.because, one.at) for one in found.events] == [(first.pk, "machine", LATER)]


def test_by_hand_and_by_date_there_is_nothing_to_doubt(house):
    lead = new_lead()
    one = react(lead, "webinar_attended")
    desk.move(fresh(lead), to=stages.MQL, by=house.miura, now=NOW, note="会った")
    void(one)
    assert doubted() == []


def test_a_readiness_set_by_hand_stands(house):
    """It was the person's number then; the interest that is asked for is the machine's all the same."""
    lead = new_lead(company={"name": "青空商事", "employees": 50})
    for type in ("webinar_attended", "document_download", "pricing_view"):
        one = react(lead, type)
    set_override(lead, readiness=90, reason="会った", until=NOW + DAY, by=house.miura, now=NOW)
    assert rescore(lead).stage == stages.MQL
    void(one)
    assert doubted() == []
    void(Activity.objects.get(type="webinar_attended"))
    assert doubted() == [lead.pk]


def test_after_a_send_back_only_what_was_new_stood_for_it(house):
    lead = lead_at(stages.MQL, house)
    send_back(lead, house)
    one = react(lead, "demo_request", at=NOW + MINUTE)
    assert rescore(lead, now=NOW + MINUTE).stage == stages.MQL
    void(one)
    [found] = doubt.among(Handoff.objects.order_by("-pk"))
    assert found.handoff == Handoff.objects.latest("pk")


def test_a_chain_is_counted_once(house):
    lead = new_lead()
    handoff = offered(lead)
    other = house.kobayashi if handoff.rep == house.sato else house.sato
    desk.reassign(handoff, by=house.suzuki, now=NOW, to=other, reason="休み")
    void(Activity.objects.get(lead=lead, type="demo_request"))
    assert doubted() == [lead.pk]


# Where it is read


def test_a_correction_is_no_second_reaction(house, miura, webinar, frozen):
    void(webinar)
    shown = read(miura, reverse("lead", args=[webinar.lead_id]) + "?show=reactions")
    events = shown.split('id="events"')[1].split("</section>")[0]
    assert events.count("Attended a webinar") == 1 and "corrected, does not count" in events
    everything = read(miura, reverse("lead", args=[webinar.lead_id]))
    assert "Taken back: Attended a webinar" in everything


@pytest.fixture
def miura(house, browser_of):
    house.miura.language = "en"
    house.miura.save()
    return browser_of(house.miura)


def read(browser, address):
    answer = browser.get(address)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_the_list_and_the_lead_say_why(house, miura, webinar, kato, browser_of, frozen):
    list_page, lead_page = reverse("handoff-doubtful"), reverse("lead", args=[webinar.lead_id])
    assert "Every handoff would have happened all the same." in read(miura, list_page)
    assert "would not have happened" not in read(miura, lead_page)
    void(webinar)
    for address in (list_page, lead_page):
        shown = read(miura, address)
        assert "Attended a webinar" in shown and "corrected later" in shown
    assert list_page in read(miura, lead_page) and list_page in read(miura, reverse("handoff-list"))
    assert "Attended" not in read(browser_of(kato), list_page)


def test_as_many_statements_for_three_as_for_one(house, miura, count_queries):
    def one_more():
        lead = new_lead()
        offered(lead)
        void(Activity.objects.get(lead=lead, type="demo_request"))

    one_more()
    for _ in range(2):
        with count_queries(9):
            assert miura.get(reverse("handoff-doubtful")).status_code == 200
        one_more(), one_more()


def test_further_back(house, miura, monkeypatch):
    monkeypatch.setattr(doubt, "LOOKED_AT", 1)
    for _ in range(2):
        lead = new_lead()
        offered(lead)
        void(Activity.objects.get(lead=lead, type="demo_request"))
    newest, oldest = Handoff.objects.order_by("-pk")
    shown = read(miura, reverse("handoff-doubtful"))
    assert f"?before={newest.pk}" in shown
    further = miura.get(reverse("handoff-doubtful") + f"?before={newest.pk}")
    assert [one.handoff.pk for one in further.context["doubts"]] == [oldest.pk]
    assert handoff_of(lead).pk == newest.pk
