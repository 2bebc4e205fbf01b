"""What a score is made from, now and as it was known before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leads import intake
from leads.models import Campaign, Lead
from scoring import facts
from scoring.past.hindsight import Past, as_known
from tests.people import NOW, fresh, new_lead, react, rescore
from tests.scoring import doors

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
EARLIER = NOW - 10 * DAY


@pytest.fixture
def lead(house) -> Lead:
    company = {"name": "青空商事", "employees": 50}
    return new_lead(now=EARLIER, title="主任", email="aoi@gmail.com", company=company)


def values(lead: Lead, known_at):
    return as_known(fresh(lead), known_at=known_at).values


def edit(lead: Lead, *, now=NOW, **changes) -> None:
    intake.edit(lead, changes, by=None, now=now)


def test_values_are_nested_as_predicates_ask(lead):
    edit(lead, attributes={"seats": 12})
    found = facts.values_of(fresh(lead))
    assert found["title"] == "主任"
    assert found["company"]["employees"] == 50
    assert found["attributes"] == {"seats": 12}
    assert found["campaign"] is None


def test_a_lead_without_a_company_has_an_empty_one(house):
    assert facts.values_of(new_lead(company={}, email="a@gmail.com"))["company"] == {"attributes": {}}


def test_a_field_is_known_until_it_is_changed(lead):
    edit(lead, title="部長")
    assert values(lead, NOW - SECOND)["title"] == "主任"
    assert values(lead, NOW)["title"] == "部長"


def test_of_many_changes_each_moment_knows_its_own(lead):
    for days, title in ((1, "係長"), (2, "課長"), (3, "部長")):
        edit(lead, title=title, now=EARLIER + days * DAY)
    known = [values(lead, EARLIER + days * DAY)["title"] for days in range(4)]
    assert known == ["主任", "係長", "課長", "部長"]


def test_attributes_are_read_backwards_too(lead):
    edit(lead, attributes={"seats": 12, "a.b": "x"})
    assert values(lead, NOW - SECOND)["attributes"] == {"seats": None, "a.b": None}
    assert values(lead, NOW)["attributes"] == {"seats": 12, "a.b": "x"}


def test_a_company_is_read_backwards_too(lead):
    edit(lead, company={"name": "青空商事", "employees": 300, "attributes": {"plan": "pro"}})
    before = values(lead, NOW - SECOND)["company"]
    assert (before["employees"], before["attributes"]) == (50, {})
    assert values(lead, NOW)["company"]["employees"] == 300


def test_a_lead_that_moved_to_another_company(lead):
    edit(lead, company={"name": "別の会社", "employees": 300})
    assert values(lead, NOW)["company"]["name"] == "別の会社"
    before = values(lead, NOW - SECOND)["company"]
    assert (before["name"], before["employees"]) == ("青空商事", 50)


def test_a_campaign_is_known_by_its_own_number(lead):
    first, second = (
        Campaign.objects.create(external_id=name, name=name, recorded_at=EARLIER) for name in ("expo", "fair")
    )
    edit(lead, campaign=first, now=NOW - DAY)
    edit(lead, campaign=second)
    known = [values(lead, moment)["campaign"] for moment in (EARLIER, NOW - DAY, NOW)]
    assert known == [None, "expo", "fair"]


def test_the_stage_of_then(lead):
    rescore(lead)
    assert values(lead, NOW - SECOND)["stage"] == "lead"
    assert values(lead, NOW)["stage"] == "mal"


def test_before_it_was_recorded_nothing_is_known(lead):
    react(lead, "page_view", at=EARLIER - DAY, now=EARLIER)
    known = as_known(lead, known_at=EARLIER - SECOND)
    assert (known.values, known.events) == ({}, ())


def test_an_event_counts_from_when_it_was_recorded(lead):
    react(lead, "page_view", at=EARLIER + DAY, now=NOW)
    assert as_known(lead, known_at=NOW - SECOND).events == ()
    assert len(as_known(lead, known_at=NOW).events) == 1


def test_a_correction_counts_from_when_it_was_recorded(lead):
    told = react(lead, "page_view", at=EARLIER + DAY)
    taken_back = intake.NewActivity(lead.pk, "note", NOW, "test", voids_id=told.pk)
    intake.record([taken_back], now=NOW)
    assert [one.counts for one in as_known(lead, known_at=NOW - SECOND).events] == [True]
    assert [one.counts for one in as_known(lead, known_at=NOW).events] == [False]  # and no event of its own


def test_loading_reads_only_what_a_model_reads(lead):
    for kind in ("page_view", "note", "email_open"):
        react(lead, kind)
    found = facts.load([fresh(lead)], ["page_view"]).facts[lead.pk]
    assert [one.type for one in found.events] == ["page_view"]


def test_loading_many_costs_as_much_as_loading_one(house, django_assert_num_queries):
    many = [new_lead() for _ in range(5)]
    for one in many:
        react(one, "page_view")
    leads = list(Lead.objects.filter(pk__in=[one.pk for one in many]))
    for batch in (leads[:1], leads[1:]):
        with django_assert_num_queries(2):  # companies, events; nobody has a campaign
            facts.load(batch, ["page_view"])


# ---------- the whole past at once ----------


def test_the_past_costs_the_same_whatever_moments_are_asked(house, django_assert_num_queries):
    lead = new_lead(now=EARLIER)
    for days in range(1, 8):
        react(lead, "email_click", at=EARLIER + days * DAY, content="mail-1", url=f"/{days}")
        edit(
            lead,
            title=f"課長{days}",
            company={"name": f"会社{days}", "employees": days},
            now=EARLIER + days * DAY,
        )
    past = Past(fresh(lead))
    with django_assert_num_queries(6):
        known = [past.facts(EARLIER + days * DAY).values["title"] for days in range(8)]
        assert past.model(NOW) is not None
    assert known[1:] == [f"課長{days}" for days in range(1, 8)]
    with django_assert_num_queries(0):
        assert len(past.facts(NOW).events) == 7
        assert [past.facts(EARLIER + days * DAY).values["company"]["employees"] for days in (1, 3)] == [1, 3]


def test_the_rules_of_a_moment_are_those_in_force(house):
    past = Past(new_lead())
    doors.publish(past.versions[0].body, at=NOW + DAY)
    past = Past(new_lead())
    found = [past.version(moment).version for moment in (NOW - 99 * DAY, NOW, NOW + DAY)]
    assert found == [1, 1, 2]
    assert past.next_news(NOW) == NOW + DAY


def test_which_fields_were_corrected_in_between(lead):
    edit(lead, title="係長", now=NOW - 2 * DAY)
    edit(lead, title="部長", company={"name": "青空商事", "employees": 300}, now=NOW - DAY)
    past = Past(fresh(lead))
    assert past.corrected(NOW - 3 * DAY, NOW) == {"title": NOW - DAY, "company.employees": NOW - DAY}
    assert past.corrected(NOW - DAY, NOW) == {}
