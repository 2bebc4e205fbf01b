"""A hand that goes up while its lead waits for the queue's next day, or for somebody at all."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from config import audit, sweep
from handoff import desk, doubt
from handoff.models import Clock, Handoff, Queue
from leads import intake, stages
from tests.people import NOW, fresh, handoff_of, new_lead, offered, react, rescore

HOUR = timedelta(hours=1)
LATER = NOW + HOUR


def ready(*, now=NOW):
    """By score."""
    lead = new_lead(now=now)
    for kind in ("webinar_attended", "document_download"):
        react(lead, kind, at=now)
    rescore(lead, now=now)
    return lead


@pytest.fixture
def held(house):
    """The day is used up, and this one waits for the next."""
    Queue.objects.filter(slug="inside").update(release_per_day=1)
    lead = ready()
    first = ready()
    desk.route([handoff_of(first).pk, handoff_of(lead).pk], now=NOW)
    waiting = Handoff.objects.waiting().get()
    assert (waiting.trigger, waiting.waiting_because) == ("score", "capacity")
    return waiting


def violations(now):
    return [one for one in audit.run(now=now) if one["check"] == "no_hand_raiser_waits_for_another_day"]


def test_it_passes_at_once(held):
    react(held.lead, "demo_request", at=LATER)
    rescore(held.lead, now=LATER)
    assert desk.waiting_due(now=LATER) == [held.pk]
    sweep.until_done(now=LATER)
    one = handoff_of(held.lead)
    assert (one.pk, one.state, one.trigger, one.version) == (
        held.pk,
        "offered",
        "fast_track",
        held.version + 1,
    )
    accept = Clock.objects.get(handoff=one, kind=Clock.ACCEPT)
    assert accept.target_minutes == 30, "the promise to a hand-raiser"
    assert one.evidence["group"] == 1 and one.evidence["reactions"][0]["type"] == "demo_request"
    assert list(audit.run(now=LATER)) == []


def test_another_reaction_is_no_raised_hand(held):
    react(held.lead, "document_download", at=LATER)
    rescore(held.lead, now=LATER)
    assert desk.waiting_due(now=LATER) == []
    held.refresh_from_db()
    assert held.trigger == "score"


def test_time_alone_brings_the_hand_of_an_event_announced(held):
    """Told an hour ahead: the sweep rescores at its moment."""
    react(held.lead, "demo_request", at=LATER, now=NOW)
    sweep.until_done(now=LATER - timedelta(seconds=1))
    assert handoff_of(held.lead).state == "waiting"
    sweep.until_done(now=LATER)
    assert handoff_of(held.lead).state == "offered"


def test_who_was_woken_keeps_the_brief_and_passes(house):
    back = offered(new_lead())
    desk.send_back(back, by=back.rep, now=NOW, reason="too_early", wake_on=date(2027, 1, 12), note="来期")
    moment = fresh(back.lead).wake_at
    Queue.objects.filter(slug="inside").update(release_per_day=1)
    first = ready(now=moment)
    desk.route([handoff_of(first).pk], now=moment)
    sweep.until_done(now=moment)
    woken = handoff_of(back.lead)
    assert (woken.trigger, woken.waiting_because) == ("wake", "capacity")
    react(back.lead, "demo_request", at=moment + HOUR)
    sweep.until_done(now=moment + HOUR)
    one = handoff_of(back.lead)
    assert (one.state, one.trigger, one.evidence["back"]["note"]) == ("offered", "fast_track", "来期")
    assert list(audit.run(now=moment + HOUR)) == []


def test_who_may_not_be_handed_over_raises_no_hand(held):
    """Without a phone it is a task of marketing, not an offer."""
    intake.edit(held.lead, {"phone": ""}, by=None, now=LATER)
    react(held.lead, "demo_request", at=LATER)
    rescore(held.lead, now=LATER)
    assert handoff_of(held.lead).trigger == "score"


def test_what_was_offered_already_stays_what_it_was(house):
    lead = ready()
    desk.route([handoff_of(lead).pk], now=NOW)
    react(lead, "demo_request", at=LATER)
    rescore(lead, now=LATER)
    assert handoff_of(lead).trigger == "score"


def test_of_many_all_pass_in_constant_statements(house, django_assert_max_num_queries):
    Queue.objects.filter(slug="inside").update(release_per_day=0)
    leads = [ready() for _ in range(3)]
    for lead in leads:
        react(lead, "demo_request", at=LATER)
    with django_assert_max_num_queries(16):
        desk.raise_hands(raised=dict.fromkeys([lead.pk for lead in leads], 1), now=LATER)
    with django_assert_max_num_queries(1):
        desk.raise_hands(raised=dict.fromkeys([lead.pk for lead in leads], 1), now=LATER)
    sweep.until_done(now=LATER)
    assert {handoff_of(lead).state for lead in leads} == {"offered"}


def test_a_hand_taken_back_is_doubted_by_the_moment_it_went_up(house):
    """Handed over by a person, ready by nothing else than its request, which was no request."""
    Queue.objects.filter(slug="inside").update(release_per_day=0)
    lead = new_lead()
    react(lead, "page_view")
    rescore(lead)
    desk.move(fresh(lead), to=stages.MQL, by=house.miura, now=NOW, note="会いました")
    desk.route([handoff_of(lead).pk], now=NOW)
    asked = react(lead, "demo_request", at=NOW + HOUR / 2)
    sweep.until_done(now=LATER)
    assert (handoff_of(lead).state, handoff_of(lead).trigger) == ("offered", "fast_track")
    assert doubt.among([handoff_of(lead)]) == []
    told = intake.NewActivity(lead.pk, "demo_request", asked.occurred_at, "crm", voids_id=asked.pk)
    intake.record([told], now=LATER + HOUR)
    assert [one.handoff.lead for one in doubt.among([handoff_of(lead)])] == [lead]


def test_the_audit_names_a_hand_nobody_saw(held):
    react(held.lead, "demo_request", at=LATER)
    rescore(held.lead, now=LATER)
    assert violations(LATER) == []
    Handoff.objects.filter(pk=held.pk).update(trigger="score")
    assert violations(LATER) == [
        {"check": "no_hand_raiser_waits_for_another_day", "lead": held.lead_id}
    ]  # fmt: skip
