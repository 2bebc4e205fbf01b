"""A sent-back lead comes back when they react: once; if never, marketing decides (PRODUCT 3, wake)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config import audit, sweep
from handoff import desk
from handoff.models import Handoff
from handoff.refusals import DeskRefused
from handoff.tasks import wake as wake_bell
from leads import intake, stages
from leads.models import Activity, Company, Lead, Task
from leads.models.activities import MACHINE
from scoring.replay import recollection
from tests.people import NOW, accepted, fresh, handoff_of, new_lead, react

JST = ZoneInfo("Asia/Tokyo")
LATEST = datetime(2027, 5, 23, tzinfo=JST)  # 180 days from 24 November
SOON = NOW + timedelta(days=3)
SECOND = timedelta(seconds=1)


@pytest.fixture
def sent_back(house):
    """Sato accepted it and sent it back until they react."""
    handoff = accepted(new_lead())
    desk.send_back(handoff, by=house.sato, now=NOW, reason="too_early", next_step="trigger", note="来期以降")
    return handoff


def looks(lead, *, at=SOON, now=None, **more):
    """One page of prices: worth looking, far from what the definition asks."""
    told = intake.NewActivity(lead_id=lead.pk, type="pricing_view", occurred_at=at, source="web", **more)
    (answer,) = intake.record([told], now=now or at)
    return Activity.objects.get(pk=answer.id)


def found(lead):
    lead = fresh(lead)
    return lead.stage, lead.wake_at, lead.wake_trigger


def test_what_was_promised_is_written_down(house, sent_back):
    assert found(sent_back.lead) == (stages.MAL, LATEST, {"on": "reaction"})
    handoff = Handoff.objects.get(pk=sent_back.pk)
    assert (handoff.next_step, handoff.wake_at, handoff.wake_trigger) == (
        "trigger", LATEST, {"on": "reaction"},
    )  # fmt: skip
    lead = fresh(sent_back.lead)
    assert (lead.next_side, lead.next_due_at) == ("marketing", LATEST)


def test_a_latest_date_of_ones_own(house):
    handoff = accepted(new_lead())
    wish = {"by": house.sato, "now": NOW, "reason": "too_early", "wake_trigger": {"on": "reaction"}}
    desk.send_back(handoff, wake_on=date(2027, 1, 5), **wish)
    assert found(handoff.lead) == (stages.MAL, datetime(2027, 1, 5, tzinfo=JST), {"on": "reaction"})


def test_a_reason_without_days_waits_180(house):
    handoff = accepted(new_lead())
    desk.send_back(handoff, by=house.sato, now=NOW, reason="wrong_person", next_step="trigger")
    assert fresh(handoff.lead).wake_at == LATEST


@pytest.mark.parametrize(
    "wish",
    [
        {"wake_trigger": {"on": "full_moon"}},
        {"wake_trigger": {"on": "reaction", "more": 1}},
        {"wake_trigger": {"on": "reaction"}, "next_step": "wake"},
        {"wake_trigger": {"on": "reaction"}, "next_step": "disqualify"},
    ],
)
def test_only_what_is_known_and_only_with_its_step(house, wish):
    handoff = accepted(new_lead())
    with pytest.raises(DeskRefused) as no:
        desk.send_back(handoff, by=house.sato, now=NOW, reason="too_early", **wish)
    assert (no.value.code, no.value.field) == ("unknown_choice", "wake_trigger")


def test_a_reaction_brings_it_back_to_the_same_rep(house, sent_back):
    looks(sent_back.lead)
    sweep.until_done(now=SOON)
    again = handoff_of(sent_back.lead)
    assert found(sent_back.lead) == (stages.MQL, None, None)
    assert (again.rep, again.trigger, again.routing["why"]) == (house.sato, "wake", "same_rep")
    assert again.evidence["back"]["note"] == "来期以降"
    assert list(audit.run(now=SOON)) == []


def test_a_reaction_rings_for_who_was_promised_to_come_back(
    house, sent_back, monkeypatch, django_capture_on_commit_callbacks
):
    rung = []
    monkeypatch.setattr("config.wiring.ring", lambda task, *args: rung.append((task.name, *args)))
    with django_capture_on_commit_callbacks(execute=True):
        looks(new_lead())
        looks(sent_back.lead)
    woken = [args for name, *args in rung if name == wake_bell.name]
    assert woken == [[[sent_back.lead_id]]]


def test_only_what_happened_after_it_went_back(house, sent_back):
    looks(sent_back.lead, at=NOW, now=SOON)
    assert desk.due_wakes(now=SOON) == []
    looks(sent_back.lead, at=NOW + SECOND, now=SOON)
    assert desk.due_wakes(now=SOON) == [sent_back.lead_id]


def test_neither_a_machine_nor_what_was_corrected_nor_our_own_acts(house, sent_back):
    looks(sent_back.lead, genuine=MACHINE)
    looks(sent_back.lead, voids_id=looks(sent_back.lead).pk)
    react(sent_back.lead, "call_attempt", at=SOON)
    assert desk.due_wakes(now=SOON) == []
    assert desk.wake([sent_back.lead_id], now=SOON) == 0


def test_once_whoever_comes_first(house, sent_back):
    """The bell and the sweep may both come, again and again."""
    looks(sent_back.lead)
    assert desk.wake([sent_back.lead_id], now=SOON) == 1
    assert desk.wake([sent_back.lead_id], now=SOON) == wake_bell([sent_back.lead_id]) == 0
    assert sweep.until_done(now=SOON)["woken"] == 0
    assert Handoff.objects.filter(lead=sent_back.lead).count() == 2


def test_a_lost_bell_is_noticed_by_the_audit(house, sent_back):
    looks(sent_back.lead)
    late = SOON + timedelta(minutes=1)
    missed = {"check": "wake_is_kept", "lead": sent_back.lead_id, "what": "reaction_missed"}
    assert missed not in list(audit.run(now=late - SECOND))
    assert missed in list(audit.run(now=late))


def test_never_by_the_latest_date_marketing_decides(house, sent_back):
    assert desk.due_wakes(now=LATEST - SECOND) == []
    assert sweep.until_done(now=LATEST)["woken"] == 1
    assert sweep.until_done(now=LATEST + timedelta(days=1))["woken"] == 0
    assert found(sent_back.lead) == (stages.MAL, None, None)
    [task] = Task.objects.filter(lead=sent_back.lead).exclude(kind=Task.SENT_BACK)
    assert (task.kind, task.side, task.created_at) == (Task.WAKE_EXPIRED, "marketing", LATEST)


def test_excluded_by_now_it_becomes_a_task(house, sent_back):
    Company.objects.filter(pk=sent_back.lead.company_id).update(relation="competitor")
    looks(sent_back.lead)
    sweep.until_done(now=SOON)
    assert found(sent_back.lead) == (stages.MAL, None, None)
    [task] = Task.objects.filter(lead=sent_back.lead).exclude(kind=Task.SENT_BACK)
    assert task.kind == Task.WAKE_EXCLUDED


def test_a_lead_that_waits_for_its_date_only_does_not_wake(house):
    handoff = accepted(new_lead())
    desk.send_back(handoff, by=house.sato, now=NOW, reason="too_early")
    looks(handoff.lead)
    assert desk.due_wakes(now=SOON) == []


def test_taken_back_by_a_manager_it_may_wait_for_a_reaction_too(house):
    handoff = accepted(new_lead())
    desk.recycle(handoff.lead, by=house.suzuki, now=NOW, reason="too_early", next_step="trigger")
    looks(handoff.lead)
    assert desk.due_wakes(now=SOON) == [handoff.lead_id]


def test_the_latest_date_is_no_promise_to_come_back(house, sent_back):
    step = fresh(sent_back.lead).transitions.order_by("version").last()
    assert step.because == {"wake_trigger": {"on": "reaction"}, "latest_at": LATEST.isoformat()}


def promised(lead):
    """The days promised with people's moves, as a simulation reads them."""
    begun = NOW - timedelta(days=30)
    history = recollection.read(
        Lead.objects.filter(pk=lead.pk), {}, since=begun, until=LATEST + timedelta(days=9)
    )[lead.pk]
    return [one.wake_at for one in history.past.wishes if one.end == stages.MAL]


def test_a_simulation_brings_it_back_when_it_came_back_and_never_by_the_latest_date(house, sent_back):
    assert promised(sent_back.lead) == [None]
    looks(sent_back.lead)
    desk.wake([sent_back.lead_id], now=SOON)
    assert promised(sent_back.lead) == [SOON]


def test_a_merged_lead_sleeps_on(house, sent_back):
    looks(sent_back.lead)
    Lead.objects.filter(pk=sent_back.lead_id).update(merged_into=new_lead())
    assert desk.due_wakes(now=SOON) == []
