"""A handoff is taken back: from lane 1 to nurture, from lane 2 to whoever passed it on; one, or many."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config import audit, sweep
from handoff import desk
from handoff.models import Handoff, QueueMember
from handoff.refusals import Conflict, DeskRefused, NotYours
from leads import roles, stages
from leads.models import Involvement, Task, User
from tests.people import NOW, accepted, fresh, handoff_of, new_lead, offered, promoted

JST = ZoneInfo("Asia/Tokyo")
MINUTES = NOW + timedelta(minutes=5)


@pytest.fixture
def hana(house):
    return User.objects.create_user("hana@example.com", roles=[roles.MARKETER], side=roles.MARKETING)


# ── lane 1 ───────────────────────────────────────────────────────────────────


def test_marketing_withdraws_with_reason_and_next_step(house, hana):
    handoff = offered(new_lead())
    ended = desk.recall(handoff, by=hana, now=MINUTES, reason="too_early", wake_on=date(2027, 1, 5))
    lead = fresh(handoff.lead)
    assert (ended.state, ended.end_cause, ended.reason) == ("recalled", "withdrawn", "too_early")
    assert (lead.stage, lead.wake_at, lead.owner) == (stages.MAL, datetime(2027, 1, 5, tzinfo=JST), None)
    assert handoff.clocks.get(kind="accept").state == "cancelled"
    assert not Task.objects.filter(lead=lead).exists()  # nobody of sales waits for a reply
    sweep.until_done(now=MINUTES)
    assert list(audit.run(now=MINUTES)) == []


def test_what_waits_for_a_person_can_be_withdrawn(house, hana):
    QueueMember.objects.update(is_active=False)
    handoff = offered(new_lead())
    assert handoff.state == "waiting"
    assert desk.recall(handoff, by=hana, now=MINUTES, reason="too_early").state == "recalled"


def test_an_accepted_one_is_a_managers_to_take(house, hana):
    handoff = accepted(new_lead())
    with pytest.raises(NotYours):
        desk.recall(handoff, by=hana, now=MINUTES, reason="too_early")
    desk.recall(handoff, by=house.suzuki, now=MINUTES, reason="too_early")
    assert fresh(handoff.lead).stage == stages.MAL


def test_a_rep_sends_back_instead(house):
    handoff = offered(new_lead())
    with pytest.raises(NotYours):
        desk.recall(handoff, by=handoff.rep, now=MINUTES, reason="too_early")


def test_somebody_was_quicker(house, hana):
    handoff = offered(new_lead())
    desk.accept(handoff, by=handoff.rep, now=NOW)
    with pytest.raises(Conflict) as quick:
        desk.recall(handoff, by=hana, now=MINUTES, reason="too_early", version=handoff.version)
    assert quick.value.by == handoff.rep


@pytest.mark.parametrize(
    "said, code, field",
    [
        ({"reason": ""}, "required", "reason"),
        ({"reason": "made-up"}, "unknown_reason", "reason"),
        ({"reason": "too_early", "next_step": "pass_on"}, "unknown_choice", "next_step"),
    ],
)
def test_a_reason_and_a_step_that_exist(house, hana, said, code, field):
    with pytest.raises(DeskRefused) as no:
        desk.recall(offered(new_lead()), by=hana, now=MINUTES, **said)
    assert (no.value.code, no.value.field) == (code, field)


# ── lane 2 ───────────────────────────────────────────────────────────────────


def test_from_lane_2_it_goes_back_to_its_inside_owner(house, hana):
    lead = new_lead()
    passed = promoted(lead, house)
    inside = Handoff.objects.get(lead=lead, state="promoted")
    stage = fresh(lead).stage
    desk.recall(passed, by=hana, now=MINUTES, reason="too_early", note="先方から延期の連絡")
    new = handoff_of(lead)
    assert (new.state, new.lane, new.rep, new.queue) == ("accepted", 1, inside.rep, inside.queue)
    assert (new.previous_id, new.note) == (passed.pk, "先方から延期の連絡")
    assert not new.clocks.exists()
    assert (fresh(lead).stage, fresh(lead).owner) == (stage, inside.rep)
    assert fresh(lead).next_due_at > MINUTES
    sweep.until_done(now=MINUTES)
    assert list(audit.run(now=MINUTES)) == []


def test_accepted_in_lane_2_the_supporter_owns_it_again(house):
    lead = new_lead()
    desk.accept(promoted(lead, house), by=house.tanaka, now=NOW)
    inside = Handoff.objects.get(lead=lead, state="promoted").rep
    with pytest.raises(NotYours):
        desk.recall(handoff_of(lead), by=house.tanaka, now=MINUTES, reason="too_early")
    desk.recall(handoff_of(lead), by=house.suzuki, now=MINUTES, reason="too_early")
    assert fresh(lead).owner == inside
    assert not Involvement.objects.filter(lead=lead, user=inside, kind="supporter").exists()
    assert Involvement.objects.filter(lead=lead, user=house.tanaka, kind="handler").exists()
    sweep.until_done(now=MINUTES)
    assert list(audit.run(now=MINUTES)) == []


def test_its_inside_owner_may_take_it_back_until_accepted(house):
    lead = new_lead()
    passed = promoted(lead, house)
    inside = Handoff.objects.get(lead=lead, state="promoted").rep
    desk.recall(passed, by=inside, now=MINUTES, reason="too_early")
    assert handoff_of(lead).rep == inside


def test_who_is_gone_gets_nothing_back(house, hana):
    lead = new_lead()
    passed = promoted(lead, house)
    inside = Handoff.objects.get(lead=lead, state="promoted").rep
    User.objects.filter(pk=inside.pk).update(is_active=False)
    desk.recall(passed, by=hana, now=MINUTES, reason="too_early")
    new = handoff_of(lead)
    assert (new.state, new.lane, fresh(lead).owner) == ("waiting", 1, None)
    desk.route([new.pk], now=MINUTES)
    assert handoff_of(lead).rep not in (None, inside)
    sweep.until_done(now=MINUTES)
    assert list(audit.run(now=MINUTES)) == []


# ── many ─────────────────────────────────────────────────────────────────────


def test_each_of_many_for_itself(house, hana):
    first, second, third = (offered(new_lead()) for _ in range(3))
    desk.accept(second, by=second.rep, now=NOW)
    done, refused = desk.recall_many(
        [first, second, third], by=hana, now=MINUTES, reason="other", note="展示会の名簿の誤り"
    )
    assert [one.pk for one in done] == [first.pk, third.pk]
    assert [(one.pk, type(why)) for one, why in refused] == [(second.pk, NotYours)]
    assert fresh(second.lead).stage == stages.SAL
    sweep.until_done(now=MINUTES)
    assert list(audit.run(now=MINUTES)) == []


# ── pages and API ────────────────────────────────────────────────────────────


def test_one_on_its_page(house, browser_of, frozen, hana):
    handoff = offered(new_lead())
    where = f"/handoffs/{handoff.pk}/recall"
    assert where in browser_of(hana).get(f"/leads/{handoff.lead_id}").content.decode()
    assert browser_of(hana).get(where).status_code == 200
    assert browser_of(hana).post(where, {"version": handoff.version}).status_code == 422
    old = {"version": handoff.version - 1, "reason": "too_early"}
    assert browser_of(hana).post(where, old).status_code == 409
    browser_of(hana).post(where, {"version": handoff.version, "reason": "too_early"})
    assert fresh(handoff.lead).stage == stages.MAL
    assert browser_of(hana).get(where).status_code == 403


def test_many_on_one_page(house, browser_of, frozen, hana):
    chosen, left = offered(new_lead()), offered(new_lead())
    assert browser_of(hana).get("/handoffs/recall").status_code == 200
    nothing = browser_of(hana).post("/handoffs/recall", {"version": 0, "reason": "too_early"})
    assert nothing.status_code == 422
    said = {"version": 0, "reason": "too_early", "handoff": [chosen.pk, "x", 10**30]}
    assert browser_of(hana).post("/handoffs/recall", said).status_code == 302
    assert (fresh(chosen.lead).stage, fresh(left.lead).stage) == (stages.MAL, stages.MQL)
    assert browser_of(house.sato).get("/handoffs/recall").status_code == 403


def test_by_the_api(house, api_of, hana):
    handoff = offered(new_lead())
    where = f"/api/v1/handoffs/{handoff.pk}/recall/"
    assert api_of(handoff.rep).post(where, {"reason": "too_early"}, format="json").status_code == 403
    said = {"reason": "too_early", "version": handoff.version}
    assert api_of(hana).post(where, {}, format="json").status_code == 400
    answer = api_of(hana).post(where, said, format="json")
    assert (answer.status_code, answer.json()["state"]) == (200, "recalled")
    assert api_of(hana).post(where, said, format="json").status_code == 409


def test_nurture_is_paused_while_sales_has_it(house, api_of, browser_of):
    handoff = offered(new_lead())
    where = f"/api/v1/leads/{handoff.lead_id}/"
    assert api_of(house.miura).get(where).json()["nurture_paused"] is True
    desk.recall(handoff, by=house.miura, now=MINUTES, reason="too_early")
    assert api_of(house.miura).get(where).json()["nurture_paused"] is False
