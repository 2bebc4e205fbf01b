"""An estimate confirmed by one key in a real browser, and the bar of answers on a phone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from handoff.models import Handoff
from tests import people
from tests.browser.waiting import SIDEWAYS, press

ONE_LINE = """() => new Set([...document.querySelectorAll(".acts .btn")].filter(one => one.offsetParent)
    .map(one => Math.round(one.getBoundingClientRect().top))).size"""
WHOLE_WORDS = """() => [...document.querySelectorAll(".acts .btn")].filter(one => one.offsetParent)
    .every(one => one.getBoundingClientRect().height <= 56)"""


@pytest.fixture
def told(world: Any) -> Handoff:
    """A lead of Sato's that said something of budget and timing."""
    lead = people.new_lead(now=world.now - timedelta(days=2), family_name="答")
    people.react(
        lead, "survey_answer", at=world.now - timedelta(days=1), budget="500万円台", timing="3か月以内"
    )
    handoff = people.accepted(lead, now=world.now - timedelta(minutes=1))
    if handoff.rep != world.house.sato:
        Handoff.objects.filter(pk=handoff.pk).update(rep=world.house.sato)
    return Handoff.objects.get(pk=handoff.pk)


def test_one_key_for_each(world: Any, visit: Any, told: Handoff) -> None:
    page = visit(world.house.sato)
    page.goto(f"/queue/{told.pk}")
    lines = page.locator(".estimates > li")
    expect(lines).to_have_count(2)
    press(page, "y")
    expect(page.locator("#said")).to_be_visible()
    expect(lines.first.locator(".ok")).to_be_visible()
    expect(lines.nth(1).locator(".est")).to_be_visible()
    press(page, "y")
    expect(lines.nth(1).locator(".ok")).to_be_visible()
    press(page, "y")  # nothing is left to confirm
    said = Handoff.objects.get(pk=told.pk).confirmed
    assert {field: one["value"] for field, one in said.items()} == {
        "budget": "500万円台",
        "timing": "3か月以内",
    }


def test_without_javascript(world: Any, visit: Any, told: Handoff) -> None:
    page = visit(world.house.sato, java_script_enabled=False)
    page.goto(f"/queue/{told.pk}")
    page.locator(".estimates button[value=yes]").first.click()
    expect(page.locator(".estimates .ok")).to_have_count(1)
    expect(page).to_have_url(f"/queue/{told.pk}")


@pytest.mark.parametrize("locale", ["ja-JP", "en-GB"])
def test_the_answers_stand_on_one_line_of_a_phone(world: Any, visit: Any, locale: str) -> None:
    rep = world.house.kobayashi if locale == "en-GB" else world.house.sato
    page = visit(rep, locale=locale, viewport={"width": 390, "height": 800})
    page.goto("/queue")
    expect(page.locator(".acts")).to_be_visible()
    assert page.evaluate(ONE_LINE) == 1
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate(WHOLE_WORDS) and page.evaluate(SIDEWAYS) == 0
