"""Who leaves leaves nothing behind: all that waited for them waits for somebody who works here."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from config import audit, sweep
from handoff import desk
from leads import intake, leavers, lifecycle, stages
from leads.models import AttributeChange, Involvement, Lead, Meeting, Task, User
from tests.people import (
    NOW,
    accepted,
    fresh,
    handoff_of,
    lead_at,
    met,
    new_lead,
    offered,
    promoted,
    proposed,
    react,
    rescore,
    send_back,
)

WAKE = date(2027, 1, 12)
TOMORROW = NOW + timedelta(days=1)


TODAY = NOW.date()


def goes(user, *, last=TODAY):
    """Their last day is today; tomorrow they are gone."""
    User.objects.filter(pk=user.pk).update(ends_on=last)


def let_go(user):
    User.objects.filter(pk=user.pk).update(is_active=False)


def swept(now=TOMORROW):
    done = sweep.until_done(now=now)
    assert list(audit.run(now=now)) == []
    return done


def given_to(user, deputy):
    User.objects.filter(pk=user.pk).update(deputy=deputy)


def followed_up(house) -> Lead:
    """Sato sent it back and follows up on it herself."""
    held = offered(new_lead())
    assert held.rep == house.sato
    about = {"reason": "too_early", "wake_on": WAKE, "follow": "me"}
    return fresh(desk.send_back(held, by=house.sato, now=NOW, **about).lead)


def test_their_deputy_follows_up(house):
    lead = followed_up(house)
    due = lead.next_due_at
    goes(house.sato)
    swept()
    lead = fresh(lead)
    assert (lead.owner, lead.next_side, lead.next_actor, lead.next_due_at) == (
        house.kobayashi, "sales", house.kobayashi, due,
    )  # fmt: skip
    change = AttributeChange.objects.get(lead=lead, field="owner")
    assert (change.old, change.new, change.changed_by) == (house.sato.pk, house.kobayashi.pk, None)


def test_without_a_deputy_the_date_is_marketings(house):
    lead = followed_up(house)
    given_to(house.sato, None)
    goes(house.sato)
    swept()
    lead = fresh(lead)
    assert (lead.owner, lead.next_side, lead.next_actor) == (None, "marketing", None)
    woken = lead.wake_at
    swept(woken)
    back = handoff_of(lead)
    assert (back.trigger, back.state, back.rep) == ("wake", "offered", house.kobayashi)


def test_the_last_day_is_one_of_work(house):
    lead = followed_up(house)
    goes(house.sato, last=TOMORROW.date())
    assert swept()["left"] == 0
    assert fresh(lead).owner == house.sato
    assert swept(TOMORROW + timedelta(days=1))["left"] == 1
    assert swept(TOMORROW + timedelta(days=1))["left"] == 0


def test_a_lead_they_brought_goes_to_nobody_who_left(house):
    lead = lead_at(stages.MAL, house, owner=house.tanaka)
    due = fresh(lead).next_due_at
    goes(house.tanaka)
    swept()
    lead = fresh(lead)
    assert (lead.owner, lead.next_side, lead.next_due_at) == (None, "marketing", due)


def test_what_came_back_to_them_is_owned_by_whoever_accepts_it(house):
    lead = followed_up(house)
    desk.wake([lead.pk], now=lead.wake_at)
    let_go(house.sato)
    swept(lead.wake_at)
    assert (fresh(lead).stage, fresh(lead).owner, fresh(lead).next_actor) == ("mql", None, house.kobayashi)


def test_what_they_passed_on_is_owned_by_whoever_accepts_it(house):
    handoff = promoted(new_lead(), house)
    assert fresh(handoff.lead).owner == house.sato
    goes(house.sato)
    assert swept()["turned"] == 1
    assert (fresh(handoff.lead).owner, handoff_of(handoff.lead).rep) == (None, handoff_of(handoff.lead).rep)
    desk.accept(handoff_of(handoff.lead), by=handoff_of(handoff.lead).rep, now=TOMORROW)
    swept()


def test_their_opportunities_go_to_the_lead_of_their_team(house):
    one = proposed(new_lead(), house)
    goes(house.tanaka)
    swept()
    one.refresh_from_db()
    lead = fresh(one.lead)
    assert (one.owner, lead.owner, lead.next_actor) == (house.takahashi,) * 3
    assert Involvement.objects.filter(lead=lead, user=house.tanaka, kind=Involvement.HANDLER).exists()


def test_of_their_deputy_and_their_lead_the_deputy_comes_first(house):
    one = proposed(new_lead(), house)
    given_to(house.tanaka, house.yamada)
    goes(house.tanaka)
    swept()
    one.refresh_from_db()
    assert one.owner == house.yamada


def customer(house, owner):
    lead = new_lead(company={"name": "得意先", "relation": "customer"})
    lead.company.owner = owner
    lead.company.save()
    react(lead, "demo_request")
    return rescore(lead)


def test_their_accounts_and_what_they_were_asked_about_them(house):
    lead = customer(house, house.tanaka)
    assert Task.objects.get(lead=lead).assignee == house.tanaka
    goes(house.tanaka)
    swept()
    assert fresh(lead).company.owner == house.takahashi
    assert Task.objects.get(lead=lead).assignee == house.takahashi
    assert AttributeChange.objects.filter(company=lead.company, field="owner").count() == 1


def test_a_task_that_names_nobody_was_the_owners(house):
    lead = new_lead(company={"name": "得意先", "relation": "customer"}, owner=house.tanaka)
    react(lead, "demo_request")
    Task.objects.filter(pk=Task.objects.get(lead=rescore(lead)).pk).update(assignee=None)
    goes(house.tanaka)
    swept()
    assert Task.objects.get(lead=lead).assignee == house.takahashi


def test_what_is_done_stays_theirs(house):
    lead = customer(house, house.tanaka)
    desk.answer_task(Task.objects.get(lead=lead), by=house.tanaka, now=NOW)
    goes(house.tanaka)
    swept()
    assert Task.objects.get(lead=lead).assignee == house.tanaka


def test_marketing_as_a_whole_is_asked_what_one_of_them_was(house):
    lead = new_lead()
    react(lead, "webinar_attended")
    rescore(lead)
    desk.move(fresh(lead), to=stages.MQL, by=house.miura, now=NOW, note="会いました")
    desk.route([handoff_of(lead).pk], now=NOW)
    handoff = handoff_of(lead)
    desk.ask_marketing(handoff, by=handoff.rep, now=NOW, text="担当はどなたですか")
    assert Task.objects.get(lead=lead).assignee == house.miura
    let_go(house.miura)
    swept(NOW)
    assert Task.objects.get(lead=lead).assignee is None


def test_their_meetings_are_gone_to_by_who_has_the_lead_then(house):
    lead = lead_at(stages.SAL, house)
    coming = met(lead, house.sato, at=NOW + timedelta(days=3))
    gone_by = met(lead, house.sato, at=NOW + timedelta(minutes=5))
    desk.change_meeting(gone_by, by=house.sato, now=NOW + timedelta(hours=2), state=Meeting.HELD)
    goes(house.sato)
    swept()
    assert list(coming.ours.all()) == [house.kobayashi]
    assert list(gone_by.ours.all()) == [house.sato]


def test_they_support_nobody_any_more(house):
    handoff = promoted(new_lead(), house)
    desk.accept(handoff, by=house.tanaka, now=NOW)
    assert desk.supporters_of(handoff.lead) == [house.sato]
    goes(house.sato)
    swept()
    assert desk.supporters_of(handoff.lead) == []


def test_in_an_empty_house_it_stays_and_the_sweep_ends(house):
    one = proposed(new_lead(), house)
    User.objects.update(is_active=False)
    assert leavers.due(now=NOW) == [] and leavers.settle([house.tanaka.pk], now=NOW) == 0
    assert sweep.until_done(now=NOW)["left"] == 0
    one.refresh_from_db()
    assert one.owner == house.tanaka


def test_whoever_works_here_keeps_what_is_theirs(house):
    lead = followed_up(house)
    assert leavers.due(now=TOMORROW) == []
    assert leavers.settle([house.sato.pk], now=TOMORROW) == 0
    assert fresh(lead).owner == house.sato


def test_constant_statements(house, django_assert_max_num_queries):
    for _ in range(3):
        lead = new_lead(owner=house.yamada)
        intake.edit(lead, {"note": "x"}, by=None, now=NOW)
    goes(house.yamada)
    with django_assert_max_num_queries(9):
        assert leavers.due(now=TOMORROW) == [house.yamada.pk]
    with django_assert_max_num_queries(30):
        leavers.settle([house.yamada.pk], now=TOMORROW)


def test_an_heir_of_an_import_works_here(house):
    """A lead imported at `opportunity` without an owner: not the field lead who left."""
    goes(house.takahashi, last=TODAY - timedelta(days=1))
    lead = new_lead()
    lifecycle.move(lead.pk, to=stages.OPPORTUNITY, cause=stages.IMPORT, now=NOW)
    assert fresh(lead).owner == house.suzuki


# ── who leads a team ─────────────────────────────────────────────────────────


def waits(house):
    """Nobody is eligible."""
    house.queue("inside").members.update(is_active=False)
    lead = offered(new_lead()).lead
    assert (handoff_of(lead).state, fresh(lead).next_actor) == ("waiting", house.suzuki)
    return lead


def given_up(house):
    """The ladder has nobody to give it to, and leaves it to the lead of the team."""
    house.queue("inside").members.exclude(user=house.sato).update(is_active=False)
    lead = offered(new_lead()).lead
    sweep.until_done(now=TOMORROW)
    assert (handoff_of(lead).rep, fresh(lead).next_actor) == (house.sato, house.suzuki)
    return lead


@pytest.mark.parametrize("case", [waits, given_up])
def test_who_led_the_team_is_followed_by_a_manager_of_its_side(house, case):
    lead = case(house)
    let_go(house.suzuki)
    swept()
    assert fresh(lead).next_actor == house.takahashi


@pytest.mark.parametrize("case", [waits, given_up])
def test_or_by_their_deputy(house, case):
    lead = case(house)
    given_to(house.suzuki, house.yamada)
    goes(house.suzuki, last=TODAY)
    swept()
    assert fresh(lead).next_actor == house.yamada


def test_a_lead_of_a_team_who_is_away_is_stood_in_for_until_they_are_back(house):
    lead = waits(house)
    given_to(house.suzuki, house.yamada)
    leave = desk.take_leave(house.suzuki, by=house.suzuki, now=NOW, starts_on=TODAY, ends_on=TODAY)
    assert fresh(lead).next_actor == house.yamada
    desk.cancel_leave(leave, by=house.suzuki, now=NOW)
    assert fresh(lead).next_actor == house.suzuki


def test_with_nobody_to_lead_it_is_sales_turn(house):
    lead = waits(house)
    let_go(house.suzuki)
    let_go(house.takahashi)
    swept()
    assert (fresh(lead).next_side, fresh(lead).next_actor) == ("sales", None)


# ── who stands in may do what the owner may ──────────────────────────────────


def test_a_deputy_takes_an_accepted_lead_on_to_the_next_lane(house):
    held = accepted(new_lead())
    goes(house.sato)
    swept()
    met(held.lead, house.kobayashi, at=TOMORROW + timedelta(days=2), now=TOMORROW)
    new = desk.promote(handoff_of(held.lead), by=house.kobayashi, now=TOMORROW)
    assert new.lane == 2


def test_and_says_that_it_is_worth_a_proposal_and_proposes(house):
    held = accepted(new_lead())
    goes(house.sato)
    swept()
    lead = desk.move(fresh(held.lead), to=stages.SQL, by=house.kobayashi, now=TOMORROW)
    one = desk.open_opportunity(
        lead, by=house.kobayashi, now=TOMORROW, amount=Decimal(1), expected_close=WAKE
    )
    assert one.owner == house.kobayashi
    swept()


def test_the_audit_names_who_left_and_what_is_their_turn(house):
    lead = followed_up(house)
    send_back(offered(new_lead()).lead, house, wake_on=WAKE)
    goes(house.sato)
    found = list(audit.run(now=TOMORROW))
    assert {"check": "nobody_who_left_is_waited_for", "person": house.sato.pk,
            "what": "has_things_in_hand"} in found  # fmt: skip
    assert {"check": "nobody_who_left_is_waited_for", "lead": lead.pk,
            "what": "is_the_turn_of_who_left"} in found  # fmt: skip
