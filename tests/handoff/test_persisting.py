"""Reasons that ask for having tried first: `after: persistence` (PRODUCT 6, send back)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handoff import desk
from handoff.models import Clock
from handoff.refusals import DeskRefused
from leads import intake, stages
from leads.models import Activity
from tests.people import NOW, accepted, fresh, new_lead

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def held(house):
    """Accepted by Sato, whose contact depth runs."""
    handoff = accepted(new_lead())
    assert clock_of(handoff).ended_at is None
    return handoff


def clock_of(handoff):
    return Clock.objects.get(handoff=handoff, kind=Clock.PERSISTENCE)


def give_up(handoff, house, *, now=LATER):
    return desk.send_back(handoff, by=house.sato, now=now, reason="no_contact")


def called(handoff, house, result, *, now=LATER):
    return desk.contact(handoff, by=house.sato, now=now, result=result)


def refused(handoff, house, *, now=LATER):
    with pytest.raises(DeskRefused) as no:
        give_up(handoff, house, now=now)
    return no.value.code, no.value.field


def test_not_before_the_agreed_contacts(house, held):
    assert refused(held, house) == ("try_more_first", "reason")
    called(held, house, "no_answer")
    assert refused(held, house, now=LATER + timedelta(hours=1)) == ("try_more_first", "reason")
    assert fresh(held.lead).stage == stages.SAL


@pytest.mark.parametrize(("state", "is_late"), [(Clock.MET, False), (Clock.MET_LATE, True)])
def test_once_they_are_made(house, held, state, is_late):
    clock = clock_of(held)
    Clock.objects.filter(pk=clock.pk).update(
        state=state, met_at=LATER, ended_at=LATER, breached_at=clock.due_at if is_late else None
    )
    assert give_up(held, house).next_step == "wake"


def test_running_out_of_time_is_not_trying(house, held):
    due = clock_of(held).due_at
    Clock.objects.filter(pk=clock_of(held).pk).update(state=Clock.BREACHED, breached_at=due)
    assert refused(held, house) == ("try_more_first", "reason")


def test_who_left_cannot_be_tried(house, held):
    called(held, house, "left_company")
    assert give_up(held, house, now=LATER + timedelta(minutes=1)).state == "sent_back"


def test_the_last_result_counts(house, held):
    called(held, house, "left_company")
    called(held, house, "no_answer", now=LATER + timedelta(minutes=1))
    assert refused(held, house, now=LATER + timedelta(minutes=2)) == ("try_more_first", "reason")


def test_a_corrected_result_counts_for_nothing(house, held):
    called(held, house, "left_company")
    wrong = Activity.objects.get(data__result="left_company")
    voiding = intake.NewActivity(
        lead_id=held.lead_id, type=wrong.type, occurred_at=LATER, source="tasuki", voids_id=wrong.pk
    )
    intake.record([voiding], now=LATER)
    assert refused(held, house, now=LATER + timedelta(minutes=1)) == ("try_more_first", "reason")


def test_without_such_a_clock_always(house, held):
    clock_of(held).delete()
    assert give_up(held, house).state == "sent_back"


def test_other_reasons_do_not_wait(house, held):
    done = desk.send_back(held, by=house.sato, now=LATER, reason="too_early")
    assert done.state == "sent_back"
