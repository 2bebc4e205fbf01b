"""A readiness set by hand, in the browser: the form, what stands beside the number, who may."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from handoff import timeline
from leads import stages
from scoring.models import Override
from scoring.overriding import set_override
from tests.people import (
    NOW,
    fresh,
    handoff_of,
    lead_at,
    new_lead,
    offered,
    proposed,
    react,
    rescore,
    send_back,
)

pytestmark = pytest.mark.usefixtures("frozen")
DAY = timedelta(days=1)


@pytest.fixture
def lead(house):
    lead = new_lead(family_name="山本", given_name="花子")
    react(lead, "pricing_view")
    return rescore(lead)


@pytest.fixture
def miura(house, browser_of):
    """In English: the sentences as they stand in the source."""
    house.miura.language = "en"
    house.miura.save()
    return browser_of(house.miura)


def url(lead, name="lead-override"):
    return reverse(name, args=[lead.pk])


def page(browser, lead, name="lead"):
    answer = browser.get(url(lead, name))
    assert answer.status_code == 200
    return unescape(answer.content.decode())


ASKED = {"version": "0", "readiness": "85", "reason": "Met them at the fair", "until": "2026-12-01"}


def test_setting_it_shows_both_numbers(house, miura, lead):
    computed = lead.standing.readiness
    assert "Set the readiness by hand" in page(miura, lead)
    answer = miura.post(url(lead), ASKED)
    assert (answer.status_code, answer["Location"]) == (302, url(lead, "lead"))
    said = Override.objects.get()
    assert (said.readiness, said.reason, said.set_by) == (85, "Met them at the fair", house.miura)
    assert said.until.isoformat() == "2026-12-01T15:00:00+00:00"  # the end of that day in Tokyo
    shown = page(miura, lead)
    assert "Set by hand: 85 (" + house.miura.name in shown and f"computed: {computed}" in shown
    assert "Met them at the fair" in shown and "Readiness set to 85 by hand" in shown
    assert f'<span class="big">{computed}</span>' in shown


def test_taking_it_back(house, miura, lead):
    miura.post(url(lead), ASKED)
    said = Override.objects.get()
    assert f'name="version" value="{said.pk}"' in page(miura, lead)
    assert miura.post(url(lead), {"end": "1", "version": said.pk}).status_code == 302
    assert Override.objects.get().ended_by == house.miura
    shown = page(miura, lead)
    assert "set by hand no longer counts" in shown and "computed:" not in shown
    again = miura.post(url(lead), {"end": "1", "version": "0"}, follow=True)
    assert "No readiness set by hand counts any more." in unescape(again.content.decode())


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("readiness", "101"),
        ("readiness", ""),
        ("reason", "  "),
        ("until", "2026-11-23"),
        ("until", "2027-11-24"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(house, miura, lead, name, typed):
    answer = miura.post(url(lead), ASKED | {name: typed})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {name}
    shown = unescape(answer.content.decode())
    assert ("Met them at the fair" in shown) == (name != "reason")
    assert not Override.objects.exists()


def test_two_at_once_the_later_one_is_told_and_nothing_typed_is_lost(house, miura, lead):
    assert 'name="version" value="0"' in page(miura, lead, "lead-override")
    said = by_suzuki(lead, house)
    answer = miura.post(url(lead), ASKED)
    shown = unescape(answer.content.decode())
    assert (answer.status_code, Override.objects.get()) == (409, said)
    assert "set the readiness to 20 by hand. (just now)" in shown and house.suzuki.name in shown
    assert "Just lost their budget" in shown
    assert 'value="85"' in shown and "Met them at the fair" in shown and 'value="2026-12-01"' in shown
    assert f'name="version" value="{said.pk}"' in shown
    assert miura.post(url(lead), ASKED | {"version": said.pk}).status_code == 302
    assert Override.objects.get(ended_at=None).readiness == 85


def test_nobody_takes_back_what_they_have_not_seen(house, miura, lead):
    miura.post(url(lead), ASKED)
    seen = Override.objects.get()
    said = by_suzuki(lead, house)
    answer = miura.post(url(lead), {"end": "1", "version": seen.pk})
    assert answer.status_code == 409 and "Nothing was taken back." in unescape(answer.content.decode())
    assert Override.objects.get(ended_at=None) == said
    assert miura.post(url(lead), {"end": "1", "version": said.pk}).status_code == 302


@pytest.mark.parametrize("sent", [{}, {"version": ""}, {"version": "x"}, {"version": "-1"}])
def test_what_our_page_did_not_send(miura, lead, sent):
    for asked in (ASKED, {"end": "1"}):
        without = {name: value for name, value in asked.items() if name != "version"}
        assert miura.post(url(lead), without | sent).status_code == 400


def by_suzuki(lead, house):
    reason = "Just lost their budget"
    return set_override(lead, readiness=20, reason=reason, until=NOW + DAY, by=house.suzuki, now=NOW)


def test_until_today_counts_to_the_end_of_the_day(house, miura, lead):
    assert miura.post(url(lead), ASKED | {"until": "2026-11-24"}).status_code == 302


def test_who_may_not_is_told_and_sees_no_button(house, browser_of, kato):
    lead = lead_at(stages.SAL, house)
    other = house.kobayashi if lead.owner == house.sato else house.sato
    other.language = "en"
    other.save()
    browser = browser_of(other)
    assert browser.get(url(lead)).status_code == 403
    assert browser.post(url(lead), ASKED).status_code == 403
    assert "Set the readiness by hand" not in page(browser, lead)
    assert browser_of(kato).get(url(lead)).status_code == 404


def test_the_list_and_the_card_mark_it(house, miura, browser_of, lead, monkeypatch):
    monkeypatch.setattr("leads.views.lead_list.now", lambda: NOW)
    assert "by hand" not in page_of(miura, "lead-list")
    set_override(lead, readiness=85, reason="Met", until=NOW + DAY, by=house.miura, now=NOW)
    assert "85 by hand" in page_of(miura, "lead-list")
    handoff = offered(lead)
    handoff.rep.language = "en"
    handoff.rep.save()
    card = browser_of(handoff.rep).get(reverse("queue-card", args=[handoff.pk]))
    assert "Set by hand: 85" in unescape(card.content.decode())


def page_of(browser, name):
    return unescape(browser.get(reverse(name)).content.decode())


def test_the_handoff_remembers_it(house, lead):
    for type in ("webinar_attended", "document_download"):
        react(lead, type)
    set_override(lead, readiness=100, reason="Met", until=NOW + DAY, by=house.miura, now=NOW)
    assert rescore(lead).stage == stages.MQL
    assert handoff_of(lead).evidence["override"] == {"readiness": 100, "reason": "Met"}


def test_the_timeline_tells_beginning_and_end(house, lead):
    set_override(lead, readiness=85, reason="Met", until=NOW + DAY, by=house.miura, now=NOW)
    for moment, acts in ((NOW, ["overridden"]), (NOW + DAY, ["override_ended", "overridden"])):
        found, _ = timeline.of(lead, handoffs=(), kind=timeline.CHANGES, now=moment)
        assert [one.act for one in found] == acts
    assert (found[0].at, found[0].by, found[1].by) == (NOW + DAY, None, house.miura)


# Every condition, met or not


def test_the_gate_says_what_is_asked_and_what_there_is(house, miura, lead):
    shown = page(miura, lead)
    assert "Readiness of at least 60" in shown and "Interest of at least 20" in shown
    assert "✓" in shown and "✗" in shown
    answer = miura.get(url(lead, "lead"))
    passed = {one.code: one.passed for one in answer.context["sheet"].conditions}
    assert passed["require"] and passed["min_fit"] and not passed["min_interest"]


def test_after_a_send_back_both_figures_stand_there(house, miura):
    lead = lead_at(stages.MQL, house)
    send_back(lead, house)
    react(lead, "pricing_view", at=NOW + timedelta(minutes=1))
    lead = rescore(lead, now=NOW + timedelta(minutes=1))
    sheet = miura.get(url(lead, "lead")).context["sheet"]
    counted = next(one for one in sheet.conditions if one.code == "min_readiness")
    assert counted.actual < sheet.readiness
    shown = page(miura, lead)
    assert f"{counted.actual} new since it was sent back, {sheet.readiness} in all" in shown


def test_a_hand_raiser_is_spared_the_minimums(house, miura):
    lead = new_lead(title="", company={"name": "小さな会社"})
    offered(lead)
    shown = page(miura, lead)
    assert "Not needed:" in shown and "The minimums need not be met." in shown


def test_no_condition_shows_a_number_to_call(house, miura, lead):
    gate = page(miura, lead).split('id="gate"')[1].split("</section>")[0]
    assert lead.phone not in gate and "Phone is known" in gate


@pytest.mark.parametrize("stage", ["mal", "mql", "sal", "sql"])
def test_the_gate_is_asked_until_sales_has_the_lead(house, miura, stage):
    shown = page(miura, lead_at(stage, house))
    assert ('id="gate"' in shown) == (stage in ("mal", "mql"))


def test_an_opportunity_is_not_asked_whether_it_is_ready(house, miura):
    lead = new_lead()
    proposed(lead, house)
    assert 'id="gate"' not in page(miura, lead)


def test_the_class_stands_on_the_page_and_in_the_list(house, miura, lead):
    assert fresh(lead).standing.readiness_class == "future"
    assert 'data-class="future"' in page(miura, lead)
    assert 'data-class="future"' in page_of(miura, "lead-list")


def test_the_hand_over_page_says_both_figures_and_whose_number_counts(house, miura, monkeypatch):
    monkeypatch.setattr("handoff.views.moving.now", lambda: NOW + timedelta(minutes=1))
    lead = lead_at(stages.MQL, house)
    send_back(lead, house)
    react(lead, "pricing_view", at=NOW + timedelta(minutes=1))
    set_override(lead, readiness=85, reason="Met", until=NOW + DAY, by=house.miura, now=NOW)
    shown = page(miura, lead, "lead-handover")
    total = rescore(lead, now=NOW + timedelta(minutes=1)).standing.readiness
    assert "New since it was sent back on" in shown and f"{total} in all" in shown
    assert "Set by hand: 85" in shown and f"computed: {total}" in shown
