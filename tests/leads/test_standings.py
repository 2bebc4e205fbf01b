"""The few hands that write a standing: each writes its part and no other."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads import standings
from leads.models import Standing
from leads.turns import Turn
from tests.people import NOW, fresh, new_lead, offered, react, rescore

LATER = NOW + timedelta(hours=1)


def row(lead):
    return Standing.objects.get(lead=lead)


def test_facts_make_a_score_due(house):
    lead, other = rescore(new_lead()), rescore(new_lead())
    standings.due_for_scoring([lead.pk], now=LATER)
    assert row(lead).rescore_at == LATER
    assert row(other).rescore_at > LATER


def test_the_latest_reaction_is_remembered(house):
    lead = new_lead()
    react(lead, "document_download", at=NOW)
    react(lead, "page_view", at=NOW - timedelta(days=3), now=LATER)
    react(lead, "email_sent", at=LATER)
    assert (row(lead).last_reaction, row(lead).last_reaction_at) == ("document_download", NOW)
    react(lead, "reply", at=LATER)
    assert (row(lead).last_reaction, row(lead).last_reaction_at) == ("reply", LATER)


def test_the_desk_sets_its_part_of_lead_and_row(house):
    handoff = offered(new_lead())
    before = (
        Standing.objects.filter(lead=handoff.lead).values("readiness", "fit", "rescore_at", "stage").get()
    )
    lead = fresh(handoff.lead)
    seat = standings.Seat(lead, Turn("sales", house.tanaka.pk, LATER), None, 99, LATER, NOW)
    standings.set_desks([seat])
    found, lead = row(lead), fresh(lead)
    assert (found.next_side, found.next_actor, found.next_due_at) == ("sales", house.tanaka, LATER)
    assert (lead.next_side, lead.next_actor, lead.next_due_at) == ("sales", house.tanaka, LATER)
    assert (found.team, found.queue_id, found.clock_due_at, found.clock_risk_at) == (None, 99, LATER, NOW)
    assert Standing.objects.filter(lead=lead).values(*before).get() == before


def test_many_desks_in_constant_statements(house):
    def statements(count):
        leads = [new_lead() for _ in range(count)]
        seats = [standings.Seat(one, Turn("sales", None, LATER), None, None, None, None) for one in leads]
        with CaptureQueriesContext(connection) as seen:
            standings.set_desks(seats)
        return len(seen)

    assert statements(1) == statements(6)
    with CaptureQueriesContext(connection) as seen:
        standings.set_desks([])
    assert len(seen) == 0


def test_a_new_model_makes_every_score_due_once(house):
    leads = [rescore(new_lead()) for _ in range(3)]
    standings.due_for_scoring([leads[0].pk], now=NOW - timedelta(hours=1))
    assert standings.raise_for_everybody(now=LATER) == 2
    assert row(leads[0]).rescore_at == NOW - timedelta(hours=1)
    assert standings.raise_for_everybody(now=LATER) == 0
