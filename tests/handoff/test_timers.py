"""Clocks written down: breached at their due time, met by the facts, healed when a nudge was lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from handoff import desk, timers
from handoff.models import Clock
from leads import intake
from leads.models import Activity
from tests.people import NOW, accepted, fresh, new_lead, offered, promising, see_contacts

MINUTE = timedelta(minutes=1)


@pytest.fixture
def held(house):
    return offered(new_lead())


def clock_of(handoff, kind="first_contact"):
    return Clock.objects.get(handoff=handoff, kind=kind)


def act(lead, by, *, at, now=None, type="call_attempt", external_id=None, **more):
    """An outbound act that came in by a source, not by the desk's own form."""
    told = intake.NewActivity(
        lead_id=lead.pk, type=type, occurred_at=at, source="cti", external_id=external_id, actor=by, **more
    )
    [answer] = intake.record([told], now=now or at)
    return Activity.objects.get(pk=answer.id)


# ── breach ───────────────────────────────────────────────────────────────────


def test_exactly_at_due_it_runs_and_a_moment_later_it_is_breached(house, held):
    due = clock_of(held, "accept").due_at
    assert timers.breach(now=due) == 0
    assert timers.breach(now=due + timedelta(microseconds=1)) == 1
    clock = clock_of(held, "accept")
    assert (clock.state, clock.breached_at, clock.ended_at) == (Clock.BREACHED, due, None)


def test_breached_at_is_the_due_time_however_late(house, held):
    assert timers.breach(now=NOW + timedelta(days=30)) == 3
    for clock in held.clocks.all():
        assert clock.breached_at == clock.due_at


def test_again_it_finds_nothing(house, held):
    late = NOW + timedelta(days=30)
    assert [timers.breach(now=late), timers.breach(now=late)] == [3, 0]


def test_a_breached_one_is_still_the_deadline(house, held):
    due = clock_of(held, "accept").due_at
    timers.breach(now=NOW + timedelta(days=30))
    lead = fresh(held.lead)
    assert lead.next_due_at == due == lead.standing.clock_due_at


def test_no_more_than_a_batch_at_once(house, held):
    assert len(timers.overdue(now=NOW + timedelta(days=9), limit=1)) == 1


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"state": "breached"}, "late_clock_says_since_when"),
        ({"state": "met"}, "met_clock_says_when"),
        ({"state": "met_late", "met_at": NOW, "ended_at": NOW}, "late_clock_says_since_when"),
        ({"state": "breached", "breached_at": NOW}, "no_breach_before_due"),
        ({"target_minutes": 0}, "clock_target_is_positive"),
    ],
)
def test_what_the_database_forbids(house, held, change, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Clock.objects.filter(handoff=held).update(**change)


def test_one_clock_of_a_kind(house, held):
    with pytest.raises(IntegrityError), transaction.atomic():
        Clock.objects.create(handoff=held, kind="accept", started_at=NOW, target_minutes=1)


# ── first contact ────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "type", ["call_attempt", "call_connected", "email_sent", "dm_sent", "meeting_invited"]
)
def test_an_act_by_a_person_wherever_it_was_logged(house, held, type):
    act(held.lead, house.sato, at=NOW + 5 * MINUTE, type=type)
    assert see_contacts(now=NOW + 6 * MINUTE) == 1
    clock = clock_of(held)
    assert (clock.state, clock.met_at, clock.ended_at) == (Clock.MET, NOW + 5 * MINUTE, NOW + 6 * MINUTE)
    assert see_contacts(now=NOW + 7 * MINUTE) == 0


@pytest.mark.parametrize(
    "more",
    [
        {"by": None},  # a mailing by a machine
        {"genuine": "machine"},
        {"genuine": "suspect"},
        {"type": "note"},
        {"type": "meeting_booked"},
        {"at": NOW - MINUTE},  # before the offer
    ],
)
def test_what_is_no_contact(house, held, more):
    more = {"by": house.sato, "at": NOW + 5 * MINUTE} | more
    act(held.lead, more.pop("by"), **more)
    see_contacts(now=NOW + 6 * MINUTE)
    assert clock_of(held).state == Clock.RUNNING


def test_exactly_at_the_start_counts(house, held):
    act(held.lead, house.sato, at=NOW)
    assert see_contacts(now=NOW) == 1


def test_a_voided_act_is_none(house, held):
    wrong = act(held.lead, house.sato, at=NOW + MINUTE)
    act(held.lead, house.sato, at=NOW + MINUTE, type="note", voids_id=wrong.pk)
    see_contacts(now=NOW + 2 * MINUTE)
    assert clock_of(held).state == Clock.RUNNING


def test_the_earliest_of_several(house, held):
    act(held.lead, house.sato, at=NOW + 9 * MINUTE)
    act(held.lead, house.sato, at=NOW + 4 * MINUTE)
    see_contacts(now=NOW + 10 * MINUTE)
    assert clock_of(held).met_at == NOW + 4 * MINUTE


def test_late_evidence_of_a_system_withdraws_a_breach(house, held):
    """The telephone system tells 20 hours later of a call that was in time."""
    due = clock_of(held).due_at
    timers.breach(now=due + MINUTE)
    assert clock_of(held).state == Clock.BREACHED
    act(held.lead, house.sato, at=due, now=due + timedelta(hours=20), external_id="call-1")
    see_contacts(now=due + timedelta(hours=20))
    clock = clock_of(held)
    assert (clock.state, clock.met_at, clock.breached_at) == (Clock.MET, due, None)


def test_more_than_a_day_late_it_counts_when_it_was_told(house, held):
    due = clock_of(held).due_at
    told = due + timedelta(hours=24, seconds=1)
    act(held.lead, house.sato, at=due, now=told, external_id="call-1")
    see_contacts(now=told)
    clock = clock_of(held)
    assert (clock.state, clock.met_at, clock.breached_at) == (Clock.MET_LATE, told, due)


def test_what_a_person_types_counts_when_it_is_typed(house, held):
    due = clock_of(held).due_at
    typed = due + MINUTE
    desk.contact(held, by=house.sato, now=typed, result="reached", occurred_at=due - 10 * MINUTE)
    clock = clock_of(held)
    assert (clock.state, clock.met_at, clock.breached_at) == (Clock.MET_LATE, typed, due)


def test_it_says_whose_turn_it_is_afterwards(house):
    promising("accept", "first_contact")
    handoff = accepted(new_lead())
    before = fresh(handoff.lead).next_due_at
    act(handoff.lead, house.sato, at=NOW + MINUTE)
    see_contacts(now=NOW + MINUTE)
    lead = fresh(handoff.lead)
    assert lead.next_due_at > before
    assert lead.standing.clock_due_at is None


def test_an_ended_handoff_has_no_contact_to_make(house, held):
    desk.send_back(held, by=house.sato, now=NOW, reason="too_early")
    act(held.lead, house.sato, at=NOW + MINUTE)
    see_contacts(now=NOW + MINUTE)
    assert clock_of(held).state == Clock.CANCELLED
