"""The whole path in a real browser, by keys: a meeting, its verdict, the second lane, a proposal, won."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from handoff.models import Handoff
from leads import stages
from leads.models import Meeting, Opportunity
from tests.browser.test_queue import press
from tests.people import fresh


@pytest.mark.parametrize("locale", ["ja-JP", "en-GB"])
def test_from_a_meeting_to_won(world: Any, visit: Any, locale: str) -> None:
    sato, tanaka = world.house.sato, world.house.tanaka
    for user in (sato, tanaka):
        user.language = locale[:2]
        user.save()
    first = world.offers_of(sato)[0]
    lead = first.lead
    inside = visit(sato, locale=locale)
    inside.goto(f"/queue/{first.pk}")
    press(inside, "a")
    expect(inside.locator("#said")).to_be_visible()

    # a contact that set a meeting leads to the form that books it
    inside.goto(f"/queue/{first.pk}")
    press(inside, "c")
    expect(inside.locator("form.sendback")).to_be_visible()
    inside.check("input[name=result][value=meeting_set]")
    press(inside, "Enter")
    inside.wait_for_url(f"**/leads/{lead.pk}/meetings/new**")
    inside.locator("form.sheet button.main").click()
    inside.wait_for_url(f"**/queue/{first.pk}")
    assert Meeting.objects.get().lead == lead

    # passed on, accepted in the second lane
    press(inside, "p")
    inside.wait_for_url("**/promote**")
    inside.locator(f"input[name=to][value='user:{tanaka.pk}']").check()
    inside.fill("#id_note", "林様が決裁者です")
    inside.locator("form.sheet button.main").click()
    inside.wait_for_url(f"**/queue/{first.pk}")
    second = Handoff.objects.get(lead=lead, lane=2)
    assert (second.state, second.rep) == (Handoff.OFFERED, tanaka)
    field = visit(tanaka, locale=locale)
    field.goto(f"/queue/{second.pk}")
    press(field, "a")
    expect(field.locator("#said")).to_be_visible()
    assert fresh(lead).owner == tanaka

    # the meeting takes place; one tap says what it was worth, and the inside rep reads it
    over = world.now - timedelta(minutes=5)
    Meeting.objects.update(starts_at=over - timedelta(hours=1), ends_at=over)
    field.goto("/queue")
    expect(field.locator(".asked")).to_have_count(1)
    press(field, "v")
    expect(field.locator(".asked")).to_have_count(0)
    assert Meeting.objects.get().verdict == "valid"
    inside.goto(f"/leads/{lead.pk}")
    expect(inside.locator("#meetings")).to_contain_text(tanaka.name)

    # worth a proposal, its figures, won
    field.goto(f"/queue/{second.pk}")
    press(field, "w")
    expect(field.locator("a[data-key=w]")).to_be_visible()
    assert fresh(lead).stage == stages.SQL
    press(field, "w")
    field.wait_for_url(f"**/leads/{lead.pk}/opportunity")
    field.fill("#id_amount", "12,000,000")
    field.fill("#id_expected_close", (world.now + timedelta(days=60)).date().isoformat())
    field.press("#id_amount", "Enter")
    field.wait_for_url(f"**/leads/{lead.pk}")
    one = Opportunity.objects.get()
    assert (one.amount, one.owner, fresh(lead).stage) == (12_000_000, tanaka, stages.OPPORTUNITY)
    expect(field.locator("#opportunity")).to_contain_text(
        "12,000,000円" if locale == "ja-JP" else "¥12,000,000"
    )
    press(field, "w")
    field.wait_for_url("**/close")
    press(field, "w")
    press(field, "Enter")
    field.wait_for_url(f"**/leads/{lead.pk}")
    assert fresh(lead).outcome == stages.WON
    assert fresh(lead).company.relation == "customer"


def test_lost_shows_its_reasons_and_nothing_else(world: Any, visit: Any) -> None:
    from tests.people import new_lead, proposed

    one = proposed(
        new_lead(now=world.now - timedelta(days=2)), world.house, now=world.now - timedelta(days=1)
    )
    page = visit(world.house.tanaka, locale="en-GB")
    page.goto(f"/opportunities/{one.pk}/close")
    press(page, "w")
    expect(page.locator("#id_reason")).to_be_hidden()
    press(page, "l")
    expect(page.locator("#id_reason")).to_be_visible()
    press(page, "4")  # chose a competitor
    press(page, "Enter")
    expect(page.locator(".errors")).to_be_focused()
    page.fill("#id_competitor", "白波ソフト")
    page.press("#id_competitor", "Enter")
    page.wait_for_url(f"**/leads/{one.lead_id}")
    closed = Opportunity.objects.get(pk=one.pk)
    assert (closed.outcome, closed.reason, closed.competitor) == ("lost", "competitor", "白波ソフト")
