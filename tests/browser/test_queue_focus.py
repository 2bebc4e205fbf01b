"""Where the focus goes in the queue, what is spoken, and keys pressed faster than anybody reads (UX 3.3)."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from handoff.models import Handoff
from tests.browser.test_queue import press


def states(*handoffs: Handoff) -> list[str]:
    return [Handoff.objects.get(pk=one.pk).state for one in handoffs]


def test_the_next_name_has_the_focus_and_the_rest_is_spoken(world: Any, visit: Any) -> None:
    first, second, third = world.offers_of(world.house.sato)[:3]
    page = visit(world.house.sato)
    page.goto("/queue")
    for key, opened in (("j", second), ("k", first), ("a", second)):
        press(page, key)
        expect(page.locator(f"#card-{opened.pk} #now")).to_be_focused()
    expect(page.locator("#status")).to_contain_text("引き受けました。")
    expect(page.locator("#status")).to_contain_text("残り3件")
    press(page, "r")
    expect(page.locator(f"#back-{second.pk} h3")).to_be_focused()
    press(page, "9")  # needs a sentence
    press(page, "Enter")
    expect(page.locator(".errors")).to_be_focused()
    press(page, "Escape")
    expect(page.locator(f"#card-{second.pk} #now")).to_be_focused()
    assert states(first, second, third) == [Handoff.ACCEPTED, Handoff.OFFERED, Handoff.OFFERED]


def test_a_held_key_and_three_at_once_take_one_lead_each(world: Any, visit: Any) -> None:
    first, second, third = world.offers_of(world.house.sato)[:3]
    page = visit(world.house.sato)
    page.goto("/queue")
    press(page, "j")
    press(page, "k")
    press(page, "Escape")
    for _ in range(30):
        page.keyboard.down("a")
    page.keyboard.up("a")
    expect(page.locator(f"#card-{second.pk} #now")).to_be_focused()
    assert states(first, second, third) == [Handoff.ACCEPTED, Handoff.OFFERED, Handoff.OFFERED]
    press(page, "Escape")
    page.keyboard.type("aaa")
    expect(page.locator(f"#card-{third.pk} #now")).to_be_focused()
    assert states(first, second, third) == [Handoff.ACCEPTED, Handoff.ACCEPTED, Handoff.OFFERED]
