"""The journey shows every stay, and every way back."""

from __future__ import annotations

from datetime import timedelta

from leads import journey, stages
from tests.people import NOW, fresh, lead_at, new_lead, offered, send_back


def test_a_stay_ends_where_the_next_begins(house):
    lead = offered(new_lead(now=NOW - timedelta(days=3))).lead
    way = journey.stops(lead)
    assert [stop.stage for stop in way] == [stages.LEAD, stages.MQL]
    assert way[0].left_at == way[1].entered_at
    assert way[-1].left_at is None
    assert way[-1].dwell(NOW + timedelta(hours=2)) == timedelta(hours=2)


def test_a_way_back_is_a_loop_and_every_stay_counts(house):
    lead = offered(new_lead(now=NOW - timedelta(days=10)), now=NOW - timedelta(days=4)).lead
    send_back(lead, house, now=NOW - timedelta(days=3))
    way = journey.stops(lead)
    assert [stop.stage for stop in way if stop.is_backwards] == [stages.MAL]
    marks = {mark.stage: mark for mark in journey.marks(fresh(lead), way)}
    assert marks[stages.MQL].state == journey.AHEAD
    assert marks[stages.MQL].dwell(NOW) == timedelta(days=1)
    assert marks[stages.MAL].state == journey.HERE
    assert marks[stages.LEAD].state == journey.DONE


def test_not_a_fit_stands_at_the_end(house):
    lead = lead_at(stages.DISQUALIFIED, house)
    marks = journey.marks(lead, journey.stops(lead))
    assert [mark.stage for mark in marks] == list(stages.STAGES)
    assert (marks[-1].state, marks[0].state) == (journey.HERE, journey.AHEAD)


def test_the_journey_is_one_query(house, django_assert_num_queries):
    lead = lead_at(stages.SAL, house)
    with django_assert_num_queries(1):
        [stop.transition.actor for stop in journey.stops(lead)]
