"""Opportunities: opened by the owner, won or lost once, reopened with a reason (PRODUCT 3)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import connection, connections

from config import audit, sweep
from handoff import desk
from handoff.models import Handoff
from handoff.refusals import DeskRefused, NotYours
from leads import lifecycle, opportunities, pipeline, stages
from leads.models import Activity, Lead, Opportunity, Task
from leads.refusals import Quicker, Refused
from tests.people import (
    NOW,
    accepted,
    fresh,
    handoff_of,
    lead_at,
    met,
    new_lead,
    promoted,
    proposed,
    react,
    rescore,
)

LATER = NOW + timedelta(hours=1)
CLOSES = date(2027, 1, 29)
MILLION = Decimal(1_000_000)


def code_of(act, *args, **wish):
    with pytest.raises(Refused) as no:
        act(*args, **wish)
    return no.value.code, no.value.field


def violations(now=LATER):
    sweep.until_done(now=now)
    return list(audit.run(now=now))


def tokyo_end_of(day):
    return datetime(day.year, day.month, day.day, 15, 0, tzinfo=UTC)


@pytest.fixture
def qualified(house):
    return lead_at(stages.SQL, house)


@pytest.fixture
def opened(house):
    return proposed(new_lead(), house)


# ── opened ───────────────────────────────────────────────────────────────────


def test_its_owner_opens_it_and_the_handoff_is_completed(house, qualified):
    one = desk.open_opportunity(
        qualified, by=qualified.owner, now=LATER, amount=MILLION, expected_close=CLOSES
    )
    lead, handoff = fresh(qualified), handoff_of(qualified)
    assert (lead.stage, lead.outcome, lead.owner) == (stages.OPPORTUNITY, None, one.owner)
    assert (handoff.state, handoff.ended_at) == (Handoff.COMPLETED, LATER)
    assert (lead.next_side, lead.next_actor, lead.next_due_at) == ("sales", one.owner, tokyo_end_of(CLOSES))
    assert (one.currency, one.opened_by, one.opened_at, one.version) == ("JPY", qualified.owner, LATER, 1)
    assert violations() == []


def test_the_next_step_comes_before_the_expected_close(house, opened):
    step = date(2026, 12, 4)
    desk.change_opportunity(opened, by=house.tanaka, now=LATER, next_step_on=step)
    assert fresh(opened.lead).next_due_at == tokyo_end_of(step)
    desk.change_opportunity(
        opened, by=house.tanaka, now=LATER, next_step_on=None, expected_close=date(2027, 2, 1)
    )
    assert fresh(opened.lead).next_due_at == tokyo_end_of(date(2027, 2, 1))
    assert violations() == []


def test_from_accepted_the_passed_stage_is_implied(house):
    lead = lead_at(stages.SAL, house)
    desk.open_opportunity(lead, by=lead.owner, now=LATER, amount=MILLION, expected_close=CLOSES)
    steps = [(one.end, one.implied) for one in lead.transitions.order_by("version")][-2:]
    assert steps == [("sql", True), ("opportunity", False)]


def test_only_one_is_open(house, opened):
    with pytest.raises(Quicker) as quick:
        desk.open_opportunity(opened.lead, by=house.tanaka, now=LATER, amount=MILLION, expected_close=CLOSES)
    assert (quick.value.by, quick.value.at, quick.value.state) == (house.tanaka, NOW, "opportunity")


@pytest.mark.parametrize(
    ("figures", "code"),
    [
        ({"amount": Decimal(-1)}, ("not_an_amount", "amount")),
        ({"amount": Decimal("NaN")}, ("not_an_amount", "amount")),
        ({"amount": Decimal(10) ** 13}, ("too_large", "amount")),
        ({"currency": "yen"}, ("unknown_currency", "currency")),
        ({"expected_close": date(2026, 11, 23)}, ("day_gone_by", "expected_close")),
        ({"expected_close": date(2036, 12, 31)}, ("too_far", "expected_close")),
        ({"next_step_on": date(2026, 11, 23)}, ("day_gone_by", "next_step_on")),
    ],
)
def test_figures_that_cannot_be(house, qualified, figures, code):
    wish = {"amount": MILLION, "expected_close": CLOSES} | figures
    assert code_of(desk.open_opportunity, qualified, by=qualified.owner, now=NOW, **wish) == code
    assert fresh(qualified).stage == stages.SQL and not Opportunity.objects.exists()


def test_today_is_the_earliest_day(house, qualified):
    today = date(2026, 11, 24)
    desk.open_opportunity(qualified, by=qualified.owner, now=NOW, amount=Decimal(0), expected_close=today)


def test_who_may_open_and_what_must_be_answered_first(house, kato, qualified):
    wish = {"now": LATER, "amount": MILLION, "expected_close": CLOSES}
    for somebody in (kato, house.tanaka, house.miura):
        with pytest.raises(NotYours):
            desk.open_opportunity(qualified, by=somebody, **wish)
    waiting = promoted(new_lead(), house)
    inside = fresh(waiting.lead).owner
    with pytest.raises(DeskRefused) as no:
        desk.open_opportunity(waiting.lead, by=inside, **wish)
    assert no.value.code == "answer_the_handoff"
    with pytest.raises(stages.StageRefused):
        desk.open_opportunity(lead_at(stages.MAL, house), by=house.suzuki, **wish)
    desk.open_opportunity(qualified, by=house.suzuki, **wish)


def test_another_owner_has_the_lead_too(house, opened):
    desk.change_opportunity(opened, by=house.takahashi, now=LATER, owner=house.yamada)
    lead = fresh(opened.lead)
    assert (lead.owner, lead.next_actor) == (house.yamada, house.yamada)
    assert lead in Lead.objects.visible_to(house.tanaka)  # handled it
    assert violations() == []


def test_what_changed_is_written_down_and_an_older_version_is_late(house, opened):
    desk.change_opportunity(opened, by=house.takahashi, now=LATER, amount=MILLION, version=1)
    change = opened.lead.changes.get(field="opportunity.amount")
    assert (change.old, change.new, change.changed_by) == (12_000_000, 1_000_000, house.takahashi)
    with pytest.raises(Quicker) as quick:
        desk.change_opportunity(opened, by=house.tanaka, now=LATER, amount=MILLION * 2, version=1)
    assert (quick.value.by, quick.value.at, quick.value.version) == (house.takahashi, LATER, 2)


# ── won and lost ─────────────────────────────────────────────────────────────


def test_won(house, opened):
    won = desk.close_opportunity(opened, by=house.tanaka, now=LATER, outcome="won", amount=MILLION * 11)
    lead = fresh(opened.lead)
    assert (lead.stage, lead.outcome, lead.next_side, lead.next_due_at) == ("opportunity", "won", "", None)
    assert (won.outcome, won.closed_at, won.closed_by, won.amount) == (
        "won",
        LATER,
        house.tanaka,
        MILLION * 11,
    )
    assert (lead.company.relation, lead.company.owner) == ("customer", house.tanaka)
    assert violations() == []


def test_lost_says_why(house, opened):
    wish = {"by": house.tanaka, "now": LATER, "outcome": "lost"}
    assert code_of(desk.close_opportunity, opened, **wish) == ("required", "reason")
    assert code_of(desk.close_opportunity, opened, **wish, reason="weather") == ("unknown_reason", "reason")
    assert code_of(desk.close_opportunity, opened, **wish, reason="competitor") == (
        "competitor_required", "competitor",
    )  # fmt: skip
    lost = desk.close_opportunity(opened, **wish, reason="competitor", competitor="白波ソフト")
    lead = fresh(opened.lead)
    assert (lost.reason, lost.competitor, lead.outcome, lead.company.relation) == (
        "competitor", "白波ソフト", "lost", "prospect",
    )  # fmt: skip
    assert violations() == []


def test_a_partner_stays_a_partner_and_an_account_its_owners(house):
    one = proposed(new_lead(company={"name": "組合", "relation": "partner"}), house)
    company = one.lead.company
    company.owner = house.yamada
    company.save()
    desk.close_opportunity(one, by=house.tanaka, now=LATER, outcome="won")
    company.refresh_from_db()
    assert (company.relation, company.owner) == ("partner", house.yamada)


def test_the_first_to_close_decides(house, opened):
    desk.close_opportunity(opened, by=house.tanaka, now=LATER, outcome="won")
    with pytest.raises(Quicker) as quick:
        desk.close_opportunity(opened, by=house.takahashi, now=LATER, outcome="lost", reason="budget")
    assert (quick.value.by, quick.value.at, quick.value.state) == (house.tanaka, LATER, "won")
    with pytest.raises(Quicker):
        desk.change_opportunity(opened, by=house.tanaka, now=LATER, amount=MILLION)


def test_who_may_close(house, kato, opened):
    inside = opened.lead.handoffs.get(lane=1).rep
    for somebody in (kato, inside, house.yamada, house.miura):
        with pytest.raises(NotYours):
            desk.close_opportunity(opened, by=somebody, now=LATER, outcome="won")
    desk.close_opportunity(opened, by=house.takahashi, now=LATER, outcome="won")


# ── and afterwards ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(("outcome", "reason"), [("won", ""), ("lost", "budget")])
def test_reopened_with_a_reason_it_goes_on(house, opened, outcome, reason):
    desk.close_opportunity(opened, by=house.tanaka, now=LATER, outcome=outcome, reason=reason)
    lead = fresh(opened.lead)
    assert code_of(desk.reopen, lead, by=house.tanaka, now=LATER, reason=" ") == ("required", "reason")
    with pytest.raises(NotYours):
        desk.reopen(lead, by=house.yamada, now=LATER, reason="復活")
    again = desk.reopen(lead, by=house.tanaka, now=LATER, reason="予算が付いた")
    one = Opportunity.objects.get(lead=again)
    assert (again.outcome, one.outcome, one.closed_at, one.reason) == (None, None, None, "")
    assert (again.next_actor, again.next_due_at) == (house.tanaka, tokyo_end_of(CLOSES))
    note = Activity.objects.get(lead=again, type="note")
    assert (note.data["note"], note.data["was"]["outcome"], note.data["was"]["reason"]) == (
        "予算が付いた", outcome, reason,
    )  # fmt: skip
    assert violations() == []


def test_long_after_its_day_the_owner_says_today_how_it_goes_on(house, opened):
    desk.close_opportunity(opened, by=house.tanaka, now=LATER, outcome="lost", reason="budget")
    much_later = NOW + timedelta(days=100)
    lead = desk.reopen(fresh(opened.lead), by=house.tanaka, now=much_later, reason="予算が付いた")
    assert lead.next_due_at == tokyo_end_of(date(2027, 3, 4))


def test_there_is_nothing_to_reopen(house, opened):
    assert (
        code_of(opportunities.reopen, opened.lead, by=house.tanaka, now=LATER, reason="x")[0] == "not_closed"
    )


def test_lost_goes_back_to_nurture_and_history_keeps_it(house, opened):
    desk.close_opportunity(opened, by=house.tanaka, now=LATER, outcome="lost", reason="timing")
    lead = desk.recycle(fresh(opened.lead), by=house.tanaka, now=LATER, reason="too_early")
    assert (lead.stage, lead.outcome) == (stages.MAL, None)
    assert Opportunity.objects.get(lead=lead).outcome == "lost"
    assert violations() == []


def test_won_stays(house, opened):
    desk.close_opportunity(opened, by=house.tanaka, now=LATER, outcome="won")
    with pytest.raises(stages.StageRefused):
        desk.recycle(fresh(opened.lead), by=house.tanaka, now=LATER, reason="too_early")


@pytest.mark.parametrize("how", ["recycle", "disqualify"])
def test_a_lead_taken_back_takes_its_open_one_along(house, opened, how):
    door, reason = {"recycle": (desk.recycle, "too_early"), "disqualify": (desk.disqualify, "left")}[how]
    door(fresh(opened.lead), by=house.tanaka, now=LATER, reason=reason)
    one = Opportunity.objects.get(pk=opened.pk)
    assert (one.outcome, one.reason, one.closed_at, one.closed_by) == ("lost", reason, LATER, house.tanaka)
    assert violations() == []


# ── leads that came there without one ────────────────────────────────────────


def test_an_import_at_the_stage_makes_one(house):
    lead = new_lead(owner=house.tanaka)
    lifecycle.move(lead, to=stages.OPPORTUNITY, cause=stages.IMPORT, now=NOW)
    one = Opportunity.objects.get(lead=lead)
    assert (one.amount, one.owner, one.expected_close) == (0, house.tanaka, date(2027, 2, 22))
    assert handoff_of(lead).state == Handoff.COMPLETED
    assert lead in Lead.objects.visible_to(house.takahashi)  # whose team it is
    assert violations() == []


def test_without_an_owner_the_field_teams_lead_takes_it_on(house):
    lead = new_lead()
    lifecycle.move(lead, to=stages.OPPORTUNITY, cause=stages.IMPORT, now=NOW)
    assert fresh(lead).owner == house.takahashi
    assert violations() == []


def test_one_that_came_before_anybody_worked_here_is_mended_by_the_sweep(db):
    from tests.people import open_house

    lead = new_lead()
    lifecycle.move(lead, to=stages.OPPORTUNITY, cause=stages.IMPORT, now=NOW)
    assert pipeline.due(now=NOW) == [] and violations() == []
    open_house()
    assert pipeline.due(now=LATER) == [lead.pk]
    assert "opportunities_keep_step" in {one["check"] for one in audit.run(now=LATER)}
    assert violations() == []
    assert Opportunity.objects.filter(lead=lead, outcome=None).count() == 1


# ── a customer's reactions ───────────────────────────────────────────────────


def test_what_a_customer_does_is_told_to_the_account_owner_and_never_offered(house, opened):
    desk.close_opportunity(opened, by=house.tanaka, now=LATER, outcome="won")
    colleague = new_lead(company={"name": opened.lead.company.name}, now=LATER)
    for lead in (opened.lead, colleague):
        react(lead, "demo_request", at=LATER)
        rescore(lead, now=LATER)
        task = Task.objects.get(lead=lead, kind=Task.CUSTOMER_REACTED)
        assert (task.assignee, task.side, task.due_at > LATER) == (house.tanaka, "sales", True)
        assert not Handoff.objects.open().filter(lead=lead).exists()
    assert fresh(colleague).stage == stages.LEAD
    assert violations() == []


def test_who_bought_is_a_customer_whatever_the_playbook_excludes(house):
    one = proposed(new_lead(company={"name": "組合", "relation": "partner"}), house)
    desk.close_opportunity(one, by=house.tanaka, now=LATER, outcome="won")
    react(one.lead, "demo_request", at=LATER)
    rescore(one.lead, now=LATER)
    assert Task.objects.get(lead=one.lead).assignee == house.tanaka


# ── two at once ──────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_of_two_who_close_at_once_one_wins():
    from tests.people import open_house

    house = open_house()
    opened = proposed(new_lead(), house)
    start, ends = Barrier(2), []

    def close(by, **how):
        try:
            start.wait()
            ends.append(desk.close_opportunity(opened, by=by, now=LATER, **how).outcome)
        except Quicker as quick:
            ends.append(quick)
        finally:
            connections.close_all()

    threads = [
        Thread(target=close, args=(house.tanaka,), kwargs={"outcome": "won"}),
        Thread(target=close, args=(house.takahashi,), kwargs={"outcome": "lost", "reason": "price"}),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [lost] = [one for one in ends if isinstance(one, Quicker)]
    one = Opportunity.objects.get()
    assert (lost.by, lost.at, lost.state) == (one.closed_by, LATER, one.outcome)
    assert fresh(opened.lead).outcome == one.outcome


def test_a_meeting_held_does_not_stand_in_the_way(house):
    handoff = accepted(new_lead())
    met(handoff.lead, handoff.rep)
    desk.open_opportunity(handoff.lead, by=handoff.rep, now=LATER, amount=MILLION, expected_close=CLOSES)
    met(handoff.lead, handoff.rep, at=NOW + timedelta(days=9))
    assert handoff.lead.meetings.count() == 2
