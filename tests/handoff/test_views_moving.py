"""A person moves a lead from its page."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from leads import stages
from tests.people import NOW, accepted, fresh, handoff_of, lead_at, new_lead, react, rescore, send_back


@pytest.fixture
def miura(house, browser_of):
    return browser_of(house.miura)


def post(browser, name, lead, **said):
    return browser.post(reverse(name, args=[lead.pk]), {"version": fresh(lead).version} | said)


def text(answer) -> str:
    return unescape(answer.content.decode())


def test_handing_over_opens_an_offer_with_the_sentence(house, miura):
    lead = lead_at(stages.MAL, house)
    answer = post(
        miura, "lead-handover", lead, opening_line="工程の件、どこが近いですか", note="展示会で約束"
    )
    assert (answer.status_code, answer["Location"]) == (302, reverse("lead", args=[lead.pk]))
    handoff = handoff_of(lead)
    assert (fresh(lead).stage, handoff.trigger, handoff.handed_by) == (stages.MQL, "person", house.miura)
    assert handoff.opening_line == "工程の件、どこが近いですか"


def test_the_gate_names_what_stops_and_takes_nothing(house, miura):
    lead = rescore(new_lead(phone=""))
    shown = text(miura.get(reverse("lead-handover", args=[lead.pk])))
    assert "引き渡せません" in shown and "電話番号" in shown
    assert post(miura, "lead-handover", lead, note="急ぎ").status_code == 422
    assert fresh(lead).stage != stages.MQL


def test_a_warning_asks_for_a_sentence_and_keeps_what_was_typed(house, miura):
    lead = lead_at(stages.MAL, house)
    answer = post(miura, "lead-handover", lead, opening_line="ひとこと", note="")
    assert answer.status_code == 422
    assert "<title>エラー：" in answer.content.decode() and 'value="ひとこと"' in answer.content.decode()


def test_without_a_new_reaction_a_returned_lead_is_not_handed_over_again(house, miura):
    lead = new_lead()
    accepted(lead)
    send_back(lead, house)
    assert "前回の差し戻し" in text(miura.get(reverse("lead-handover", args=[lead.pk])))
    assert post(miura, "lead-handover", lead, note="もう一度").status_code == 422
    react(lead, "inquiry", at=NOW + timedelta(minutes=5))
    assert post(miura, "lead-handover", lead, note="もう一度").status_code == 302


def test_an_older_version_is_told_and_nothing_happens(house, miura):
    lead = lead_at(stages.MAL, house)
    answer = post(miura, "lead-handover", lead, note="x", version=0)
    assert answer.status_code == 409
    assert "変更しました" in text(answer) or "変更されています" in text(answer)
    assert fresh(lead).stage == stages.MAL


def test_who_was_quicker_is_named_and_what_was_typed_stays(house, browser_of):
    lead = lead_at(stages.MAL, house)
    seen = lead.version
    assert post(browser_of(house.suzuki), "lead-handover", lead, note="先に").status_code == 302
    typed = {"note": "展示会で約束", "opening_line": "工程の件", "version": seen}
    answer = post(browser_of(house.miura), "lead-handover", lead, **typed)
    assert answer.status_code == 409
    assert f"{house.suzuki.name}さんが「引き渡し対象」にしました" in text(answer)
    assert "展示会で約束" in text(answer) and 'value="工程の件"' in text(answer)
    assert text(answer).count("<title>エラー：") == 1


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("lead-recycle", {"reason": "too_early", "note": "来期に"}),
        ("lead-disqualify", {"reason": "selling", "note": "営業でした"}),
        ("lead-reopen", {"reason": "担当が替わった"}),
    ],
)
def test_every_form_outlives_a_quicker_colleague(house, browser_of, name, typed):
    stage = stages.DISQUALIFIED if name == "lead-reopen" else stages.SAL
    lead = lead_at(stage, house)
    answer = post(browser_of(house.suzuki), name, lead, version=lead.version - 1, **typed)
    assert answer.status_code == 409
    assert all(value in text(answer) for value in typed.values())
    again = answer.context["form"]["version"].value()
    assert post(browser_of(house.suzuki), name, lead, **typed | {"version": again}).status_code == 302


def test_not_a_fit_and_back_again(house, miura):
    lead = lead_at(stages.MQL, house)
    assert post(miura, "lead-disqualify", lead, reason="selling").status_code == 302
    assert fresh(lead).stage == stages.DISQUALIFIED
    assert handoff_of(lead).state == "disqualified"
    assert post(miura, "lead-reopen", lead, reason="").status_code == 422
    assert post(miura, "lead-reopen", lead, reason="担当が替わった").status_code == 302
    assert fresh(lead).stage == stages.MAL


@pytest.mark.parametrize("reason", ["", "nonsense", "too_early"])
def test_not_a_fit_needs_a_reason_of_its_list(house, miura, reason):
    lead = lead_at(stages.MAL, house)
    assert post(miura, "lead-disqualify", lead, reason=reason).status_code == 422
    assert fresh(lead).stage == stages.MAL


def test_back_to_nurture_on_a_date(house, browser_of):
    lead = lead_at(stages.SAL, house)
    suzuki = browser_of(house.suzuki)
    assert post(suzuki, "lead-recycle", lead, reason="too_early", wake_on="2020-01-01").status_code == 422
    assert post(suzuki, "lead-recycle", lead, reason="too_early", wake_on="2029-02-01").status_code == 302
    assert (fresh(lead).stage, fresh(lead).wake_at.isoformat()[:10]) == (stages.MAL, "2029-01-31")  # UTC


def test_worth_a_proposal_is_one_press_of_its_owner(house, browser_of):
    lead = lead_at(stages.SAL, house)
    rep = browser_of(lead.owner)
    assert post(rep, "lead-move", lead, to="sql").status_code == 302
    assert fresh(lead).stage == stages.SQL


@pytest.mark.parametrize("to", ["", "mql", "opportunity", "nonsense"])
def test_no_other_step_is_one_press(house, browser_of, to):
    lead = lead_at(stages.SAL, house)
    assert post(browser_of(lead.owner), "lead-move", lead, to=to).status_code == 400


def test_pressed_twice_it_is_said_once_more_and_nothing_breaks(house, browser_of):
    lead = lead_at(stages.SAL, house)
    rep, version = browser_of(lead.owner), lead.version
    for _ in range(2):
        answer = post(rep, "lead-move", lead, to="sql", version=version)
    assert answer.status_code in (302, 403)
    assert fresh(lead).stage == stages.SQL


@pytest.mark.parametrize("name", ["lead-handover", "lead-disqualify", "lead-reopen", "lead-recycle"])
def test_what_the_page_does_not_offer_is_not_done(house, browser_of, name):
    lead = lead_at(stages.SAL, house)
    other = house.kobayashi if lead.owner == house.sato else house.sato
    assert browser_of(other).get(reverse(name, args=[lead.pk])).status_code == 403


@pytest.mark.parametrize("name", ["lead-handover", "lead-reopen"])
def test_a_form_that_came_too_late_leads_back_with_a_sentence(house, miura, name):
    """Marketing follows an old link to a lead that sales has by now."""
    lead = lead_at(stages.MQL, house)
    answer = miura.get(reverse(name, args=[lead.pk]), follow=True)
    assert answer.redirect_chain == [(reverse("lead", args=[lead.pk]), 302)]
    assert "今はできません" in text(answer) and "引き渡し" in text(answer)
    assert post(miura, name, lead, reason="x").status_code == 403
