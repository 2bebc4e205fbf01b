"""Someone is on it: who works on the same company and since when, and what a partner caller reads of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.translation import override

from handoff import desk, same_company, same_company_words
from leads import roles
from leads.models import Company, User
from tests.people import NOW, accepted, fresh, handoff_of, lead_at, new_lead, offered, proposed, react

DAY = timedelta(days=1)
COMPANY = {"name": "青空商事"}
LATER = NOW + 3 * DAY


@pytest.fixture
def lead(house):
    """Nobody's yet."""
    return new_lead(company=COMPANY)


def one_of(lead, viewer):
    [found] = same_company.at_work(fresh(lead), viewer=viewer)
    return found


def sentence(lead, viewer, now=LATER):
    with override("en"):
        return same_company_words.sentence(one_of(lead, viewer), viewer=viewer, now=now)


def mark(lead, viewer, now=LATER):
    with override("en"):
        return same_company_words.marks([lead.pk], viewer=viewer, now=now).get(lead.pk)


def caller(house) -> User:
    """A partner caller with a seat in another queue."""
    return User.objects.create_user("caller@example.com", roles=[roles.PARTNER_CALLER], side=roles.SALES)


def test_who_and_since_when(house, lead):
    held = accepted(new_lead(company=COMPANY, family_name="小川", given_name="誠"))
    name = held.rep.name
    assert sentence(lead, house.miura) == (
        f"{name} is working on 小川 誠 of the same company (Accepted by sales, since Tue 24 Nov)."
    )
    desk.contact(held, by=held.rep, now=NOW + DAY, result="reached")
    assert "since Tue 24 Nov, last contact Wed 25 Nov" in sentence(lead, house.miura)
    assert mark(lead, house.miura) == f"{name} is on the same company (since Tue 24 Nov)"


def test_ones_own(house, lead):
    held = accepted(new_lead(company=COMPANY, family_name="小川", given_name="誠"))
    assert sentence(lead, held.rep).startswith("You are already working on 小川 誠")
    assert mark(lead, held.rep) == "You are on the same company (since Tue 24 Nov)"


def test_an_offer_waits_and_nobody_is_on_it_yet(house, lead):
    offered(new_lead(company=COMPANY, family_name="小川", given_name="誠"))
    rep = handoff_of(one_of(lead, house.miura).lead).rep
    said = sentence(lead, house.miura)
    assert said.startswith(f"小川 誠 of the same company waits for the answer of {rep.name}")
    assert "since Tue 24 Nov" in said
    assert mark(lead, house.miura) is None


def test_since_whoever_has_it_now_has_it(house, lead):
    """Not since it came to sales: Tanaka took it on later."""
    other = new_lead(company=COMPANY)
    held = accepted(other)
    desk.promote(held, by=held.rep, now=NOW + DAY, to=house.tanaka, reason="見積依頼")
    desk.accept(handoff_of(other), by=house.tanaka, now=NOW + 2 * DAY)
    assert one_of(lead, house.miura).since == NOW + 2 * DAY


def test_with_an_opportunity_since_that_began(house, lead):
    other = new_lead(company=COMPANY)
    proposed(other, house)
    assert one_of(lead, house.miura).since == fresh(other).stage_entered_at


@pytest.mark.parametrize("stage", ["lead", "mal", "disqualified"])
def test_who_is_in_nobodys_hands_is_not_named(house, lead, stage):
    lead_at(stage, house, company=COMPANY)
    assert same_company.at_work(lead, viewer=house.miura) == ()
    assert mark(lead, house.miura) is None


def test_neither_itself_nor_other_companies_nor_none(house, lead):
    accepted(lead)
    accepted(new_lead(company={"name": "北都電機"}))
    assert same_company.at_work(fresh(lead), viewer=house.miura) == ()
    alone = new_lead(company={})
    accepted(new_lead(company={}))
    assert Company.objects.filter(pk=alone.company_id).first() is None
    assert same_company.at_work(alone, viewer=house.miura) == ()
    assert same_company.of_list([lead.pk, alone.pk], viewer=house.miura) == {}


def test_in_one_hand_nobody_is_warned(house):
    first = accepted(new_lead(company=COMPANY))
    second = offered(new_lead(company=COMPANY))
    if second.rep != first.rep:
        second = desk.reassign(second, by=house.suzuki, now=NOW, reason="x", to=first.rep)
    assert mark(second.lead, house.miura) is None
    desk.accept(second, by=first.rep, now=NOW)
    assert same_company.of_list([first.lead_id, second.lead_id], viewer=house.miura) == {}


def test_to_a_partner_caller_the_others_have_no_names(house, lead):
    held = accepted(new_lead(company=COMPANY, family_name="小川", given_name="誠"))
    partner = caller(house)
    for said in (sentence(lead, partner), mark(lead, partner)):
        assert "小川" not in said and held.rep.family_name not in said
        assert "colleague" in said and "since Tue 24 Nov" in said
    desk.add_supporter(fresh(held.lead), user=partner, by=held.rep, now=NOW)
    assert "小川" in sentence(lead, partner)


def test_the_list_says_it(house, browser_of, lead):
    held = accepted(new_lead(company=COMPANY))
    rows = browser_of(house.miura).get(reverse("lead-list")).context["rows"]
    said = {row["lead_id"]: told for row, told in rows}
    assert held.rep.name in said[lead.pk]["name"][0]
    assert "name" not in said[held.lead_id]


@pytest.mark.parametrize("many", [1, 3])
def test_constant_questions(house, lead, django_assert_num_queries, many):
    for _ in range(many):
        held = accepted(new_lead(company=COMPANY))
        react(held.lead, "reply")
    partner = caller(house)
    for viewer, more in ((house.miura, 0), (partner, 1)):
        with django_assert_num_queries(1 + more):
            same_company.at_work(lead, viewer=viewer)
        with django_assert_num_queries(2 + more):
            same_company.of_list([lead.pk, held.lead_id], viewer=viewer)
