"""A lead on its way to sales through all floors, by the tasks that a worker runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import scoring.tasks
from config import audit, sweep
from handoff import tasks as desk_tasks
from handoff.models import Clock, Handoff
from leads import intake, stages
from leads.doorbell import ring
from leads.models import Lead, Standing, Task, Transition
from tests.people import fresh, handoff_of, new_lead, react

# The tasks ask the clock themselves, so this flow happens in the present.


@pytest.fixture
def present() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def hand_raiser(now: datetime, **fields) -> Lead:
    lead = new_lead(now=now - timedelta(days=1), **fields)
    react(lead, "demo_request", at=now)
    return fresh(lead)


def test_a_demo_request_is_offered_to_a_rep(house, present):
    lead = hand_raiser(present)
    scoring.tasks.rescore([lead.pk])
    handoff = handoff_of(lead)
    assert (fresh(lead).stage, handoff.state, handoff.trigger) == (stages.MQL, Handoff.WAITING, "fast_track")
    desk_tasks.route([handoff.pk])

    handoff.refresh_from_db()
    lead = fresh(lead)
    assert handoff.state == Handoff.OFFERED
    assert handoff.rep in (house.sato, house.kobayashi)
    assert (lead.next_actor, lead.next_side) == (handoff.rep, "sales")
    kinds = {clock.kind: clock for clock in handoff.clocks.all()}
    assert kinds.keys() == {Clock.ACCEPT, Clock.FIRST_CONTACT, Clock.PERSISTENCE}
    assert kinds[Clock.ACCEPT].due_at > present
    assert Standing.objects.get(lead=lead).clock_due_at == kinds[Clock.ACCEPT].due_at
    assert handoff.evidence["group"] == 1
    assert handoff.evidence["opening"]["ja"].startswith("デモで見たい業務")
    steps = Transition.objects.filter(lead=lead).order_by("version")
    assert [(one.start, one.end, one.cause) for one in steps] == [
        ("", "lead", "person"), ("lead", "mql", "rule"),
    ]  # fmt: skip
    assert Task.objects.count() == 0
    assert list(audit.run(now=present + timedelta(seconds=30))) == []


def test_without_a_phone_it_is_marketings_task(house, present):
    lead = hand_raiser(present, phone="")
    scoring.tasks.rescore([lead.pk])
    assert fresh(lead).stage == stages.MAL
    assert not Handoff.objects.exists()
    task = Task.objects.get(lead=lead)
    assert (task.kind, task.side) == (Task.INCOMPLETE_HAND_RAISER, "marketing")
    assert present < task.due_at < present + timedelta(days=14)


def test_with_the_phone_it_goes_on(house, present):
    lead = hand_raiser(present, phone="")
    scoring.tasks.rescore([lead.pk])
    intake.edit(fresh(lead), {"phone": "03-1234-5678"}, by=house.miura, now=present)
    scoring.tasks.rescore([lead.pk])
    desk_tasks.route([handoff_of(lead).pk])
    assert handoff_of(lead).state == Handoff.OFFERED
    assert Task.objects.get(lead=lead).done_at is not None


def test_nobody_rings_and_the_sweep_does_it(house, present):
    """No broker, no worker: the same end."""
    lead = hand_raiser(present)
    ring(scoring.tasks.rescore, [lead.pk])  # heard by nobody
    done = sweep.until_done(now=present)
    assert (done["scored"], done["routed"]) == (1, 1)
    assert handoff_of(lead).state == Handoff.OFFERED
    assert not any(sweep.until_done(now=present).values())


def test_thirty_hand_raisers_are_shared_two_to_one(house, present):
    found = [hand_raiser(present).pk for _ in range(30)]
    scoring.tasks.rescore(found)
    sweep.until_done(now=present + timedelta(minutes=5))
    offers = Handoff.objects.filter(state=Handoff.OFFERED)
    assert offers.filter(rep=house.sato).count() == 20
    assert offers.filter(rep=house.kobayashi).count() == 10


def test_bells_twice_and_late_change_nothing(house, present):
    lead = hand_raiser(present)
    for _ in range(2):
        scoring.tasks.rescore([lead.pk])
        desk_tasks.route([handoff_of(lead).pk])
    assert Handoff.objects.count() == 1
    assert fresh(lead).version == 2
