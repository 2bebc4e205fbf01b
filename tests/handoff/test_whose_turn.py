"""Next actor and deadline of every lead, wherever it is (PRODUCT 3, table of next actors)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from handoff import desk, whose_turn
from handoff.models import Handoff, QueueMember
from leads import lifecycle, stages
from leads.models import Standing
from tests.people import (
    NOW,
    accepted,
    fresh,
    handoff_of,
    lead_at,
    new_lead,
    offered,
    promising,
    react,
    rescore,
)

JST = ZoneInfo("Asia/Tokyo")
LATER = NOW + timedelta(minutes=5)


def turn(lead):
    """As stored on the lead; the standing says the same."""
    lead = fresh(lead)
    row = Standing.objects.get(lead=lead)
    said = (lead.next_side, lead.next_actor, lead.next_due_at)
    assert (row.next_side, row.next_actor, row.next_due_at) == said
    return said


def tokyo(*at):
    return datetime(*at, tzinfo=JST)


@pytest.mark.parametrize(("stage", "days"), [(stages.LEAD, 30), (stages.MAL, 180)])
def test_nurtured_marketing_reviews_it(house, stage, days):
    lead = lead_at(stage, house)
    assert turn(lead) == ("marketing", None, NOW + timedelta(days=days))


def test_with_a_date_it_is_that_date(house):
    handoff = offered(new_lead())
    desk.send_back(handoff, by=house.sato, now=LATER, reason="too_early", wake_on=date(2027, 4, 1))
    assert turn(handoff.lead) == ("marketing", None, tokyo(2027, 4, 1))


def test_with_a_date_and_an_owner_it_is_theirs(house):
    handoff = offered(new_lead())
    desk.send_back(
        handoff, by=house.sato, now=LATER, reason="too_early", wake_on=date(2027, 4, 1), follow="me"
    )
    assert turn(handoff.lead) == ("sales", house.sato, tokyo(2027, 4, 1))


def test_before_it_is_routed_it_is_sales_turn(house):
    lead = new_lead()
    react(lead, "demo_request")
    rescore(lead)
    assert turn(lead) == ("sales", None, NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("reactions", "minutes"),
    [(["demo_request"], 30), (["webinar_attended", "document_download"] * 2, 120)],
)
def test_waiting_the_lead_of_the_team_by_the_accept_target(house, reactions, minutes):
    QueueMember.objects.update(is_active=False)
    lead = new_lead()
    at = tokyo(2026, 11, 24, 13, 0)
    for kind in reactions:
        react(lead, kind, at=at)
    rescore(lead, now=at)
    desk.route([handoff_of(lead).pk], now=at)
    assert turn(lead) == ("sales", house.suzuki, at + timedelta(minutes=minutes))


def test_offered_the_rep_by_the_accept_clock(house):
    handoff = offered(new_lead())
    assert turn(handoff.lead) == ("sales", house.sato, tokyo(2026, 11, 24, 11, 12))


def test_accepted_the_owner_by_the_earliest_clock(house):
    handoff = accepted(new_lead())
    assert turn(handoff.lead) == ("sales", house.sato, tokyo(2026, 11, 24, 11, 42))


def test_without_clocks_five_business_days(house):
    lead = new_lead(owner=house.sato)
    lifecycle.move(lead, to=stages.SAL, cause=stages.IMPORT, now=NOW)
    assert turn(lead) == ("sales", house.sato, tokyo(2026, 12, 1, 18, 0))


def test_a_step_forward_begins_them_anew(house):
    promising("accept", "first_contact")
    handoff = accepted(new_lead())
    desk.contact(handoff, by=house.sato, now=LATER, result="reached")
    later = NOW + timedelta(days=6)
    desk.move(fresh(handoff.lead), to=stages.SQL, by=house.sato, now=later)
    assert turn(handoff.lead) == ("sales", house.sato, tokyo(2026, 12, 7, 18, 0))


def test_closing_its_owner(house):
    handoff = accepted(new_lead())
    lifecycle.move(handoff.lead_id, to=stages.OPPORTUNITY, cause=stages.PERSON, by=house.sato, now=LATER)
    side, actor, due = turn(handoff.lead)
    assert (side, actor, due) == ("sales", house.sato, tokyo(2027, 2, 23, 0, 0))  # the end of day 90
    assert Standing.objects.get(lead=handoff.lead).team == house.team("inside-east")


def test_not_a_fit_nobody(house):
    lead = lead_at(stages.DISQUALIFIED, house)
    assert turn(lead) == ("", None, None)


def test_back_at_nurture_the_desk_lets_go_of_it(house):
    handoff = offered(new_lead())
    desk.recycle(handoff.lead, by=house.miura, now=LATER, reason="too_early")
    row = Standing.objects.get(lead=handoff.lead)
    assert (row.team, row.queue_id, row.clock_due_at, row.clock_risk_at) == (None, None, None, None)


def test_at_risk_and_due_of_the_nearest_clock(house):
    handoff = offered(new_lead())
    row = Standing.objects.get(lead=handoff.lead)
    assert row.clock_due_at == tokyo(2026, 11, 24, 11, 12)
    assert row.clock_risk_at == tokyo(2026, 11, 24, 10, 57)  # half of 30 minutes


def test_a_batch_in_constant_statements(house):
    for _ in range(6):
        offered(new_lead())
    leads = list(Handoff.objects.values_list("lead_id", flat=True))

    def statements(ids):
        with CaptureQueriesContext(connection) as seen:
            whose_turn.refresh(ids, now=LATER)
        return len(seen)

    statements(leads[:1])
    assert statements(leads[:2]) == statements(leads)
    assert statements([]) == 0
