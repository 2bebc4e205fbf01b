"""A lead and its handoff agree, by whatever door the lead came or went (PRODUCT 3, 6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from handoff import desk
from handoff.models import Clock, Handoff
from leads import lifecycle, news, stages
from leads.models import Involvement, Lead, Transition
from tests.people import NOW, accepted, fresh, handoff_of, new_lead, offered, react, rescore

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def waiting(house):
    """A hand-raiser whom the definition has just taken to `mql`."""
    lead = new_lead()
    react(lead, "demo_request")
    return rescore(lead)


def brought(lead, to, **wish):
    lifecycle.move(lead, to=to, now=NOW, **({"cause": stages.IMPORT} | wish))
    return handoff_of(lead)


# ── into mql ─────────────────────────────────────────────────────────────────


def test_entering_mql_opens_one_waiting_handoff(house, waiting):
    handoff = Handoff.objects.get(lead=waiting)
    assert (waiting.stage, handoff.state, handoff.waiting_because) == (stages.MQL, "waiting", "nobody")
    assert (handoff.trigger, handoff.lane, handoff.rep, handoff.previous) == ("fast_track", 1, None, None)
    assert (handoff.created_at, handoff.route_at, handoff.version) == (NOW, NOW, 1)


def test_in_the_same_transaction_or_not_at_all(house):
    """Nobody can see the one without the other: what undoes the handoff undoes the move."""
    lead = new_lead()

    def breaks(*, moves, now):
        assert Handoff.objects.filter(lead=lead).exists()
        raise RuntimeError

    news.stages_changed.within(breaks)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            lifecycle.move(lead, to=stages.MQL, cause=stages.RULE, now=NOW)
    finally:
        news.stages_changed._within.remove(breaks)
    assert fresh(lead).stage == stages.LEAD
    assert not Handoff.objects.exists()
    assert not Transition.objects.filter(lead=lead, end=stages.MQL).exists()


def test_workers_hear_of_it_once_it_is_committed(house, django_capture_on_commit_callbacks):
    heard = []

    def listen(*, handoff_ids):
        heard.extend(handoff_ids)

    from handoff import news as desk_news

    lead = new_lead()
    desk_news.waiting.after(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            react(lead, "demo_request")
            rescore(lead)
            assert heard == []
    finally:
        desk_news.waiting._after.remove(listen)
    assert heard == [handoff_of(lead).pk]


def test_a_second_open_one_is_impossible(house, waiting):
    with pytest.raises(IntegrityError), transaction.atomic():
        Handoff.objects.create(lead=waiting, trigger="score", created_at=NOW)


@pytest.mark.parametrize("state", Handoff.OPEN)
def test_ended_ones_do_not_stand_in_the_way(house, waiting, state):
    Handoff.objects.update(state=Handoff.RECALLED, ended_at=NOW, end_cause="withdrawn")
    rep = {} if state == "waiting" else {"rep": house.sato, "offered_at": NOW}
    who = {"accepted_by": house.sato, "accepted_at": NOW} if state == "accepted" else {}
    Handoff.objects.create(lead=waiting, trigger="score", created_at=NOW, state=state, **rep, **who)
    assert Handoff.objects.open().count() == 1


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"state": "offered"}, "offered_has_a_rep_and_a_moment"),
        ({"state": "accepted"}, "accepted_has_a_rep"),
        ({"accepted_at": NOW}, "accepted_says_who_and_when"),
        ({"state": "recalled", "ended_at": NOW}, "recalled_says_its_cause"),
        ({"state": "recalled", "end_cause": "withdrawn"}, "ended_handoff_says_when"),
        ({"ended_at": NOW}, "ended_handoff_says_when"),
        ({"state": "sent_back", "ended_at": NOW}, "sent_back_has_reason_and_next_step"),
    ],
)
def test_what_the_database_forbids(house, waiting, change, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Handoff.objects.filter(lead=waiting).update(**change)


def test_a_waiting_one_has_no_rep(house, waiting):
    with pytest.raises(IntegrityError, match="waiting_has_no_rep"), transaction.atomic():
        Handoff.objects.filter(lead=waiting).update(rep=house.sato)


def test_a_batch_opens_each_its_own_in_constant_statements(house, django_assert_max_num_queries):
    leads = [new_lead() for _ in range(5)]
    with django_assert_max_num_queries(23):
        lifecycle.move_many(
            [lifecycle.Move(lead.pk, stages.MQL, stages.RULE, trigger="score") for lead in leads], now=NOW
        )
    assert Handoff.objects.waiting().count() == 5


# ── away from sales' hands ───────────────────────────────────────────────────


def test_readiness_that_fell_takes_back_what_nobody_accepted(house):
    lead = new_lead()
    for _ in range(2):
        react(lead, "webinar_attended")
    react(lead, "document_download")
    lead = rescore(lead)
    assert (lead.stage, lead.trigger) == (stages.MQL, "score")
    desk.route([handoff_of(lead).pk], now=NOW)
    assert rescore(lead, now=NOW + timedelta(days=45)).stage == stages.MQL  # interest 11 of 10: stays
    much_later = NOW + timedelta(days=60)
    lead = rescore(lead, now=much_later)
    handoff = handoff_of(lead)
    assert lead.stage == stages.MAL
    assert (handoff.state, handoff.end_cause, handoff.ended_at) == ("recalled", "hysteresis", much_later)
    assert not Clock.objects.filter(ended_at=None).exists()


def test_an_exclude_takes_back_what_nobody_accepted(house, waiting):
    desk.route([handoff_of(waiting).pk], now=NOW)
    waiting.refresh_from_db()
    Lead.objects.filter(pk=waiting.pk).update(do_not_contact=True)
    lead = rescore(waiting, now=LATER)
    handoff = handoff_of(lead)
    assert (lead.stage, handoff.state, handoff.end_cause) == (stages.MAL, "recalled", "exclude")
    assert {clock.state for clock in handoff.clocks.all()} == {Clock.CANCELLED}


def test_an_accepted_lead_never_leaves_by_itself(house):
    handoff = accepted(new_lead())
    Lead.objects.filter(pk=handoff.lead_id).update(do_not_contact=True)
    lead = rescore(handoff.lead, now=NOW + timedelta(days=60))
    assert (lead.stage, handoff_of(lead).state) == (stages.SAL, "accepted")


def test_who_was_put_there_by_a_person_never_leaves_by_itself(house):
    lead = new_lead()
    react(lead, "webinar_attended")
    desk.move(lead, to=stages.MQL, by=house.miura, now=NOW, note="展示会で話した")
    lead = rescore(lead, now=NOW + timedelta(days=90))
    assert lead.stage == stages.MQL


def test_marketing_withdraws(house, waiting):
    desk.route([handoff_of(waiting).pk], now=NOW)
    desk.recycle(waiting, by=house.miura, now=LATER, reason="too_early")
    handoff = handoff_of(waiting)
    assert (handoff.state, handoff.end_cause, handoff.ended_by) == ("recalled", "withdrawn", house.miura)
    assert handoff.reason == "too_early"
    assert {(clock.state, clock.ended_at) for clock in handoff.clocks.all()} == {(Clock.CANCELLED, LATER)}


def test_not_a_fit_ends_it_and_answers_the_accept_clock(house, waiting):
    """Accepted, sent back or disqualified: all three are an answer (PRODUCT 6)."""
    desk.route([handoff_of(waiting).pk], now=NOW)
    desk.disqualify(waiting, by=house.suzuki, now=LATER, reason="competitor")
    handoff = handoff_of(waiting)
    clocks = {clock.kind: clock for clock in handoff.clocks.all()}
    assert (handoff.state, handoff.reason, handoff.ended_by) == ("disqualified", "competitor", house.suzuki)
    assert (clocks["accept"].state, clocks["accept"].met_at) == (Clock.MET, LATER)
    assert clocks["first_contact"].state == Clock.CANCELLED


def test_a_clock_that_had_run_out_is_a_breach_noticed_or_not(house, waiting):
    desk.route([handoff_of(waiting).pk], now=NOW)
    late = NOW + timedelta(days=3)
    desk.recycle(waiting, by=house.miura, now=late, reason="too_early")
    for clock in handoff_of(waiting).clocks.exclude(kind="persistence"):
        assert (clock.state, clock.breached_at, clock.ended_at) == (Clock.BREACHED, clock.due_at, late)


def test_exactly_at_due_it_has_not_run_out(house, waiting):
    desk.route([handoff_of(waiting).pk], now=NOW)
    due = handoff_of(waiting).clocks.get(kind="accept").due_at
    desk.recycle(waiting, by=house.miura, now=due, reason="too_early")
    assert handoff_of(waiting).clocks.get(kind="accept").state == Clock.CANCELLED


# ── past the offer ───────────────────────────────────────────────────────────


def test_an_imported_lead_of_somebody_is_accepted_without_clocks(house):
    lead = new_lead(owner=house.sato)
    handoff = brought(lead, stages.SAL)
    assert (handoff.state, handoff.rep, handoff.accepted_by) == ("accepted", house.sato, house.sato)
    assert (handoff.lane, handoff.queue.slug, handoff.trigger) == (1, "inside", "import")
    assert not handoff.clocks.exists()
    assert Involvement.objects.filter(lead=lead, user=house.sato, kind="handler").exists()
    lead = fresh(lead)
    assert lead.next_actor == house.sato and lead.next_due_at > NOW


def test_of_a_field_rep_in_lane_2(house):
    handoff = brought(new_lead(owner=house.tanaka), stages.SQL)
    assert (handoff.lane, handoff.queue.slug) == (2, "field-tokyo")


def test_of_somebody_without_a_queue(house):
    handoff = brought(new_lead(owner=house.suzuki), stages.SAL)
    assert (handoff.state, handoff.rep, handoff.queue) == ("accepted", house.suzuki, None)
    assert fresh(handoff.lead).next_actor == house.suzuki


def test_without_an_owner_it_waits_and_the_accept_clock_alone_starts(house):
    handoff = brought(new_lead(), stages.SAL)
    assert handoff.state == "waiting"
    desk.route([handoff.pk], now=NOW)
    handoff.refresh_from_db()
    assert [clock.kind for clock in handoff.clocks.all()] == ["accept"]
    desk.accept(handoff, by=handoff.rep, now=LATER)
    lead = fresh(handoff.lead)
    assert (lead.stage, lead.owner) == (stages.SAL, handoff.rep)


def test_an_imported_opportunity_has_a_completed_one(house):
    handoff = brought(new_lead(owner=house.tanaka), stages.OPPORTUNITY)
    assert (handoff.state, handoff.ended_at, handoff.rep) == ("completed", NOW, None)
    assert not Handoff.objects.open().exists()


def test_an_opportunity_completes_the_one_that_was_open(house):
    handoff = accepted(new_lead())
    lifecycle.move(handoff.lead_id, to=stages.OPPORTUNITY, cause=stages.PERSON, by=house.sato, now=LATER)
    handoff.refresh_from_db()
    assert (handoff.state, handoff.ended_at, handoff.ended_by) == ("completed", LATER, house.sato)
    assert not Clock.objects.filter(ended_at=None).exists()


def test_judged_worth_a_proposal_it_goes_on(house):
    handoff = accepted(new_lead())
    desk.move(handoff.lead, to=stages.SQL, by=handoff.rep, now=LATER)
    handoff.refresh_from_db()
    assert handoff.state == "accepted"
    assert handoff.clocks.get(kind="first_contact").state == Clock.RUNNING


def test_each_episode_has_handoffs_of_its_own(house):
    handoff = offered(new_lead())
    desk.send_back(handoff, by=handoff.rep, now=LATER, reason="too_early")
    react(handoff.lead, "demo_request", at=LATER + timedelta(minutes=1))
    rescore(handoff.lead, now=LATER + timedelta(minutes=1))
    again = handoff_of(handoff.lead)
    assert again.pk != handoff.pk and again.previous is None
