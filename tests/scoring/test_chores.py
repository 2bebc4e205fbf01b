"""What the definition asks of people: once per cause, in time, to the right side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leads import intake, stages
from leads.models import Company, Task
from scoring import chores
from tests.people import NOW, fresh, lead_at, new_lead, react, rescore

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def tasks(lead, kind):
    return list(Task.objects.filter(lead=lead, kind=kind).order_by("pk"))


def incomplete(lead):
    return tasks(lead, Task.INCOMPLETE_HAND_RAISER)


def told(lead):
    return tasks(lead, Task.CUSTOMER_REACTED)


# A hand-raiser who cannot be handed over


def test_a_hand_raiser_without_a_phone_is_never_left_lying(house):
    lead = new_lead(phone="")
    asked = react(lead, "demo_request")
    lead = rescore(lead)
    [task] = incomplete(lead)
    assert lead.stage == stages.MAL
    assert (task.side, task.assignee, task.done_at) == ("marketing", None, None)
    assert task.detail == {"activity": asked.pk, "type": "demo_request"}
    # Tuesday 10:42 in Tokyo and one business day (8 h with a lunch break): Wednesday 10:42.
    assert task.due_at == datetime(2026, 11, 25, 1, 42, tzinfo=UTC)


def test_one_business_day_passes_over_the_weekend(house):
    friday = datetime(2026, 11, 27, 8, 30, tzinfo=UTC)  # 17:30 in Tokyo
    assert chores.next_business_day(friday) == datetime(2026, 11, 30, 8, 30, tzinfo=UTC)


def test_without_a_calendar_a_day_is_a_day(db):
    assert chores.next_business_day(NOW) == NOW + DAY


def test_what_else_they_do_asks_no_second_time(house):
    lead = new_lead(phone="")
    react(lead, "demo_request")
    rescore(lead)
    react(lead, "pricing_view", at=NOW + MINUTE)
    rescore(lead, now=NOW + MINUTE)
    react(lead, "demo_request", at=NOW + 2 * MINUTE)
    rescore(lead, now=NOW + 2 * MINUTE)
    assert len(incomplete(lead)) == 1


def test_after_it_is_done_only_a_new_hand_asks_again(house):
    lead = new_lead(phone="")
    react(lead, "demo_request")
    rescore(lead)
    Task.objects.update(done_at=NOW)
    react(lead, "pricing_view", at=NOW + MINUTE)
    rescore(lead, now=NOW + MINUTE)
    assert len(incomplete(lead)) == 1
    react(lead, "demo_request", at=NOW + 2 * MINUTE)
    rescore(lead, now=NOW + 2 * MINUTE)
    assert len(incomplete(lead)) == 2


def test_the_task_is_settled_when_the_lead_goes_to_sales(house):
    lead = new_lead(phone="")
    react(lead, "demo_request")
    rescore(lead)
    intake.edit(lead, {"phone": "03-1234-5678"}, by=house.miura, now=NOW + MINUTE)
    lead = rescore(lead, now=NOW + MINUTE)
    assert lead.stage == stages.MQL
    assert [task.done_at for task in incomplete(lead)] == [NOW + MINUTE]


def test_points_without_a_phone_ask_nothing(house):
    """Only a raised hand is urgent; a phone for all others is marketing's ordinary work."""
    lead = new_lead(phone="", department="情報システム部")
    react(lead, "webinar_attended")
    react(lead, "document_download")
    lead = rescore(lead)
    assert (lead.stage, incomplete(lead)) == (stages.MAL, [])


def test_an_excluded_hand_raiser_asks_nothing(house):
    lead = new_lead(phone="", company={"name": "競合", "relation": "competitor"})
    react(lead, "demo_request")
    lead = rescore(lead)
    assert (lead.stage, incomplete(lead)) == (stages.LEAD, [])


# A customer


@pytest.fixture
def customer(house):
    lead = new_lead(company={"name": "お得意様", "relation": "customer"})
    Company.objects.filter(pk=lead.company_id).update(owner=house.tanaka)
    return fresh(lead)


def test_a_customer_who_asks_is_told_to_the_owner_of_the_account(customer, house):
    react(customer, "demo_request")
    lead = rescore(customer)
    [task] = told(lead)
    assert lead.stage == stages.LEAD  # never into lane 1
    assert (task.side, task.assignee) == ("sales", house.tanaka)
    assert task.due_at == datetime(2026, 11, 25, 1, 42, tzinfo=UTC)


def test_any_reaction_is_told(customer):
    react(customer, "email_open")  # without points
    [task] = told(rescore(customer))
    assert task.detail["type"] == "email_open"


@pytest.mark.parametrize("kind", ["note", "email_sent"])
def test_what_we_do_is_not_told(customer, kind):
    react(customer, kind)
    assert told(rescore(customer)) == []


def test_more_of_the_same_is_one_task(customer):
    for minutes in range(3):
        react(customer, "pricing_view", at=NOW + minutes * MINUTE)
        rescore(customer, now=NOW + minutes * MINUTE)
    assert len(told(customer)) == 1


def test_after_it_is_done_the_next_reaction_is_told(customer):
    react(customer, "pricing_view")
    rescore(customer)
    Task.objects.update(done_at=NOW)
    rescore(customer, now=NOW + MINUTE)
    assert len(told(customer)) == 1
    react(customer, "pricing_view", at=NOW + 2 * MINUTE)
    rescore(customer, now=NOW + 2 * MINUTE)
    assert len(told(customer)) == 2


@pytest.mark.parametrize(("age", "count"), [(14 * DAY - MINUTE, 1), (14 * DAY, 0)])
def test_old_reactions_are_no_news(customer, age, count):
    react(customer, "demo_request", at=NOW - age, now=NOW)
    assert len(told(rescore(customer))) == count


def test_an_account_without_an_owner_is_the_leads_owners(house):
    lead = new_lead(company={"name": "お得意様", "relation": "customer"}, owner=house.sato)
    react(lead, "demo_request")
    assert [task.assignee for task in told(rescore(lead))] == [house.sato]


def test_whom_sales_has_in_hand_they_see_anyway(house):
    lead = lead_at(stages.SAL, house)
    company = {"name": lead.company.name, "relation": "customer"}
    intake.edit(lead, {"company": company}, by=None, now=NOW + MINUTE)
    react(lead, "demo_request", at=NOW + MINUTE)
    lead = rescore(lead, now=NOW + MINUTE)
    assert (lead.stage, told(lead)) == (stages.SAL, [])
