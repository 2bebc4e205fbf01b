"""Estimates from what is recorded: which events count, what came in with the data, what people said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handoff import desk, estimating
from leads import intake
from leads.models import Activity
from leads.models.activities import MACHINE, SUSPECT
from tests.people import NOW, accepted, fresh, handoff_of, met, new_lead, offered, react, rescore

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def known(lead, now=NOW):
    return estimating.of([fresh(lead)], now=now).get(lead.pk, {})


def value(lead, now=NOW):
    return {one["field"]: one["value"] for one in known(lead, now).get("estimates", ())}


def test_an_answer_with_its_event(house):
    lead = new_lead()
    event = react(lead, "survey_answer", at=NOW - DAY, budget="500万円台")
    [one] = known(lead)["estimates"]
    assert one == {
        "field": "budget", "value": "500万円台", "otherwise": [],
        "evidence": [{
            "kind": "activity", "event": event.pk, "type": "survey_answer", "content": "",
            "at": (NOW - DAY).isoformat(), "said": "500万円台",
        }],
    }  # fmt: skip


def test_nobody_knows_anything(house):
    lead = new_lead()
    react(lead, "demo_request")
    assert estimating.of([lead], now=NOW) == {}


@pytest.mark.parametrize("kind", ["call_connected", "page_view", "email_click"])
def test_what_is_no_answer_of_theirs_is_no_evidence(house, kind):
    lead = new_lead()
    react(lead, kind, budget="1億円")
    assert value(lead) == {}


@pytest.mark.parametrize("genuine", [MACHINE, SUSPECT])
def test_what_a_machine_sent_is_no_evidence(house, genuine):
    lead = new_lead()
    event = react(lead, "survey_answer", budget="1億円")
    Activity.objects.filter(pk=event.pk).update(genuine=genuine)
    assert value(lead) == {}


def test_what_was_taken_back_is_no_evidence(house):
    lead = new_lead()
    event = react(lead, "survey_answer", at=NOW - HOUR, budget="1億円")
    [answer] = intake.record(
        [intake.NewActivity(lead.pk, "survey_answer", NOW, "test", voids_id=event.pk)], now=NOW
    )
    assert answer.status == "created"
    assert value(lead) == {}


def test_what_came_in_with_the_data(house):
    lead = new_lead(now=NOW - 2 * DAY, attributes={"導入時期": "3か月以内", "plan": "pro"})
    [one] = known(lead)["estimates"]
    assert (one["field"], one["value"]) == ("timing", "3か月以内")
    said = {"kind": "attribute", "name": "導入時期", "at": (NOW - 2 * DAY).isoformat(), "said": "3か月以内"}
    assert one["evidence"] == [said]


def test_written_anew_it_counts_from_then(house):
    lead = new_lead(now=NOW - 9 * DAY, attributes={"budget": "300万円"})
    react(lead, "survey_answer", at=NOW - 5 * DAY, budget="500万円")
    assert value(lead) == {"budget": "500万円"}
    intake.edit(lead, {"attributes": {"budget": "900万円"}}, by=None, now=NOW - DAY)
    assert value(lead) == {"budget": "900万円"}


def test_frozen_with_the_handoff(house):
    lead = new_lead()
    react(lead, "survey_answer", at=NOW - DAY, budget="500万円台")
    handoff = offered(lead)
    react(lead, "survey_answer", at=NOW + HOUR, budget="900万円")
    rescore(lead, now=NOW + HOUR)
    handoff.refresh_from_db()
    assert [one["value"] for one in handoff.evidence["estimates"]] == ["500万円台"]
    assert value(lead, NOW + HOUR) == {"budget": "900万円"}


def test_what_was_confirmed_goes_with_the_lead_into_the_next_lane(house):
    lead = new_lead()
    react(lead, "survey_answer", at=NOW - DAY, budget="500万円台", timing="来期")
    held = accepted(lead)
    desk.confirm(held, by=held.rep, now=NOW, field="budget")
    desk.confirm(held, by=held.rep, now=NOW, field="timing", says="no")
    met(lead, held.rep)
    desk.promote(handoff_of(lead), by=held.rep, now=NOW + HOUR, to=house.tanaka)
    told = handoff_of(lead).evidence
    assert "estimates" not in told
    assert told["facts"] == [
        {"field": "budget", "value": "500万円台", "by": held.rep.pk, "at": NOW.isoformat()}
    ]


def test_what_was_made_sure_of_for_a_meeting_is_a_fact(house):
    lead = new_lead()
    react(lead, "survey_answer", at=NOW - DAY, budget="500万円台", timing="来期")
    held = accepted(lead)
    start = NOW + DAY
    desk.book_meeting(
        fresh(lead), by=held.rep, now=NOW, starts_at=start, ends_at=start + HOUR, mode="visit",
        confirmed={"budget": "600万円", "timing": True},
    )  # fmt: skip
    assert value(lead) == {"timing": "来期"}  # that it is known does not say when
    assert [(one["value"], one["by"]) for one in known(lead)["facts"]] == [("600万円", held.rep.pk)]


@pytest.mark.parametrize("many", [1, 3])
def test_four_statements_for_any_number(house, django_assert_num_queries, many):
    leads = []
    for _ in range(many):
        lead = new_lead(attributes={"budget": "300万円"})
        react(lead, "survey_answer", timing="来期")
        desk.confirm(held := accepted(lead), by=held.rep, now=NOW, field="budget")
        leads.append(fresh(lead))
    with django_assert_num_queries(4):
        found = estimating.of(leads, now=NOW)
    assert len(found) == many
