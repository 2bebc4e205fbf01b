"""One lead comes in: matched and edited, or new; what changed is written down."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leads import companies, intake
from leads.intake import IntakeRefused
from leads.models import Company, Lead, Transition
from tests.people import NOW, fresh, lead_at

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def receive(now=NOW, by=None, **values):
    return intake.receive(values, by=by, now=now)


def changes(lead):
    return [(one.field, one.old, one.new) for one in lead.changes.order_by("field", "pk")]


def test_a_new_lead_has_its_first_transition_standing_and_turn():
    lead = receive(email="a@x.example", name="A", created_at=NOW - timedelta(days=3)).lead
    assert (lead.stage, lead.next_side, lead.next_due_at) == ("lead", "marketing", NOW + timedelta(days=27))
    first = Transition.objects.get(lead=lead)
    assert (first.start, first.end, first.occurred_at) == ("", "lead", NOW - timedelta(days=3))
    assert (lead.standing.stage, lead.standing.rescore_at) == ("lead", NOW)


@pytest.mark.parametrize(
    ("first", "then", "created"),
    [
        ({"external_id": "1", "email": "a@x.example"}, {"external_id": "1", "email": "b@x.example"}, False),
        ({"email": "a@x.example"}, {"email": "A@X.example"}, False),
        ({"email": "a@x.example"}, {"external_id": "1", "email": "a@x.example"}, False),
        ({"external_id": "1", "email": "a@x.example"}, {"external_id": "2", "email": "a@x.example"}, True),
        ({"email": "info@x.example"}, {"email": "info@x.example"}, True),
        ({"email": "a..b@docomo.ne.jp"}, {"email": "a..b@docomo.ne.jp"}, True),
    ],
)
def test_who_is_met_again(first, then, created):
    one = receive(**first).lead
    two = receive(**then)
    assert two.created is created
    assert (two.lead.pk == one.pk) is not created


def test_both_hitting_different_leads_is_refused():
    receive(external_id="1", email="a@x.example")
    receive(email="b@x.example")
    with pytest.raises(IntakeRefused, match="ambiguous_match"):
        receive(external_id="1", email="b@x.example")


def test_changes_are_recorded_with_who_when_from_and_to(house):
    lead = receive(email="a@x.example", title="課長", attributes={"budget": "5M"}).lead
    receive(
        now=LATER, by=house.miura, email="a@x.example", title="部長", attributes={"budget": None, "rank": "A"}
    )
    assert changes(lead) == [
        ("attributes.budget", "5M", None),
        ("attributes.rank", None, "A"),
        ("title", "課長", "部長"),
    ]
    assert {(one.changed_at, one.changed_by) for one in lead.changes.all()} == {(LATER, house.miura)}


def test_nothing_new_writes_nothing():
    lead = receive(email="a@x.example", title="課長", company={"name": "青空商事"}).lead
    receive(now=LATER, email="a@x.example", title="課長", company={"name": "㈱青空商事"})
    assert changes(lead) == []
    assert lead.standing.rescore_at == NOW


def test_another_family_name_is_also_the_name():
    receive(email="a@x.example", family_name="山本", given_name="花子")
    assert receive(email="a@x.example", family_name="佐藤").lead.name == "佐藤 花子"


def test_a_name_of_its_own_is_not_made_from_its_parts():
    receive(email="a@x.example", name="Hanako Y.", family_name="山本")
    assert receive(email="a@x.example", family_name="佐藤").lead.name == "Hanako Y."


@pytest.mark.parametrize(
    ("first", "then", "same"),
    [
        ({"name": "青空商事"}, {"name": "株式会社青空商事"}, True),
        (
            {"name": "青空商事", "domain": "aozora.example"},
            {"name": "Aozora", "domain": "www.aozora.example"},
            True,
        ),
        ({"name": "青空商事"}, {"name": "みなと物流"}, False),
        ({"name": "青空商事", "domain": "gmail.com"}, {"name": "みなと物流", "domain": "gmail.com"}, False),
    ],
)
def test_one_company(first, then, same):
    one = receive(external_id="1", company=first).lead
    two = receive(external_id="2", company=then).lead
    assert (one.company_id == two.company_id) is same


def test_a_company_is_met_by_the_domain_of_the_address_but_not_of_a_private_mailbox():
    one = receive(email="a@aozora.example", company={"name": "青空商事"}).lead
    assert (
        receive(email="b@aozora.example", company={"name": "Aozora Trading"}).lead.company_id
        == one.company_id
    )
    assert receive(email="c@gmail.com", company={"name": "Aozora Trading"}).lead.company_id != one.company_id


def test_what_is_said_of_a_stored_company_is_recorded_of_a_new_one_it_is_just_so():
    receive(external_id="1", company={"name": "青空商事", "employees": 100})
    company = Company.objects.get()
    assert company.changes.count() == 0
    receive(
        now=LATER,
        external_id="1",
        company={"employees": 120, "industry": "", "domain": "aozora.example", "name": "青空商事"},
    )
    company.refresh_from_db()
    assert (company.employees, company.domain) == (120, "aozora.example")
    assert set(company.changes.values_list("field", "old", "new")) == {
        ("employees", 100, 120),
        ("domain", "", "aozora.example"),
    }
    assert Lead.objects.get().standing.rescore_at == LATER


def test_a_fact_of_a_company_is_emptied_only_by_saying_so():
    receive(external_id="1", company={"name": "青空商事", "employees": 100})
    receive(external_id="1", company={"name": "青空商事", "employees": None})
    assert Company.objects.get().employees == 100
    receive(external_id="1", company={"employees": companies.CLEAR})
    assert Company.objects.get().employees is None


def test_a_lead_that_was_merged_away_speaks_of_its_survivor():
    survivor, gone = receive(external_id="1").lead, receive(external_id="2").lead
    Lead.objects.filter(pk=gone.pk).update(merged_into=survivor)
    met = receive(external_id="2", title="部長")
    assert (met.lead.pk, met.created, fresh(survivor).external_id) == (survivor.pk, False, "1")


def test_who_has_a_lead_in_sales_hands_is_not_said_by_a_file(house):
    lead = lead_at("sal", house)
    owner = lead.owner
    other = house.kobayashi if owner == house.sato else house.sato
    assert intake.receive({"email": lead.email, "owner": other}, by=None, now=LATER).lead.owner == owner
