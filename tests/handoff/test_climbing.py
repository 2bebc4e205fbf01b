"""Steps of ladders as rows and as deeds: planned with their clock, done once, recalls with their limit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from random import Random
from threading import Barrier

import pytest
from django.db import connection

from config import audit, sweep
from handoff import desk, pausing, steps, timers
from handoff.models import Clock, Handoff, Policy, QueueMember, Step
from leads.models import User
from tests import people
from tests.people import NOW, accepted, fresh, new_lead, offered

SECOND = timedelta(seconds=1)


def steps_of(handoff, kind="accept"):
    return list(Step.objects.filter(clock__handoff=handoff, clock__kind=kind).order_by("position"))


def climb(now):
    return desk.climb(desk.steps_due(now=now), now=now)


def again(handoff):
    return Handoff.objects.get(pk=handoff.pk)


@pytest.fixture
def held(house):
    """Offered to Sato on Tuesday 10:42."""
    return offered(new_lead())


# ── planned ──────────────────────────────────────────────────────────────────


def test_an_offer_has_the_steps_of_its_policy(held):
    clock = held.clocks.get(kind="accept")
    planned = steps_of(held)
    assert [(one.position, one.percent, one.state) for one in planned] == [
        (0, 75.0, "waiting"), (1, 100.0, "waiting"), (2, 150.0, "waiting"),
    ]  # fmt: skip
    assert planned[1].due_at == clock.due_at
    assert planned[0].due_at == NOW + timedelta(minutes=clock.target_minutes * 0.75)
    assert planned[1].acts == ["remind_rep", "tell_team_lead", "open_to_team"]


def test_a_policy_without_ladder_has_none(house):
    for policy in Policy.objects.all():
        Policy.objects.filter(pk=policy.pk).update(
            body={k: v for k, v in policy.body.items() if k != "ladder"}
        )
    assert steps_of(offered(new_lead())) == []


def test_an_answer_drops_what_waited_and_leaves_what_was_done(house, held):
    first = steps_of(held)[0].due_at
    assert climb(first) == 1
    desk.accept(held, by=house.sato, now=first)
    assert [one.state for one in steps_of(held)] == ["done", "dropped", "dropped"]
    climb(first + timedelta(days=9))
    assert [one.state for one in steps_of(held)] == ["done", "dropped", "dropped"]


def test_steps_move_with_a_paused_clock(house):
    held = accepted(new_lead())
    pausing.pause(
        held, by=held.rep, now=NOW, clock="first_contact", reason="customer_date", until=date(2026, 12, 1)
    )
    clock = held.clocks.get(kind="first_contact")
    [step] = steps_of(held, "first_contact")
    assert (step.state, step.due_at) == ("waiting", clock.due_at)
    assert step.due_at.date() == date(2026, 12, 1)


def test_planning_many_takes_as_many_queries_as_one(house, django_assert_num_queries):
    clocks = [offered(new_lead()).clocks.get(kind="accept") for _ in range(5)]
    Step.objects.all().delete()
    for some in (clocks[:1], clocks[1:]):
        with django_assert_num_queries(5):
            steps.plan(some)
    assert Step.objects.count() == 15


def test_planning_again_changes_nothing(held):
    before = list(Step.objects.order_by("pk").values())
    steps.plan(list(held.clocks.all()))
    assert list(Step.objects.order_by("pk").values()) == before


# ── done ─────────────────────────────────────────────────────────────────────


def test_open_to_team_at_its_moment_and_not_before(house, held):
    due, version = steps_of(held)[1].due_at, again(held).version
    climb(due - SECOND)
    assert again(held).open_to_team is False
    climb(due)
    assert (again(held).open_to_team, again(held).version) == (True, version + 1)
    assert climb(due + SECOND) == 0
    assert desk.accept(again(held), by=house.kobayashi, now=due + SECOND).rep == house.kobayashi


def test_recalled_and_offered_to_somebody_else(house, held):
    due = steps_of(held)[2].due_at
    sweep.until_done(now=due)
    old, new = again(held), Handoff.objects.get(previous=held)
    assert (old.state, old.end_cause, old.ended_at, old.open_to_team) == ("recalled", "ladder", due, False)
    assert (new.state, new.rep, new.open_to_team) == ("offered", house.kobayashi, False)
    assert [one.state for one in steps_of(held)] == ["done"] * 3
    assert steps_of(held)[2].outcome == {
        "recall": house.sato.pk, "reassign": new.pk,
        "told": {"tell_manager": [house.suzuki.pk, house.takahashi.pk]},
    }  # fmt: skip
    assert [one.state for one in steps_of(new)] == ["waiting"] * 3
    assert not list(audit.run(now=due))


def test_after_max_recalls_it_stays_with_the_team_lead(house, held):
    for _ in range(2):
        sweep.until_done(now=steps_of(held)[2].due_at)
        held = Handoff.objects.get(previous=held)
    due = steps_of(held)[2].due_at
    sweep.until_done(now=due)
    last = again(held)
    assert (last.state, last.open_to_team, steps_of(held)[2].outcome["recall"]) == (
        "offered",
        True,
        "max_recalls",
    )
    assert fresh(held.lead).next_actor == held.queue.team.lead
    assert Handoff.objects.filter(lead=held.lead).count() == 3
    assert not list(audit.run(now=due))


def test_with_nobody_else_it_stays_too(house, held):
    QueueMember.objects.filter(user=house.kobayashi).update(is_active=False)
    sweep.until_done(now=steps_of(held)[2].due_at)
    assert (again(held).state, again(held).open_to_team) == ("offered", True)
    assert steps_of(held)[2].outcome["recall"] == "nobody"


@pytest.mark.parametrize("seed", range(5))
def test_once_each_in_whatever_order_and_however_often(house, seed):
    dice, held = Random(seed), [offered(new_lead()) for _ in range(3)]
    done = 0
    for hours in sorted(dice.choices(range(0, 8), k=6)):
        ids = desk.steps_due(now=NOW + timedelta(hours=hours))
        dice.shuffle(ids)
        done += sum(desk.climb([one], now=NOW + timedelta(hours=hours)) for one in ids + ids)
    assert done == Step.objects.filter(state="done").count() > 0
    assert Handoff.objects.filter(previous__in=held).count() == sum(
        again(one).state == "recalled" for one in held
    )


def test_an_outage_takes_back_once(house, held):
    Step.objects.create(
        clock=steps_of(held)[2].clock, position=9, percent=200, acts=["recall", "reassign"],
        due_at=steps_of(held)[2].due_at + SECOND,
    )  # fmt: skip
    climb(NOW + timedelta(hours=30))
    assert [one.state for one in steps_of(held)] == ["done", "done", "done", "dropped"]
    assert Handoff.objects.filter(previous=held).count() == 1


@pytest.mark.django_db(transaction=True)
def test_ten_sweeps_at_once_do_each_step_once():
    people.open_house()
    held = [offered(new_lead()) for _ in range(6)]
    at = max(steps_of(one)[2].due_at for one in held)
    timers.breach(now=at)
    ready = Barrier(10)

    def alone(_):
        ready.wait()
        try:
            return desk.climb(desk.steps_due(now=at), now=at)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        done = sum(pool.map(alone, range(10)))
    assert done == Step.objects.filter(state="done").count() >= 18
    assert Handoff.objects.filter(previous__in=held).count() == 6
    assert Clock.objects.filter(handoff__in=held, kind="accept", ended_at=None).count() == 0


def test_the_audit_tells_of_steps_nobody_did(house, held):
    at = steps_of(held)[0].due_at
    [late] = audit.ladders_are_climbed(at + timedelta(seconds=61))
    assert late["step"] == steps_of(held)[0].pk
    assert not list(audit.ladders_are_climbed(at + timedelta(seconds=60)))
    Clock.objects.filter(handoff=held, kind="accept").update(ended_at=NOW)
    assert not list(audit.ladders_are_climbed(at + timedelta(seconds=61)))


def test_the_audit_tells_of_a_kept_offer_the_team_lead_does_not_have(house, held):
    Handoff.objects.filter(pk=held.pk).update(routing={"kept": "nobody"}, open_to_team=True)
    assert {"lead": held.lead_id, "next_actor": "not_who_acts"} in list(
        audit.open_lead_has_next_actor_and_deadline(NOW)
    )


def test_what_was_given_up_is_its_reps_where_nobody_leads_or_manages(house, held):
    """Else it would be due for ever, and a sweep never at its end."""
    Handoff.objects.filter(pk=held.pk).update(routing={"kept": "nobody"}, open_to_team=True)
    User.objects.filter(pk=house.suzuki.pk).update(deputy=None, is_active=False)
    User.objects.exclude(pk=house.sato.pk).update(roles=[])
    desk.turn_over(desk.turns_due(now=NOW), now=NOW)
    assert desk.turns_due(now=NOW) == []
    assert fresh(held.lead).next_actor == held.rep
