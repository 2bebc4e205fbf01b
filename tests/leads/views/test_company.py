"""The page of a company: who is known there, and who talks to whom."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.people import accepted, fresh, new_lead, react


@pytest.fixture
def lead(house):
    lead = new_lead(
        family_name="山本", given_name="花子", company={"name": "青空商事"}, department="情報システム部"
    )
    accepted(lead)
    return fresh(lead)


def colleague_of(lead, **said):
    return new_lead(company={"name": "青空商事"}, **said)


def page(browser, lead) -> str:
    return browser.get(reverse("company", args=[lead.company_id])).content.decode()


def test_it_names_who_is_on_it(house, browser_of, lead):
    shown = page(browser_of(house.miura), lead)
    assert f"{lead.owner.name}さんが山本 花子 様を対応中です" in shown


def test_marketing_sees_everybody_in_full(house, browser_of, lead):
    other = colleague_of(lead, family_name="森田", given_name="恵", title="購買課長")
    shown = page(browser_of(house.miura), lead)
    assert reverse("lead", args=[other.pk]) in shown and "購買課長" in shown


def test_a_rep_sees_the_card_of_others_and_no_more(house, browser_of, lead):
    other = colleague_of(
        lead, family_name="森田", given_name="恵", title="購買課長", email="morita@x.example.com"
    )
    shown = page(browser_of(lead.owner), lead)
    assert "森田 恵" in shown
    assert reverse("lead", args=[other.pk]) not in shown
    assert "購買課長" not in shown and "morita@" not in shown


def test_a_company_nobody_of_mine_works_at_is_not_found(house, browser_of, lead, kato):
    assert browser_of(kato).get(reverse("company", args=[lead.company_id])).status_code == 404


def test_it_asks_as_often_for_one_as_for_three(house, browser_of, lead, count_queries):
    browser = browser_of(house.miura)
    page(browser, lead)
    with count_queries(7):
        page(browser, lead)
    for _ in range(2):
        react(colleague_of(lead), "inquiry")
    with count_queries(7):
        page(browser, lead)
