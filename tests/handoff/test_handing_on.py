"""A lead goes to somebody else: by a manager, or because its rep left (PRODUCT 6, 11)."""

from __future__ import annotations

import copy
from datetime import timedelta

import pytest

from config import sweep
from config.playbook.apply import apply
from config.playbook.check import Playbook
from handoff import desk, timers
from handoff.models import Clock, Handoff, Queue, QueueMember
from handoff.refusals import Conflict, DeskRefused, NotYours
from leads import stages
from leads.models import Involvement, Lead
from tests.people import NOW, accepted, example, fresh, handoff_of, lead_at, new_lead, offered, stranger

LATER = NOW + timedelta(minutes=10)


def kinds(handoff):
    return {clock.kind: clock for clock in handoff.clocks.all()}


@pytest.fixture
def held(house):
    """Offered to Sato."""
    handoff = offered(new_lead())
    assert handoff.rep == house.sato
    return handoff


# ── by a manager ─────────────────────────────────────────────────────────────


def test_the_old_one_ends_and_a_new_one_is_offered_at_once(house, held):
    new = desk.reassign(held, by=house.suzuki, now=LATER, reason="休暇のため", to=house.kobayashi)
    held.refresh_from_db()
    assert (held.state, held.end_cause, held.reason) == (Handoff.RECALLED, "reassigned", "休暇のため")
    assert (held.ended_by, held.ended_at) == (house.suzuki, LATER)
    new.refresh_from_db()
    assert (new.state, new.rep, new.previous, new.offered_at) == (
        Handoff.OFFERED, house.kobayashi, held, LATER,
    )  # fmt: skip
    assert (new.evidence, new.trigger) == (held.evidence, held.trigger)
    assert new.routing["why"] == "named"
    assert fresh(held.lead).next_actor == house.kobayashi


def test_a_new_accept_clock_and_the_first_contact_goes_on(house, held):
    before = kinds(held)
    new = desk.reassign(held, by=house.suzuki, now=LATER, reason="x", to=house.kobayashi)
    after = kinds(new)
    assert after["accept"].started_at == LATER
    assert after["accept"].due_at == before["accept"].due_at + timedelta(minutes=10)
    assert after["first_contact"].pk == before["first_contact"].pk
    assert (after["first_contact"].started_at, after["first_contact"].state) == (NOW, Clock.RUNNING)
    assert after["first_contact"].due_at == before["first_contact"].due_at
    old = kinds(held)
    assert (old["accept"].state, old["accept"].ended_at) == (Clock.CANCELLED, LATER)
    assert "first_contact" not in old


def test_a_contact_made_before_is_not_asked_for_again(house, held):
    desk.contact(held, by=house.sato, now=NOW, result="reached")
    second = desk.reassign(held, by=house.suzuki, now=LATER, reason="x", to=house.kobayashi)
    assert kinds(second)["first_contact"].state == Clock.MET
    third = desk.reassign(second, by=house.suzuki, now=LATER, reason="x", to=house.sato)
    assert kinds(third)["first_contact"].state == Clock.MET
    assert Clock.objects.filter(handoff__lead=held.lead, kind="first_contact").count() == 1


def test_a_breached_contact_stays_breached_at_its_due_time(house, held):
    late = kinds(held)["first_contact"].due_at + timedelta(seconds=1)
    timers.breach(now=late)
    new = desk.reassign(held, by=house.suzuki, now=late, reason="x", to=house.kobayashi)
    clock = kinds(new)["first_contact"]
    assert (clock.state, clock.breached_at, clock.ended_at) == (Clock.BREACHED, clock.due_at, None)
    desk.contact(new, by=house.kobayashi, now=late, result="no_answer")
    clock.refresh_from_db()
    assert (clock.state, clock.met_at) == (Clock.MET_LATE, late)


def test_the_clock_of_the_customer_runs_while_it_waits(house, held):
    new = desk.reassign(held, by=house.suzuki, now=LATER, reason="x", queue=house.queue("inside"))
    assert new.state == Handoff.WAITING
    assert kinds(new)["first_contact"].state == Clock.RUNNING
    assert fresh(held.lead).next_actor == house.suzuki


def test_an_accepted_one_is_offered_again_and_its_owner_gone(house):
    handoff = accepted(new_lead())
    new = desk.reassign(handoff, by=house.suzuki, now=LATER, reason="x", to=house.kobayashi)
    lead = fresh(handoff.lead)
    assert (lead.stage, lead.owner, lead.next_actor) == (stages.SAL, None, house.kobayashi)
    desk.accept(new, by=house.kobayashi, now=LATER)
    assert fresh(lead).owner == house.kobayashi
    assert Involvement.objects.filter(lead=lead, user=house.sato, kind="handler").exists()


def test_to_a_queue_never_comes_back_to_who_just_lost_it(house, held):
    new = desk.reassign(held, by=house.suzuki, now=LATER, reason="x", queue=house.queue("inside"))
    desk.route([new.pk], now=LATER)
    new.refresh_from_db()
    assert new.rep == house.kobayashi
    [sato] = [line for line in new.routing["candidates"] if line["user"] == house.sato.pk]
    assert sato["excluded"] == "just_lost_it"


@pytest.mark.parametrize("who", ["miura", "sato", "kobayashi", "tanaka"])
def test_only_a_manager_of_sales(house, held, who):
    with pytest.raises(NotYours):
        desk.reassign(held, by=getattr(house, who), now=LATER, reason="x", to=house.kobayashi)
    held.refresh_from_db()
    assert held.state == Handoff.OFFERED


def test_what_cannot_be(house, held, kato):
    def refused(**wish):
        with pytest.raises(DeskRefused) as no:
            desk.reassign(held, **({"by": house.suzuki, "now": LATER, "reason": "x"} | wish))
        return no.value.code, no.value.field

    assert refused(to=house.kobayashi, reason=" ") == ("required", "reason")
    assert refused() == ("required", "to")
    assert refused(to=house.sato) == ("already_theirs", "to")
    assert refused(to=house.tanaka) == ("not_a_member", "to")
    assert refused(queue=house.queue("field-tokyo")) == ("other_lane", "queue")
    QueueMember.objects.filter(user=house.kobayashi).update(is_active=False)
    assert refused(to=house.kobayashi) == ("not_a_member", "to")
    with pytest.raises(Conflict):
        desk.reassign(held, by=house.suzuki, now=LATER, reason="x", to=kato, version=held.version + 1)


def test_a_seat_that_is_closed_does_not_hide_one_that_is_open(house, held):
    """Tanaka left the first queue of the lane and works in the second."""
    QueueMember.objects.create(queue=house.queue("inside"), user=house.tanaka, is_active=False)
    second = Queue.objects.create(
        slug="second", lane=1, team=house.team("inside-east"), policy_slug="standard", strategy="weighted",
        position=9,
    )  # fmt: skip
    QueueMember.objects.create(queue=second, user=house.tanaka)
    new = desk.reassign(held, by=house.suzuki, now=LATER, reason="x", to=house.tanaka)
    assert (new.rep, new.queue) == (house.tanaka, second)


# ── its rep left ─────────────────────────────────────────────────────────────


def leave_queue(house):
    QueueMember.objects.filter(user=house.sato).update(is_active=False)


def leave_company(house):
    house.sato.is_active = False
    house.sato.save()


def last_day(house):
    house.sato.ends_on = LATER.date() - timedelta(days=1)
    house.sato.save()


def leave_playbook(house):
    sections = copy.deepcopy(example().sections)
    sections["queues"]["inside"]["members"].pop(0)
    apply(Playbook(sections), by=None, now=LATER)


@pytest.mark.parametrize("leave", [leave_queue, leave_company, last_day, leave_playbook])
def test_an_offer_of_who_left_goes_to_somebody_else(house, held, leave):
    leave(house)
    assert desk.left_behind(now=LATER) == [held.pk]
    done = sweep.until_done(now=LATER)
    assert (done["recalled"], done["routed"]) == (1, 1)
    held.refresh_from_db()
    assert (held.state, held.end_cause, held.ended_by) == (Handoff.RECALLED, "member_left", None)
    new = handoff_of(held.lead)
    assert (new.state, new.rep, new.previous) == (Handoff.OFFERED, house.kobayashi, held)
    assert kinds(new)["accept"].started_at == LATER
    assert kinds(new)["first_contact"].started_at == NOW
    assert fresh(held.lead).next_actor == house.kobayashi
    assert desk.left_behind(now=LATER) == []


def test_on_the_last_day_they_still_work(house, held):
    house.sato.ends_on = LATER.date()
    house.sato.save()
    assert desk.left_behind(now=LATER) == []
    assert offered(new_lead()).rep == house.kobayashi  # their turn, not for want of Sato
    assert offered(new_lead()).rep == house.sato


def test_a_closed_queue_gives_its_offers_back(house, held):
    second = Queue.objects.create(
        slug="second", lane=1, team=house.team("inside-east"), policy_slug="standard", strategy="weighted",
        position=9,
    )  # fmt: skip
    QueueMember.objects.create(queue=second, user=house.tanaka)
    Queue.objects.filter(slug="inside").update(is_active=False)
    sweep.until_done(now=LATER)
    new = handoff_of(held.lead)
    assert (new.state, new.rep, new.queue) == (Handoff.OFFERED, house.tanaka, second)


def test_an_accepted_lead_stays_with_who_left(house):
    handoff = accepted(new_lead())
    leave_queue(house)
    assert desk.left_behind(now=LATER) == []
    sweep.until_done(now=LATER)
    assert handoff_of(handoff.lead).pk == handoff.pk


def test_with_nobody_left_it_waits_with_the_lead_of_the_team(house, held):
    QueueMember.objects.update(is_active=False)
    sweep.until_done(now=LATER)
    new = handoff_of(held.lead)
    assert (new.state, new.waiting_because, new.queue.slug) == (Handoff.WAITING, "nobody", "inside")
    lead = fresh(held.lead)
    assert (lead.next_actor, lead.next_side) == (house.suzuki, "sales")
    assert lead.next_due_at == LATER + timedelta(minutes=30)  # the accept target of a hand-raiser
    assert [line["excluded"] for line in new.routing["candidates"]] == ["inactive", "inactive"]


def test_who_accepted_in_the_meantime_keeps_it(house, held):
    leave_queue(house)
    ids = desk.left_behind(now=LATER)
    Handoff.objects.filter(pk=held.pk).update(open_to_team=False)
    desk.accept(held, by=house.sato, now=LATER)
    assert desk.recall_left(ids, now=LATER) == 0
    assert handoff_of(held.lead).state == Handoff.ACCEPTED


def test_constant_statements_of_looking(house, django_assert_num_queries):
    for _ in range(3):
        lead_at(stages.MQL, house)
    with django_assert_num_queries(4):
        assert desk.left_behind(now=LATER) == []


def test_a_stranger_is_not_asked(house, held):
    kato = stranger(house)
    leave_queue(house)
    sweep.until_done(now=LATER)
    assert handoff_of(held.lead).rep == house.kobayashi
    assert not Lead.objects.visible_to(kato).filter(pk=held.lead_id).exists()
