"""Tasks are answered once, on marketing's clock; what waited comes back; questions get their answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config import audit, sweep
from handoff import desk
from handoff.models import Clock
from handoff.refusals import Conflict, DeskRefused, NotYours
from leads import roles, stages
from leads.models import Task, User
from leads.refusals import Quicker
from tests.people import NOW, accepted, fresh, handoff_of, lead_at, new_lead, offered, react, rescore

HOUR = timedelta(hours=1)
LATE = NOW + timedelta(days=3)


@pytest.fixture
def hana(house):
    """A marketer beside Miura."""
    return User.objects.create_user("hana@example.com", roles=[roles.MARKETER], side=roles.MARKETING)


@pytest.fixture
def held(house):
    return accepted(new_lead())


def back(handoff, **wish):
    return desk.send_back(handoff, by=handoff.rep, now=NOW, **wish)


def task_of(lead, **more):
    return Task.objects.get(lead=lead, **more)


# ── a send-back asks for a reply ─────────────────────────────────────────────


def test_marketing_owes_a_reply_by_the_policy(house, held):
    back(held, reason="too_early", note="来期の予算で")
    task = task_of(held.lead)
    assert (task.kind, task.text, task.side) == ("sent_back", "来期の予算で", "marketing")
    assert task.clock.due_at == task.due_at == NOW + timedelta(days=2)
    assert task.detail == {"reason": "too_early", "handoff": held.pk}


def test_whoever_handed_it_over_by_hand_is_asked_by_name(house, hana):
    lead = new_lead()
    desk.move(lead, to=stages.MQL, by=hana, now=NOW, note="展示会で話した")
    desk.route([handoff_of(lead).pk], now=NOW)
    back(handoff_of(lead), reason="too_early")
    assert task_of(lead).assignee == hana


def test_a_policy_without_answer_asks_for_none(house):
    handoff = accepted(new_lead())
    handoff.policy.body = {name: said for name, said in handoff.policy.body.items() if name != "answer"}
    handoff.policy.save(update_fields=["body"])
    back(handoff, reason="too_early")
    assert not Task.objects.filter(lead=handoff.lead).exists()


@pytest.mark.parametrize("moment, state", [(NOW + timedelta(days=2), "met"), (LATE, "met_late")])
def test_a_reply_meets_the_clock(house, held, moment, state):
    back(held, reason="too_early")
    task = desk.answer_task(task_of(held.lead), by=house.miura, now=moment, outcome="monthly")
    assert (task.done_at, task.done_by, task.outcome) == (moment, house.miura, "monthly")
    assert Clock.objects.get(task=task).state == state
    assert fresh(held.lead).stage == stages.MAL  # it waits for its date
    assert [one for one in audit.run(now=moment) if "clock" in one] == []


# ── answered once, by whose answer it is ─────────────────────────────────────


def test_the_second_answer_hears_who_was_quicker(house, held, hana):
    back(held, reason="too_early")
    task = task_of(held.lead)
    desk.answer_task(task, by=hana, now=NOW + HOUR, outcome="understood")
    with pytest.raises(Quicker) as quick:
        desk.answer_task(task, by=house.miura, now=NOW + 2 * HOUR, outcome="monthly")
    assert (quick.value.by, quick.value.at) == (hana, NOW + HOUR)
    assert task_of(held.lead).outcome == "understood"


def test_sales_does_not_answer_for_marketing(house, held):
    back(held, reason="too_early")
    for one in (held.rep, house.takahashi):
        with pytest.raises(NotYours):
            desk.answer_task(task_of(held.lead), by=one, now=NOW, outcome="understood")
    desk.answer_task(task_of(held.lead), by=house.suzuki, now=NOW, outcome="understood")  # admin


@pytest.mark.parametrize(
    "said, code, field",
    [
        ({}, "required", "outcome"),
        ({"outcome": "done"}, "unknown_choice", "outcome"),
        ({"outcome": "understood", "text": "x" * 2001}, "too_long", "text"),
    ],
)
def test_what_a_reply_must_say(house, held, said, code, field):
    back(held, reason="too_early")
    with pytest.raises(DeskRefused) as no:
        desk.answer_task(task_of(held.lead), by=house.miura, now=NOW, **said)
    assert (no.value.code, no.value.field) == (code, field)


# ── what a lead waits for ────────────────────────────────────────────────────


def test_done_it_is_offered_again_in_the_same_breath(house, held):
    back(held, reason="wrong_person")
    desk.answer_task(
        task_of(held.lead), by=house.miura, now=NOW + HOUR, outcome="done", text="購買部の林様です"
    )
    again = handoff_of(held.lead)
    assert (fresh(held.lead).stage, again.state, again.trigger) == (stages.MQL, "waiting", "wake")
    assert again.evidence["back"]["answer"] == "購買部の林様です"
    sweep.until_done(now=NOW + HOUR)
    assert list(audit.run(now=NOW + HOUR)) == []


def test_what_cannot_be_done_leaves_it_in_nurture_and_says_why(house, held):
    back(held, reason="wrong_person")
    wish = {"by": house.miura, "now": NOW + HOUR, "outcome": "cannot"}
    with pytest.raises(DeskRefused) as no:
        desk.answer_task(task_of(held.lead), **wish)
    assert (no.value.code, no.value.field) == ("required", "text")
    desk.answer_task(task_of(held.lead), text="会社に該当の方がいません", **wish)
    lead = fresh(held.lead)
    assert (lead.stage, lead.wake_at, lead.wake_trigger) == (stages.MAL, None, None)
    sweep.until_done(now=NOW + HOUR)
    assert list(audit.run(now=NOW + HOUR)) == []


def test_an_older_task_leaves_a_new_promise_alone(house, held):
    back(held, reason="wrong_person")
    old = task_of(held.lead)
    desk.move(fresh(held.lead), to=stages.SAL, by=house.tanaka, now=NOW + HOUR)
    desk.recycle(fresh(held.lead), by=house.suzuki, now=NOW + HOUR, reason="too_early")
    desk.answer_task(old, by=house.miura, now=NOW + 2 * HOUR, outcome="done")
    assert fresh(held.lead).stage == stages.MAL


# ── other tasks ──────────────────────────────────────────────────────────────


@pytest.fixture
def incomplete(house):
    lead = new_lead(phone="")
    react(lead, "demo_request")
    rescore(lead)
    return task_of(lead)


def test_done_and_not_done_after_all(house, incomplete):
    desk.answer_task(incomplete, by=house.miura, now=NOW + HOUR)
    assert task_of(incomplete.lead).outcome == "done"
    desk.reopen_task(incomplete, by=house.miura, now=NOW + 2 * HOUR)
    again = task_of(incomplete.lead)
    assert (again.done_at, again.done_by, again.outcome) == (None, None, "")


def test_an_answer_to_sales_stays_said(house, held):
    back(held, reason="too_early")
    desk.answer_task(task_of(held.lead), by=house.miura, now=NOW, outcome="understood")
    with pytest.raises(DeskRefused) as no:
        desk.reopen_task(task_of(held.lead), by=house.miura, now=NOW)
    assert no.value.code == "said_already"


def test_whose_tasks(house, hana, kato, incomplete):
    assert list(desk.tasks_of(hana).filter(desk.asked_of(hana))) == [incomplete]
    assert not desk.tasks_of(kato).exists()
    assert not desk.tasks_of(house.suzuki).filter(desk.asked_of(house.suzuki)).exists()
    Task.objects.filter(pk=incomplete.pk).update(assignee=house.miura)
    assert not desk.tasks_of(hana).filter(desk.asked_of(hana)).exists()
    assert desk.tasks_of(house.miura).filter(desk.asked_of(house.miura)).exists()


# ── questions ────────────────────────────────────────────────────────────────


def test_a_question_is_on_marketings_clock_and_the_lead_stays(house):
    handoff = offered(new_lead())
    task = desk.ask_marketing(handoff, by=handoff.rep, now=NOW, text="どの資料を見ましたか")
    assert (task.kind, task.text, task.asked_by) == ("question", "どの資料を見ましたか", handoff.rep)
    assert (task.clock.kind, task.clock.due_at) == ("answer", NOW + timedelta(days=2))
    assert handoff_of(handoff.lead).state == "offered"
    desk.answer_task(task, by=house.miura, now=NOW + HOUR, text="導入事例です")
    assert Clock.objects.get(task=task).state == "met"
    assert [one for one in audit.run(now=NOW) if "task" in str(one)] == []


def test_several_questions_have_several_clocks(house, held):
    for number in range(2):
        desk.ask_marketing(held, by=held.rep, now=NOW + number * HOUR, text="?")
    assert Clock.objects.filter(handoff=held, kind="answer").count() == 2


def test_who_may_ask_and_when(house, held):
    with pytest.raises(NotYours):
        desk.ask_marketing(held, by=house.miura, now=NOW, text="?")
    with pytest.raises(DeskRefused):
        desk.ask_marketing(held, by=held.rep, now=NOW, text=" ")
    back(held, reason="too_early")
    with pytest.raises(Conflict):
        desk.ask_marketing(held, by=held.rep, now=NOW, text="?")


# ── pages and API ────────────────────────────────────────────────────────────


def test_from_the_question_to_the_answer_on_the_pages(house, browser_of, frozen, held):
    def rep():
        return browser_of(held.rep)

    def miura():
        return browser_of(house.miura)

    where = f"/handoffs/{held.pk}/question"
    assert rep().get(where).status_code == 200
    assert rep().post(where, {"version": held.version, "text": ""}).status_code == 422
    rep().post(where, {"version": held.version, "text": "どの資料を見ましたか"})
    task = task_of(held.lead)
    assert "どの資料を見ましたか" in miura().get("/tasks").content.decode()
    assert f"/tasks/{task.pk}" in miura().get(f"/leads/{held.lead_id}").content.decode()
    assert f"/tasks/{task.pk}" not in rep().get(f"/leads/{held.lead_id}").content.decode()
    assert miura().post(f"/tasks/{task.pk}", {"version": 0}).status_code == 422
    miura().post(f"/tasks/{task.pk}", {"version": 0, "text": "導入事例です"})
    assert "導入事例です" in rep().get(f"/leads/{held.lead_id}").content.decode()
    assert miura().post(f"/tasks/{task.pk}", {"version": 0, "text": "x"}).status_code == 409


def test_re_offer_leads_to_the_gate(house, browser_of, frozen, held):
    back(held, reason="too_early")
    task = task_of(held.lead)
    answer = browser_of(house.miura).post(f"/tasks/{task.pk}", {"version": 0, "outcome": "re_offer"})
    assert (answer.status_code, answer["Location"]) == (302, f"/leads/{held.lead_id}/hand-over")


def test_not_done_after_all_on_the_page(house, browser_of, frozen, incomplete):
    miura = browser_of(house.miura)
    miura.post(f"/tasks/{incomplete.pk}", {"version": 0})
    assert f"/tasks/{incomplete.pk}/reopen" in miura.get("/tasks").content.decode()
    miura.post(f"/tasks/{incomplete.pk}/reopen")
    assert task_of(incomplete.lead).done_at is None


def test_a_list_of_three_costs_what_one_costs(house, browser_of, frozen, django_assert_max_num_queries):
    miura = browser_of(house.miura)
    back(accepted(new_lead()), reason="too_early")
    miura.get("/tasks")
    with django_assert_max_num_queries(8):
        miura.get("/tasks")
    for _ in range(3):
        back(accepted(new_lead()), reason="too_early")
    with django_assert_max_num_queries(8):
        miura.get("/tasks")


def test_strangers_learn_nothing(house, browser_of, kato, held):
    back(held, reason="too_early", note="秘密")
    task = task_of(held.lead)
    for page in (f"/tasks/{task.pk}", f"/handoffs/{held.pk}/question"):
        assert browser_of(kato).get(page).status_code == 404
    assert browser_of(kato).post(f"/tasks/{task.pk}/reopen").status_code == 404
    assert "秘密" not in browser_of(kato).get("/tasks").content.decode()


def test_by_the_api(house, api_of, held):
    rep, miura = api_of(held.rep), api_of(house.miura)
    where = f"/api/v1/handoffs/{held.pk}/question/"
    asked = rep.post(where, {"text": "どの資料を見ましたか"}, format="json")
    assert (asked.status_code, asked.json()["kind"]) == (201, "question")
    listed = miura.get("/api/v1/tasks/?state=open&mine=1").json()["results"]
    assert [one["id"] for one in listed] == [asked.json()["id"]]
    assert miura.get(f"/api/v1/tasks/?state=done&lead={held.lead_id}").json()["results"] == []
    assert miura.get("/api/v1/tasks/?state=maybe").status_code == 400
    answer = f"/api/v1/tasks/{asked.json()['id']}/answer/"
    assert rep.post(answer, {"text": "x"}, format="json").status_code == 403
    assert miura.post(answer, {}, format="json").json()["errors"][0]["field"] == "text"
    done = miura.post(answer, {"text": "導入事例です"}, format="json")
    assert (done.status_code, done.json()["outcome"]) == (200, "answered")
    again = miura.post(answer, {"text": "x"}, format="json")
    assert (again.status_code, again.json()["by"]["id"]) == (409, house.miura.pk)


def test_a_customers_later_reaction_is_the_owners_task(house, api_of):
    lead = lead_at(stages.MAL, house, company={"name": "既存", "relation": "customer", "industry": "x"})
    lead.company.owner = house.tanaka
    lead.company.save()
    react(lead, "demo_request", at=NOW + HOUR)
    rescore(lead, now=NOW + HOUR)
    [task] = Task.objects.filter(lead=lead, kind=Task.CUSTOMER_REACTED)
    assert list(desk.tasks_of(house.tanaka).filter(desk.asked_of(house.tanaka))) == [task]
    desk.answer_task(task, by=house.tanaka, now=NOW + 2 * HOUR)
