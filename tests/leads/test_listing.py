"""The list of leads somebody sees: the same leads as `visible_to`, counted right."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from leads import paging, stages
from leads.filters import LeadFilter, read
from leads.listing import Listing
from leads.models import Company, Lead
from tests.people import NOW, accepted, lead_at, new_lead, offered

PEOPLE = ("miura", "suzuki", "sato", "kobayashi", "tanaka", "takahashi")


def listing(user, query: str = "") -> Listing:
    reading = read(QueryDict(query), user=user)
    assert reading.problems == []
    return Listing(user, reading.chosen, NOW)


def shown(user, query: str = "") -> set[int]:
    return {row["lead_id"] for row in listing(user, query).page(columns=[], size=200).rows}


@pytest.fixture
def leads(house, kato) -> list[Lead]:
    """Some of every kind: nobody's, offered, held, sent on, merged away."""
    made = [new_lead(source=source) for source in ("web", "", "unknown")]
    made += [offered(new_lead()).lead, accepted(new_lead()).lead, accepted(new_lead()).lead]
    made += [lead_at(stages.SQL, house), lead_at(stages.DISQUALIFIED, house), lead_at(stages.MAL, house)]
    Lead.objects.filter(pk=made[0].pk).update(merged_into=made[1])
    return made


@pytest.mark.parametrize("who", PEOPLE)
def test_the_list_is_what_the_person_may_see(house, leads, who):
    user = getattr(house, who)
    allowed = set(Lead.objects.visible_to(user).values_list("pk", flat=True))
    assert shown(user) == allowed
    assert listing(user).count() == len(allowed)
    assert leads[0].pk not in allowed


def test_a_stranger_sees_nothing_and_counts_nothing(kato, leads):
    assert shown(kato) == set()
    assert listing(kato).count() == 0
    assert set(listing(kato).count_stages().values()) == {0}
    assert listing(kato).sources() == []


def test_somebody_who_left_sees_nothing(house, leads):
    house.miura.is_active = False
    assert shown(house.miura) == set()
    assert listing(house.miura).sources() == []


@pytest.mark.parametrize("who", ["miura", "suzuki", "sato"])
def test_each_stage_has_its_number_whatever_is_chosen(house, leads, who):
    user = getattr(house, who)
    counted = listing(user, "stage=sal&ready=0-").count_stages()
    for stage in stages.STAGES:
        assert counted[stage] == len(shown(user, f"stage={stage}")), stage


def test_filtered_counts_equal_a_count_by_hand(house):
    company = Company.objects.create(name="x", name_key="x", recorded_at=NOW)
    for source, times in (("organic_search", 7), ("unknown", 5), ("", 3)):
        for _ in range(times):
            lead = new_lead(source=source, company={})
            Lead.objects.filter(pk=lead.pk).update(company=company)
    counts = {
        query: listing(house.miura, query).count() for query in ("", "source=organic_search", "source=-")
    }
    assert counts == {"": 15, "source=organic_search": 7, "source=-": 3}


def test_beyond_the_most_the_count_stops(house, leads, monkeypatch):
    monkeypatch.setattr(paging, "MOST", 3)
    assert listing(house.miura).count() == 4


def test_the_filter_whose_removal_helps_most(house, leads):
    found = listing(house.miura, "source=unknown&stage=sal")
    assert found.count() == 0
    assert found.most_helpful() == ("sources", listing(house.miura, "stage=sal").count())
    assert listing(house.miura, "q=nobody-at-all").most_helpful() == ("text", listing(house.miura).count())
    assert listing(house.miura).most_helpful() is None


def test_sources_are_those_of_the_leads_one_sees(house, leads):
    assert listing(house.miura).sources() == ["", "unknown", "web"]
    assert listing(house.sato).sources() == ["web"]


@pytest.mark.parametrize(("who", "queries"), [("miura", 1), ("sato", 2)])
def test_a_page_costs_the_same_with_one_lead_and_with_three(house, who, queries, django_assert_num_queries):
    user = getattr(house, who)
    for _ in range(2):
        lead_at(stages.SAL, house)
        with django_assert_num_queries(queries):  # a rep's teams are asked for first
            listing(user).page(columns=["stage", "lead__name", "lead__company__name"])


@pytest.mark.parametrize("who", ["miura", "sato"])
def test_pages_of_somebody_who_sees_by_many_ways_are_whole(house, leads, who):
    user, seen, cursor = getattr(house, who), [], ""
    while True:
        page = Listing(user, LeadFilter(), NOW).page(cursor, columns=[], size=2)
        seen += [row["lead_id"] for row in page.rows]
        if page.next is None:
            break
        cursor = str(page.next)
    assert len(seen) == len(set(seen))
    assert set(seen) == shown(user)
