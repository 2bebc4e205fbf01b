"""元に戻す in a real browser: one key, by a form alone, and gone when its time is over."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from config.clock import now
from handoff import desk
from handoff.models import Handoff
from tests.browser.waiting import focus_is_on, press


def test_one_key_takes_the_answer_back(world: Any, visit: Any) -> None:
    """The card always bears the name of its lead, though the heading has the focus all the time."""
    first, second, third = world.offers_of(world.house.sato)[:3]
    page = visit(world.house.sato)
    page.goto("/queue")
    for opened in (second, third):
        press(page, "a")
        expect(page.locator("#now")).to_contain_text(opened.lead.family_name)
    focus_is_on(page, "#now")
    press(page, "u")
    expect(page.locator("#now")).to_contain_text(second.lead.family_name)
    expect(page.locator("#said")).to_contain_text("元に戻しました")
    expect(page.locator("#status")).to_contain_text("元に戻しました")
    states = dict(Handoff.objects.filter(pk__in=(first.pk, second.pk)).values_list("pk", "state"))
    assert states == {first.pk: Handoff.ACCEPTED, second.pk: Handoff.OFFERED}


def test_without_javascript(world: Any, visit: Any) -> None:
    first, *_ = world.offers_of(world.house.sato)
    page = visit(world.house.sato, java_script_enabled=False)
    page.goto(f"/queue/{first.pk}")
    page.locator(f"#accept-{first.pk} button").click()
    page.locator(".head form.undo button").click()
    expect(page.locator(".notice[role=status]")).to_contain_text("元に戻しました")
    expect(page.locator("form.undo")).to_have_count(0)
    assert Handoff.objects.get(pk=first.pk).state == Handoff.OFFERED


def test_it_goes_when_its_time_is_over(world: Any, visit: Any) -> None:
    first, *_ = world.offers_of(world.house.sato)
    desk.accept(first, by=world.house.sato, now=now())
    page = visit(world.house.sato)
    page.clock.install()
    page.goto("/queue")
    page.locator("form.undo button").focus()
    page.clock.fast_forward("09:00")
    expect(page.locator("form.undo")).to_have_count(1)
    page.clock.fast_forward("02:00")
    expect(page.locator("form.undo")).to_have_count(0)
    focus_is_on(page, "h1")
