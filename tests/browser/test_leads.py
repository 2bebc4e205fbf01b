"""The list and the gate in a real browser: filters without a reload, keys, two people at one lead."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from leads import stages
from tests import people
from tests.browser.waiting import at_rest, focus_is_on


@pytest.fixture
def miura(world: Any, visit: Any) -> Any:
    page = visit(world.house.miura)
    page.goto("/leads")
    return page


def test_a_filter_keeps_the_focus_and_says_the_count(world: Any, miura: Any) -> None:
    miura.locator("#stage-2").click()
    expect(miura).to_have_url("/leads?stage=mal")
    expect(miura.locator("#status")).to_contain_text("0件")
    focus_is_on(miura, "#stage-2")
    miura.locator("#stage-2").click()
    expect(miura.locator("#rows tbody tr")).to_have_count(6)


def test_a_chip_taken_out_leaves_the_focus_in_the_list(world: Any, miura: Any) -> None:
    miura.goto("/leads?source=nowhere")
    miura.locator("a.chip").click()
    expect(miura.locator("#rows tbody tr")).to_have_count(6)
    focus_is_on(miura, "#leads")


def test_the_search_follows_the_typing_and_back_shows_all_again(world: Any, miura: Any) -> None:
    miura.locator("#stage-3").click()
    expect(miura).to_have_url("/leads?stage=mql")
    miura.locator("#q").press_sequentially("山本3", delay=20)
    expect(miura.locator("#rows tbody tr")).to_have_count(1)
    expect(miura).to_have_url(re.compile("[?&]q="))
    focus_is_on(miura, "#q")
    expect(miura.locator("#q")).to_have_value("山本3")
    miura.go_back()
    expect(miura).to_have_url("/leads")
    expect(miura.locator("#rows tbody tr")).to_have_count(6)
    expect(miura.locator("#q")).to_have_value("")


def test_half_a_word_in_the_making_is_not_searched(world: Any, miura: Any) -> None:
    asked: list[str] = []
    miura.on("request", lambda request: asked.append(request.url) if "/leads?" in request.url else None)
    miura.locator("#q").focus()
    keyboard = miura.context.new_cdp_session(miura)
    keyboard.send("Input.imeSetComposition", {"text": "やまもと", "selectionStart": 4, "selectionEnd": 4})
    miura.keyboard.press("Enter")
    keyboard.send("Input.insertText", {"text": "山本5"})
    expect(miura.locator("#rows tbody tr")).to_have_count(1)
    at_rest(miura)
    assert ["5" in url for url in asked] == [True]


def test_j_and_k_walk_the_rows_and_enter_opens_one(world: Any, miura: Any) -> None:
    first, second = (miura.locator("[data-row]").nth(place).get_attribute("id") for place in (0, 1))
    for key in ("j", "j"):
        miura.keyboard.press(key)
    focus_is_on(miura, f"#{second}")
    miura.keyboard.press("k")
    focus_is_on(miura, f"#{first}")
    miura.keyboard.press("Enter")
    expect(miura).to_have_url(f"/leads/{first.removeprefix('lead-')}")


def test_two_at_the_gate_and_nothing_typed_is_lost(world: Any, visit: Any) -> None:
    lead = people.lead_at(stages.MAL, world.house, now=world.now)
    address = f"/leads/{lead.pk}/hand-over"
    one, other = visit(world.house.miura), visit(world.house.suzuki, java_script_enabled=False)
    for page in (one, other):
        page.goto(address)
        page.fill("[name=note]", f"展示会で約束しました {page is one}")
    other.get_by_role("button", name="引き渡す").click()
    expect(other).to_have_url(f"/leads/{lead.pk}")
    one.get_by_role("button", name="引き渡す").click()
    expect(one.locator(".errors")).to_be_focused()
    expect(one.locator(".errors")).to_contain_text(f"{world.house.suzuki.name}さん")
    expect(one.locator("[name=note]")).to_have_value("展示会で約束しました True")
    expect(one).to_have_title(re.compile("^エラー："))
