"""What follows a send-back: marketing's task, a condition, a colleague; each brings the lead back once."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config import audit, sweep
from handoff import desk
from handoff.models import Clock, Handoff
from handoff.refusals import DeskRefused, NotYours
from leads import intake, stages
from leads.models import Task
from tests.people import NOW, accepted, fresh, handoff_of, met, new_lead, offered

JST = ZoneInfo("Asia/Tokyo")
LATEST = datetime(2027, 5, 23, tzinfo=JST)
SOON = NOW + timedelta(days=3)
MINUTE = timedelta(minutes=1)
ASLEEP = "task_done_and_asleep"


def back(handoff, *, now=NOW, **wish):
    return desk.send_back(handoff, by=handoff.rep, now=now, **wish)


@pytest.mark.parametrize("reason, step", [("wrong_person", "right_person"), ("bad_data", "marketing_fix")])
def test_marketing_is_asked_as_the_reason_says(house, reason, step):
    handoff = back(accepted(new_lead()), reason=reason, note="購買部の方が窓口です")
    lead = fresh(handoff.lead)
    [task] = Task.objects.filter(lead=lead)
    assert (task.kind, task.side, task.text) == (step, "marketing", "購買部の方が窓口です")
    assert (task.asked_by, task.done_at) == (handoff.rep, None)
    # Tuesday 10:42 and two business days: Thursday 10:42.
    assert task.due_at == NOW + timedelta(days=2)
    assert (lead.stage, lead.wake_at, lead.wake_trigger) == (stages.MAL, LATEST, {"task": task.pk})
    assert (handoff.state, handoff.next_step, handoff.wake_trigger) == ("sent_back", step, {"task": task.pk})
    [clock] = Clock.objects.filter(task=task)
    assert (clock.kind, clock.state, clock.due_at) == ("answer", "running", task.due_at)
    assert list(audit.run(now=NOW)) == []


def test_it_wakes_when_the_task_is_done_once(house):
    handoff = back(accepted(new_lead()), reason="wrong_person")
    sweep.until_done(now=SOON)
    assert fresh(handoff.lead).stage == stages.MAL
    task = Task.objects.get(lead=handoff.lead)
    Task.objects.filter(pk=task.pk).update(done_at=SOON, answer="購買部の林様です")
    Clock.objects.filter(task=task).update(ended_at=SOON, state="met", met_at=SOON)
    missed = [one for one in audit.run(now=SOON + timedelta(hours=1)) if one.get("what") == ASLEEP]
    assert [one["lead"] for one in missed] == [handoff.lead_id]
    for _ in range(2):
        sweep.until_done(now=SOON)
    again = handoff_of(handoff.lead)
    assert (again.trigger, again.rep) == ("wake", handoff.rep)
    assert (again.evidence["back"]["by"], again.evidence["back"]["answer"]) == ("task", "購買部の林様です")
    assert Handoff.objects.filter(lead=handoff.lead).count() == 2


def test_an_older_task_wakes_nobody(house):
    handoff = accepted(new_lead())
    Task.objects.create(
        lead=handoff.lead, kind=Task.MARKETING_FIX, side="marketing", cause_key="x", created_at=NOW - MINUTE,
        due_at=NOW, done_at=NOW,
    )  # fmt: skip
    back(handoff, reason="wrong_person")
    assert desk.due_wakes(now=SOON) == []


def test_a_task_that_cannot_be_done_wakes_nobody(house):
    handoff = back(accepted(new_lead()), reason="wrong_person")
    Task.objects.filter(lead=handoff.lead).update(done_at=SOON, outcome="cannot")
    assert desk.due_wakes(now=SOON) == []


def test_not_done_by_the_latest_date_it_is_asked_anew(house):
    handoff = back(accepted(new_lead()), reason="wrong_person")
    desk.wake([handoff.lead_id], now=LATEST)
    kinds = Task.objects.filter(lead=handoff.lead).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["right_person", "wake_expired"]
    assert fresh(handoff.lead).wake_trigger is None


def test_whoever_takes_it_back_can_ask_marketing_too(house):
    lead = accepted(new_lead()).lead
    desk.recycle(fresh(lead), by=house.suzuki, now=NOW, reason="bad_data")
    assert fresh(lead).wake_trigger == {"task": Task.objects.get(lead=lead).pk}
    assert handoff_of(lead).state == "recalled"


# ── a condition ──────────────────────────────────────────────────────────────

GROWN = {"when": {"company.employees": {"gte": 500}}}


def test_it_comes_back_when_a_condition_holds(house):
    handoff = back(accepted(new_lead()), reason="too_early", wake_trigger=GROWN)
    assert (fresh(handoff.lead).wake_trigger, handoff.next_step) == (GROWN, "trigger")
    assert desk.due_wakes(now=SOON) == []
    intake.edit(fresh(handoff.lead), {"company": {"employees": 800}}, by=house.miura, now=SOON)
    sweep.until_done(now=SOON)
    again = handoff_of(handoff.lead)
    assert (again.state, again.evidence["back"]["by"]) == ("offered", "when")
    assert list(audit.run(now=SOON)) == []


def test_the_score_can_be_waited_for(house):
    handoff = accepted(new_lead())
    back(handoff, reason="too_early", wake_trigger={"when": {"readiness": {"gte": 101}}})
    assert desk.due_wakes(now=SOON) == []
    lead = fresh(handoff.lead)
    lead.wake_trigger = {"when": {"readiness": {"gte": 1}}}
    lead.save(update_fields=["wake_trigger"])
    assert desk.due_wakes(now=SOON) == [lead.pk]


def test_what_holds_already_is_refused(house):
    with pytest.raises(DeskRefused) as no:
        back(
            accepted(new_lead()), reason="too_early", wake_trigger={"when": {"company.employees": {"gte": 5}}}
        )
    assert (no.value.code, no.value.field) == ("holds_already", "wake_trigger")


@pytest.mark.parametrize(
    "predicate",
    [
        {},
        {"shoe_size": {"gt": 40}},
        {"title": {"rhymes": "部長"}},
        {"handoff.lane": {"is": 1}},
        {"company.": {"is": 1}},
    ],
)
def test_only_conditions_that_can_be_asked(house, predicate):
    with pytest.raises(DeskRefused) as no:
        back(accepted(new_lead()), reason="too_early", wake_trigger={"when": predicate})
    assert (no.value.code, no.value.field) == ("unknown_choice", "wake_trigger")


# ── a colleague ──────────────────────────────────────────────────────────────


def test_passed_on_it_is_offered_to_the_colleague_and_keeps_its_stage(house):
    handoff = accepted(new_lead())
    other = next(one for one in (house.sato, house.kobayashi) if one != handoff.rep)
    ended = back(handoff, reason="someone_on_it", to=other, note="以前からのお付き合いです")
    assert (ended.state, ended.end_cause, ended.next_step) == ("recalled", "reassigned", "pass_on")
    new = handoff_of(handoff.lead)
    assert (new.state, new.rep, new.previous_id) == ("offered", other, ended.pk)
    assert (new.note, new.routing["why"]) == ("以前からのお付き合いです", "passed_on")
    assert fresh(handoff.lead).stage == stages.SAL
    assert list(audit.run(now=NOW)) == []


def test_passed_on_by_whoever_it_was_offered_to(house):
    handoff = offered(new_lead())
    other = next(one for one in (house.sato, house.kobayashi) if one != handoff.rep)
    back(handoff, reason="someone_on_it", to=other)
    assert fresh(handoff.lead).stage == stages.MQL
    assert handoff_of(handoff.lead).rep == other


@pytest.mark.parametrize(
    "to, code", [(None, "required"), ("tanaka", "not_a_member"), ("rep", "already_theirs")]
)
def test_to_whom_must_be_said_and_work_in_the_lane(house, to, code):
    handoff = accepted(new_lead())
    person = handoff.rep if to == "rep" else getattr(house, to) if to else None
    with pytest.raises(DeskRefused) as no:
        back(handoff, reason="someone_on_it", to=person)
    assert (no.value.code, no.value.field) == (code, "to")
    assert handoff_of(handoff.lead).state == "accepted"


def test_whoever_takes_it_back_cannot_pass_it_on(house):
    lead = accepted(new_lead()).lead
    with pytest.raises(DeskRefused) as no:
        desk.recycle(fresh(lead), by=house.suzuki, now=NOW, reason="someone_on_it")
    assert (no.value.code, no.value.field) == ("required", "next_step")
    with pytest.raises(NotYours):
        desk.recycle(fresh(lead), by=house.tanaka, now=NOW, reason="bad_data")


# ── again and again ──────────────────────────────────────────────────────────


def test_sent_back_three_times_people_decide(house):
    handoff, moment = accepted(new_lead()), NOW
    for round in range(3):
        on = (moment + timedelta(days=7)).astimezone(JST).date()
        back(handoff, now=moment, reason="too_early", wake_on=on)
        moment += timedelta(days=7)
        sweep.until_done(now=moment)
        handoff = handoff_of(handoff.lead)
        assert (handoff.state == "offered") == (round < 2)
    lead = fresh(handoff.lead)
    assert (lead.stage, lead.wake_at) == (stages.MAL, None)
    assert Task.objects.get(lead=lead, done_at=None, kind=Task.PING_PONG).side == "marketing"
    assert list(audit.run(now=moment)) == []


def test_who_follows_up_themselves_is_not_counted(house):
    handoff, moment = accepted(new_lead()), NOW
    for _ in range(4):
        on = (moment + timedelta(days=7)).astimezone(JST).date()
        back(handoff, now=moment, reason="too_early", wake_on=on, follow="me")
        moment += timedelta(days=7)
        sweep.until_done(now=moment)
        handoff = handoff_of(handoff.lead)
        assert handoff.state == "offered"


def test_from_field_sales_it_comes_back_to_the_inside_supporter(house):
    lead = new_lead()
    inside = accepted(lead).rep
    met(fresh(lead), inside)
    desk.promote(handoff_of(lead), by=inside, now=NOW, to=house.tanaka)
    desk.accept(handoff_of(lead), by=house.tanaka, now=NOW)
    back(handoff_of(lead), reason="too_early", next_step="trigger")
    intake.record(
        [intake.NewActivity(lead_id=lead.pk, type="pricing_view", occurred_at=SOON, source="web")], now=SOON
    )
    sweep.until_done(now=SOON)
    again = handoff_of(lead)
    assert (again.lane, again.rep, again.routing["why"]) == (1, inside, "same_rep")


# ── on the page and by the API ───────────────────────────────────────────────


def press(browser_of, handoff, **said):
    page = f"/queue/{handoff.pk}/send-back"
    return browser_of(handoff.rep).post(page, {"version": handoff.version, **said}, follow=True)


def test_passed_on_from_the_queue(house, browser_of):
    handoff = accepted(new_lead())
    other = next(one for one in (house.sato, house.kobayashi) if one != handoff.rep)
    page = browser_of(handoff.rep).get(f"/queue/{handoff.pk}/send-back").content.decode()
    assert f'<option value="{other.pk}">' in page and f'<option value="{handoff.rep_id}">' not in page
    assert press(browser_of, handoff, reason="someone_on_it", to=house.tanaka.pk).status_code == 422
    assert press(browser_of, handoff, reason="someone_on_it", to=other.pk).status_code == 200
    assert handoff_of(handoff.lead).rep == other


def test_the_lead_says_what_it_waits_for(house, browser_of):
    handoff = accepted(new_lead())
    press(browser_of, handoff, reason="bad_data", next_step="marketing_fix", note="電話番号が違います")
    page = browser_of(house.miura).get(f"/leads/{handoff.lead_id}").content.decode()
    assert "電話番号が違います" in page
    assert fresh(handoff.lead).wake_trigger == {"task": Task.objects.get(lead=handoff.lead).pk}


def test_why_it_is_back_is_on_the_card(house, browser_of):
    handoff = back(accepted(new_lead()), reason="wrong_person")
    Task.objects.filter(lead=handoff.lead).update(done_at=SOON, answer="購買部の林様です")
    sweep.until_done(now=SOON)
    again = handoff_of(handoff.lead)
    assert "“購買部の林様です”" in browser_of(again.rep).get(f"/queue/{again.pk}").content.decode()


def test_by_the_api(house, api_of):
    handoff = accepted(new_lead())
    api, where = api_of(handoff.rep), f"/api/v1/handoffs/{handoff.pk}/send-back/"
    said = {"version": handoff.version, "reason": "someone_on_it"}
    refused = api.post(where, said, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "to")
    wrong = said | {"reason": "too_early", "wake_trigger": {"when": {"shoe_size": {"gt": 40}}}}
    assert api.post(where, wrong, format="json").json()["errors"][0]["field"] == "wake_trigger"
    other = next(one for one in (house.sato, house.kobayashi) if one != handoff.rep)
    answer = api.post(where, said | {"to": other.email}, format="json")
    assert (answer.status_code, answer.json()["state"]) == (200, "recalled")
    assert handoff_of(handoff.lead).rep == other
