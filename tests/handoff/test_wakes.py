"""A sent-back lead comes back on its date: once, to who had it, with the old brief (PRODUCT 3)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config import sweep
from handoff import desk
from handoff.models import Handoff, QueueMember
from leads import stages
from leads.models import Company, Lead, Task
from tests.people import NOW, accepted, fresh, handoff_of, new_lead, react, rescore

JST = ZoneInfo("Asia/Tokyo")
ON = date(2027, 4, 1)
MOMENT = datetime(2027, 4, 1, tzinfo=JST)


@pytest.fixture
def sent_back(house):
    """Kobayashi accepted it and sent it back until 1 April."""
    QueueMember.objects.filter(user=house.sato).update(is_active=False)
    handoff = accepted(new_lead())
    assert handoff.rep == house.kobayashi
    desk.send_back(handoff, by=house.kobayashi, now=NOW, reason="too_early", wake_on=ON, note="来期の予算で")
    QueueMember.objects.update(is_active=True)
    return handoff


def test_not_a_second_before_its_moment(house, sent_back):
    assert desk.due_wakes(now=MOMENT - timedelta(microseconds=1)) == []
    assert desk.due_wakes(now=MOMENT) == [sent_back.lead_id]
    sweep.until_done(now=MOMENT - timedelta(microseconds=1))
    assert fresh(sent_back.lead).stage == stages.MAL


def test_who_was_promised_nothing_costs_one_look(house, sent_back, django_assert_num_queries):
    """Whoever rings for them; `sent_back` is not among these."""
    nobody = [new_lead().pk, accepted(new_lead()).lead_id]
    with django_assert_num_queries(1 + 2):  # and the transaction around it
        assert desk.wake(nobody, now=MOMENT) == 0


def test_it_comes_back_to_the_same_rep_with_the_old_brief(house, sent_back):
    done = sweep.until_done(now=MOMENT)
    assert (done["woken"], done["routed"]) == (1, 1)
    lead, handoff = fresh(sent_back.lead), handoff_of(sent_back.lead)
    assert (lead.stage, lead.trigger, lead.wake_at) == (stages.MQL, "wake", None)
    assert (handoff.state, handoff.rep, handoff.routing["why"]) == ("offered", house.kobayashi, "same_rep")
    assert handoff.trigger == "wake" and handoff.previous is None
    back = handoff.evidence["back"]
    assert (back["handoff"], back["rep"], back["reason"], back["note"]) == (
        sent_back.pk, house.kobayashi.pk, "too_early", "来期の予算で",
    )  # fmt: skip
    step = lead.transitions.order_by("version").last()
    assert (step.cause, step.actor) == ("wake", None)


def test_whatever_its_score_and_it_does_not_leave_by_itself(house, sent_back):
    sweep.until_done(now=MOMENT)
    lead = fresh(sent_back.lead)
    assert lead.standing.interest < 10  # below `leave_below_interest`
    assert rescore(lead, now=MOMENT + timedelta(days=1)).stage == stages.MQL


def test_once(house, sent_back):
    sweep.until_done(now=MOMENT)
    for days in (1, 400):
        assert sweep.until_done(now=MOMENT + timedelta(days=days))["woken"] == 0
    offered_anew = Handoff.objects.filter(lead=sent_back.lead, previous=None)  # not handed on by the ladder
    assert offered_anew.count() == 2
    assert desk.wake([sent_back.lead_id], now=MOMENT) == 0


def test_before_the_owner_of_the_company(house, sent_back):
    Company.objects.filter(pk=sent_back.lead.company_id).update(owner=house.sato)
    sweep.until_done(now=MOMENT)
    assert handoff_of(sent_back.lead).rep == house.kobayashi


def test_routed_when_that_rep_is_not_eligible(house, sent_back):
    QueueMember.objects.filter(user=house.kobayashi).update(is_active=False)
    sweep.until_done(now=MOMENT)
    handoff = handoff_of(sent_back.lead)
    assert (handoff.rep, handoff.routing["why"]) == (house.sato, "weighted")
    assert handoff.evidence["back"]["rep"] == house.kobayashi.pk


@pytest.mark.parametrize("relation", ["competitor", "customer"])
def test_excluded_by_now_it_becomes_a_task_of_marketing(house, sent_back, relation):
    Company.objects.filter(pk=sent_back.lead.company_id).update(relation=relation)
    sweep.until_done(now=MOMENT)
    sweep.until_done(now=MOMENT + timedelta(days=1))
    lead = fresh(sent_back.lead)
    assert (lead.stage, lead.wake_at, lead.next_side) == (stages.MAL, None, "marketing")
    assert lead.next_due_at == MOMENT + timedelta(days=180)
    [task] = Task.objects.filter(lead=lead, kind=Task.WAKE_EXCLUDED)
    assert (task.side, task.created_at) == ("marketing", MOMENT)
    assert task.due_at == datetime(2027, 4, 1, 18, 0, tzinfo=JST)  # a business day of work from midnight


def test_a_hand_raised_before_uses_up_the_date(house, sent_back):
    sooner = NOW + timedelta(days=10)
    react(sent_back.lead, "demo_request", at=sooner)
    lead = rescore(sent_back.lead, now=sooner)
    assert (lead.stage, lead.wake_at) == (stages.MQL, None)
    desk.route([handoff_of(lead).pk], now=sooner)
    assert desk.due_wakes(now=MOMENT) == []


def test_what_a_manager_took_back_comes_back_to_its_rep_too(house):
    handoff = accepted(new_lead())
    desk.recycle(handoff.lead, by=house.suzuki, now=NOW, reason="gathering_info", wake_on=ON)
    sweep.until_done(now=MOMENT)
    again = handoff_of(handoff.lead)
    assert (again.rep, again.routing["why"]) == (house.sato, "same_rep")
    assert again.evidence["back"]["reason"] == "gathering_info"


def test_a_merged_lead_sleeps_on(house, sent_back):
    Lead.objects.filter(pk=sent_back.lead_id).update(merged_into=new_lead())
    assert desk.due_wakes(now=MOMENT) == []
    assert desk.wake([sent_back.lead_id], now=MOMENT) == 0


def test_many_at_once(house):
    for _ in range(3):
        handoff = accepted(new_lead())
        desk.send_back(handoff, by=handoff.rep, now=NOW, reason="too_early", wake_on=ON)
    assert len(desk.due_wakes(now=MOMENT)) == 3
    assert len(desk.due_wakes(now=MOMENT, limit=2)) == 2
    assert sweep.until_done(now=MOMENT)["woken"] == 3
    assert Lead.objects.filter(stage=stages.MQL).count() == 3
