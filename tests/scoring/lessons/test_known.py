"""What was known of each lead when sales decided about it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leads import intake, stages
from leads.models import Campaign
from scoring.lessons import known
from scoring.models import ScoringModel
from scoring.past import decisions
from scoring.past.hindsight import as_known
from tests.people import NOW, accepted, fresh, new_lead, offered, react, send_back

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def made():
    return decisions.made(since=NOW - DAY, until=NOW + 40 * DAY)


def changed_later(house):
    """A lead that was accepted; afterwards other things are known of it, some of which happened before."""
    lead = new_lead(source="web", title="課長", attributes={"plan": "pro"})
    react(lead, "pricing_view", at=NOW - 5 * MINUTE)
    handoff = accepted(lead)
    later = NOW + DAY
    fair, _ = Campaign.objects.get_or_create(
        external_id="fair", defaults={"name": "展示会", "recorded_at": later}
    )
    values = {"source": "紹介", "title": "社長", "attributes": {"plan": "free"}, "campaign": fair}
    intake.edit(fresh(lead), values, by=None, now=later)
    intake.edit(fresh(lead), {"company": {"name": lead.company.name, "industry": "food"}}, by=None, now=later)
    react(lead, "webinar_attended", at=NOW - 2 * DAY, now=later)
    return handoff.lead


def test_attributes_and_events_as_they_were_known(house):
    lead = changed_later(house)
    [decision] = made()
    facts = known.facts([decision], now=NOW + 40 * DAY)[decision.id]
    assert facts.values["source"] == "web" and facts.values["title"] == "課長"
    assert facts.values["attributes"] == {"plan": "pro"} and facts.values["campaign"] is None
    assert facts.values["company"]["industry"] == "manufacturing" and facts.values["stage"] == stages.MQL
    assert sorted(one.type for one in facts.events) == ["demo_request", "pricing_view"]
    recalled = as_known(fresh(lead), known_at=decision.known_at)
    assert {**recalled.values, "stage": stages.MQL} == facts.values
    assert sorted(recalled.events) == sorted(facts.events)


def test_told_apart_by_what_was_known(house):
    changed_later(house)
    [decision] = made()
    model = ScoringModel.objects.get().compiled
    told = {
        (one.kind, one.value) for one in known.told_apart([decision], model, now=NOW + 40 * DAY)[decision.id]
    }
    assert {("rule", "demo"), ("rule", "pricing"), ("rule", "title-mgr"), ("source", "web")} <= told
    assert {("attributes.plan", "pro"), ("industry", "manufacturing"), ("size", "300-999")} <= told
    assert not {("rule", "webinar"), ("rule", "title-exec"), ("source", "紹介"), ("industry", "food")} & told


def test_two_decisions_on_one_lead_each_by_its_own_moment(house):
    lead = new_lead(source="web")
    offered(lead)
    send_back(lead, house)
    intake.edit(fresh(lead), {"source": "紹介"}, by=None, now=NOW + DAY)
    again = NOW + 30 * DAY
    offered(lead, now=again)
    send_back(lead, house, now=again + MINUTE)
    both = made()
    told = known.facts(both, now=NOW + 40 * DAY)
    assert [told[one.id].values["source"] for one in both] == ["web", "紹介"]


@pytest.mark.parametrize("many", [1, 3])
def test_the_same_number_of_statements_for_any_number(house, many, django_assert_num_queries):
    for _ in range(many):
        changed_later(house)
    found = made()
    assert len(found) == many
    with django_assert_num_queries(7):
        known.facts(found, now=NOW + 40 * DAY)
