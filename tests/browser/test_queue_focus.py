"""Where the focus goes in the queue, what is spoken, and keys pressed faster than anybody reads (UX 3.3)."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from handoff.models import Handoff
from tests import people
from tests.browser.waiting import at_rest, focus_is_on, press

AGAIN_AT_ONCE = """() => {
    window.pressedAt = [];
    for (const moment of ["htmx:afterSwap", "htmx:afterSettle"]) document.addEventListener(moment, () => {
        window.pressedAt.push(moment);
        document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true }));
    }, { once: true });
}"""


def meanwhile(page: Any, address: str, keys: str) -> None:
    """Keys pressed while the next request to `address` is on its way, however quick the server is."""
    page.route(address, lambda route: (page.keyboard.type(keys), route.continue_()), times=1)


def look_for_news(page: Any) -> None:
    """What the script does every fifteen seconds."""
    with page.expect_response("**/queue/new*"):
        page.evaluate("document.body.dispatchEvent(new Event('tasuki:poll'))")
    at_rest(page)


def states(*handoffs: Handoff) -> list[str]:
    return [Handoff.objects.get(pk=one.pk).state for one in handoffs]


def test_the_next_name_has_the_focus_and_the_rest_is_spoken(world: Any, visit: Any) -> None:
    first, second, third = world.offers_of(world.house.sato)[:3]
    page = visit(world.house.sato)
    page.goto("/queue")
    for key, opened in (("j", second), ("k", first), ("a", second)):
        press(page, key)
        focus_is_on(page, f"#card-{opened.pk} #now")
    expect(page.locator("#status")).to_contain_text("引き受けました。")
    expect(page.locator("#status")).to_contain_text("残り3件")
    press(page, "r")
    focus_is_on(page, f"#back-{second.pk} h3")
    press(page, "9")  # needs a sentence
    press(page, "Enter")
    focus_is_on(page, ".errors")
    press(page, "Escape")
    focus_is_on(page, f"#card-{second.pk} #now")
    assert states(first, second, third) == [Handoff.ACCEPTED, Handoff.OFFERED, Handoff.OFFERED]


def test_what_a_key_opens_stands_in_the_window(world: Any, visit: Any) -> None:
    """However long the card is: a form below the fold is as good as none."""
    [offer] = world.offers_of(world.house.sato)[:1]
    page = visit(world.house.sato, viewport={"width": 1280, "height": 420})
    page.goto("/queue")
    for key, opened in (("r", f"#back-{offer.pk} h3"), ("Escape", f"#card-{offer.pk} #now")):
        press(page, key)
        focus_is_on(page, opened)
        at_rest(page)
        expect(page.locator(opened)).to_be_in_viewport()
    page.keyboard.press("q")
    page.wait_for_url(lambda url: "/question" in url)
    focus_is_on(page, "textarea[name=text]")


def test_a_held_key_and_three_at_once_take_one_lead_each(world: Any, visit: Any) -> None:
    first, second, third = world.offers_of(world.house.sato)[:3]
    page = visit(world.house.sato)
    page.goto("/queue")
    press(page, "j")
    press(page, "k")
    focus_is_on(page, f"#card-{first.pk} #now")
    press(page, "Escape")
    for _ in range(30):
        page.keyboard.down("a")
    page.keyboard.up("a")
    focus_is_on(page, f"#card-{second.pk} #now")
    at_rest(page)
    assert states(first, second, third) == [Handoff.ACCEPTED, Handoff.OFFERED, Handoff.OFFERED]
    meanwhile(page, "**/accept*", "aa")
    page.keyboard.press("a")
    focus_is_on(page, f"#card-{third.pk} #now")
    at_rest(page)
    assert states(first, second, third) == [Handoff.ACCEPTED, Handoff.ACCEPTED, Handoff.OFFERED]


def test_a_key_before_the_next_lead_is_painted_is_not_about_it(world: Any, visit: Any) -> None:
    first, second = world.offers_of(world.house.sato)[:2]
    page = visit(world.house.sato)
    page.goto("/queue")
    at_rest(page)
    page.evaluate(AGAIN_AT_ONCE)
    press(page, "a")
    focus_is_on(page, f"#card-{second.pk} #now")
    at_rest(page)
    assert page.evaluate("pressedAt") == ["htmx:afterSwap", "htmx:afterSettle"]
    assert states(first, second) == [Handoff.ACCEPTED, Handoff.OFFERED]


def test_news_are_spoken_once_and_take_no_focus(world: Any, visit: Any) -> None:
    page = visit(world.house.sato)
    page.goto("/queue")
    focus_is_on(page, "body")
    for _ in range(3):
        people.offered(people.new_lead(now=world.now), now=world.now)
    look_for_news(page)
    expect(page.locator("#status")).to_contain_text("新しい引き渡しが2件あります")
    page.evaluate("document.querySelector('#status').textContent = ''")
    look_for_news(page)
    expect(page.locator("#status")).to_be_empty()
    focus_is_on(page, "body")
