"""The rules page and the page of a version: what is in force, what is on its way, what waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.clock import now
from leads import roles
from leads.models import User
from scoring.models import Draft, Opinion
from scoring.rulemaking import opinions
from tests.config.studio.drafts import published, requested
from tests.people import new_lead, react


@pytest.fixture
def miura(house, browser_of):
    house.miura.language = "en"
    house.miura.save()
    return browser_of(house.miura)


def said(answer):
    return answer.content.decode()


def opinion_on(lead, house, *, by=None, text="They are rivals looking at prices"):
    react(lead, "pricing_view", at=now() - timedelta(hours=1))
    return opinions.send(lead, rule="pricing", text=text, by=by or house.sato, now=now())


# ── the rules ────────────────────────────────────────────────────────────────


def test_the_rules_in_force_as_sentences(miura):
    page = said(miura.get("/rules"))
    assert "v1 is in force since" in page
    assert 'id="interest-pricing"' in page and "they view the price page" in page
    assert "Begin a draft" in page


def test_the_same_in_japanese(house, browser_of):
    page = said(browser_of(house.miura).get("/rules"))
    assert '<html lang="ja">' in page and 'id="fit-title-exec"' in page


def test_drafts_with_their_state_and_sides(house, miura):
    requested(house, title="Price page 8")
    page = said(miura.get("/rules"))
    assert "Price page 8" in page and "Waiting for approval" in page
    assert "三浦 葵" in page and "not yet" in page


def test_a_version_to_come_is_announced(house, miura):
    published(house, wished_from=now() + timedelta(days=2))
    page = said(miura.get("/rules"))
    assert "v1 is in force since" in page and "v2 comes into force on" in page
    assert "+4" in page  # the rules below are still the old ones
    assert "scheduled" in said(miura.get("/rules/v2"))


@pytest.mark.parametrize("many", [1, 3])
def test_constant_queries(house, miura, count_queries, many):
    for number in range(many):
        published(house, points=5 + number)
    for number in range(many):
        requested(house, points=20 + number)
        opinion_on(new_lead(), house)
    with count_queries(11):
        miura.get("/rules")


def test_beginning_a_draft(house, miura):
    answer = miura.post("/rules/begin", {"title": "Price page"})
    draft = Draft.objects.get()
    assert answer["Location"] == f"/rules/drafts/{draft.pk}/edit?at=top"
    assert (draft.title, draft.body, draft.created_by) == ("Price page", draft.base.body, house.miura)


def test_a_draft_without_a_title_is_asked_for_one(miura):
    answer = miura.post("/rules/begin", {"title": ""})
    assert answer.status_code == 422 and "<title>Error: " in said(answer)
    assert not Draft.objects.exists()


def test_sales_reads_and_does_not_write(house, browser_of):
    sato = browser_of(house.sato)
    page = said(sato.get("/rules"))
    assert "/rules/begin" not in page
    assert sato.post("/rules/begin", {"title": "x"}).status_code == 403
    assert sato.post("/rules/v1/back").status_code == 403
    assert 'href="/rules"' not in said(
        sato.get("/queue")
    )  # no item of the rail, but the page is theirs to read


def test_a_partner_does_not_read(house, browser_of):
    partner = User.objects.create_user("p@example.com", roles=[roles.PARTNER_CALLER], side="sales")
    assert browser_of(partner).get("/rules").status_code == 403


def test_before_the_first_playbook(db, browser_of):
    page = said(
        browser_of(User.objects.create_user("m@x.com", roles=["marketer"], language="en")).get("/rules")
    )
    assert "No rules are published yet" in page


# ── versions ─────────────────────────────────────────────────────────────────


def test_a_version_says_what_was_new_and_who_agreed(house, miura):
    published(house, title="Price page 8")
    page = said(miura.get("/rules/v2"))
    assert "What is other than in v1" in page and "Price page 8" in page
    assert "三浦 葵" in page and "鈴木 誠" in page
    assert "<s>4</s>" in page and "<b>8</b>" in page
    assert "Publish this again" not in page


def test_going_back_is_a_draft(house, miura):
    published(house)
    assert "Publish this again" in said(miura.get("/rules/v1"))
    answer = miura.post("/rules/v1/back")
    draft = Draft.objects.latest("pk")
    assert answer["Location"] == f"/rules/drafts/{draft.pk}"
    assert (draft.origin, draft.title, draft.base.version) == (Draft.EARLIER, "Back to v1", 2)
    assert "going back to an earlier version (v1)" in said(miura.get(answer["Location"]))


@pytest.mark.parametrize("number", [0, 7, 10**18])
def test_no_such_version(miura, number):
    assert miura.get(f"/rules/v{number}").status_code == 404
    assert miura.post(f"/rules/v{number}/back").status_code == 404


def test_a_version_that_was_passed_over(house, miura):
    published(house, wished_from=now() + timedelta(days=2))
    published(house, points=9)
    assert "never came into force" in said(miura.get("/rules/v2"))
    assert "v3 is in force since" in said(miura.get("/rules"))


# ── opinions ─────────────────────────────────────────────────────────────────


def test_opinions_by_rule_with_their_leads(house, miura):
    lead = new_lead()
    opinion_on(lead, house)
    page = said(miura.get("/rules"))
    assert "They are rivals looking at prices" in page and f'href="/leads/{lead.pk}"' in page
    assert "Viewed the price page" in page and "佐藤 恵" in page


def test_an_opinion_is_shown_to_whoever_sees_its_lead(house, browser_of, kato):
    opinion_on(new_lead(family_name="秘密"), house, by=house.miura)
    for user in (kato, house.tanaka):
        page = said(browser_of(user).get("/rules"))
        assert "秘密" not in page and "They are rivals" not in page


def test_an_answer_goes_to_the_lead(house, miura, browser_of):
    lead = new_lead()
    one = opinion_on(lead, house, by=house.miura)
    assert miura.post(f"/rules/opinions/{one.pk}/answer", {"answer": "4 from Monday"})["Location"] == "/rules"
    assert "4 from Monday" in said(miura.get(f"/leads/{lead.pk}"))
    assert "They are rivals" not in said(miura.get("/rules"))


def test_an_empty_answer_keeps_the_page(house, miura):
    one = opinion_on(new_lead(), house)
    answer = miura.post(f"/rules/opinions/{one.pk}/answer", {"answer": " "})
    assert answer.status_code == 422 and f'id="id_answer_{one.pk}"' in said(answer)
    assert Opinion.objects.get().settled_at is None


def test_a_draft_from_an_opinion(house, miura):
    one = opinion_on(new_lead(), house)
    answer = miura.post(f"/rules/opinions/{one.pk}/draft")
    draft = Draft.objects.get()
    assert answer["Location"] == f"/rules/drafts/{draft.pk}"
    assert draft.title == "Viewed the price page: from an opinion"
    assert "They are rivals" in said(miura.get(answer["Location"]))


def test_sales_does_not_answer(house, browser_of):
    one = opinion_on(new_lead(), house)
    for act in ("answer", "draft"):
        assert (
            browser_of(house.sato).post(f"/rules/opinions/{one.pk}/{act}", {"answer": "x"}).status_code == 403
        )


# ── sending one ──────────────────────────────────────────────────────────────


def test_each_line_of_a_lead_has_its_form(house, miura):
    lead = new_lead()
    event = react(lead, "pricing_view", at=now() - timedelta(hours=9))
    address = f"/leads/{lead.pk}/opinion?rule=pricing&event={event.pk}"
    assert address.replace("&", "&amp;") in said(miura.get(f"/leads/{lead.pk}"))
    page = said(miura.get(address))
    assert "Viewed the price page" in page and "+3.9" in page
    answer = miura.post(address, {"text": "Rivals"})
    assert answer["Location"] == f"/leads/{lead.pk}"
    assert Opinion.objects.get().event == event
    assert "Waiting for an answer from marketing" in said(miura.get(f"/leads/{lead.pk}"))


def test_an_empty_opinion_is_asked_for_words(house, miura):
    lead = new_lead()
    answer = miura.post(f"/leads/{lead.pk}/opinion?rule=fit", {"text": ""})
    assert answer.status_code == 422 and "<title>Error: " in said(answer)


@pytest.mark.parametrize("query", ["", "?rule=demo", "?rule=pricing&event=7", "?rule=%00"])
def test_a_line_that_is_not_there_leads_back(house, miura, query):
    lead = new_lead()
    answer = miura.get(f"/leads/{lead.pk}/opinion{query}", follow=True)
    assert answer.redirect_chain[-1][0] == f"/leads/{lead.pk}"
    assert "no such line any more" in said(answer)


@pytest.mark.parametrize("event", ["x", "9" * 30, "²"])
def test_an_event_that_is_no_number(house, miura, event):
    lead = new_lead()
    assert miura.get(f"/leads/{lead.pk}/opinion", {"rule": "fit", "event": event}).status_code == 404


def test_a_stranger_sends_nothing(house, browser_of, kato):
    lead = new_lead()
    assert browser_of(kato).post(f"/leads/{lead.pk}/opinion?rule=fit", {"text": "x"}).status_code == 404
    assert not Opinion.objects.exists()
