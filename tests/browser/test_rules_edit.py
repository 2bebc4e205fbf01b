"""A marketer at the editor of a draft: by keyboard alone, in place, and nothing typed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from scoring.models import Draft, ScoringModel
from scoring.rulemaking import drafting, figures
from tests.browser.waiting import SIDEWAYS, at_rest, focus_is_on


@pytest.fixture
def draft(world: Any) -> Draft:
    base = ScoringModel.objects.newest()
    assert base is not None
    return drafting.begin(title="料金", body=base.body, base=base, by=world.house.miura, now=world.now)


def here(page: Any) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.innerText"))


def tab_to(page: Any, wanted: str, most: int = 60) -> int:
    for presses in range(most):
        if wanted in here(page):
            return presses
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached by keyboard; last was {here(page)}")


def test_four_becomes_eight_by_keyboard(world: Any, draft: Draft, visit: Any) -> None:
    page = visit(world.house.miura)
    page.goto(f"/rules/drafts/{draft.pk}/edit?at=top")
    focus_is_on(page, "h1")
    at_rest(page)
    assert tab_to(page, "row-interest-pricing-change") < 10
    page.keyboard.press("Enter")
    focus_is_on(page, "#row-interest-pricing-field-points")
    page.keyboard.press("Control+A")
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    expect(page.locator("#row-interest-pricing .rule-said")).to_contain_text("+8")
    focus_is_on(page, "#row-interest-pricing .undo")
    page.keyboard.press("Tab")
    focus_is_on(page, "#undo")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"/rules/drafts/{draft.pk}")


def test_what_is_typed_in_one_rule_outlives_a_press_at_another(world: Any, draft: Draft, visit: Any) -> None:
    page = visit(world.house.miura)
    page.goto(f"/rules/drafts/{draft.pk}/edit")
    page.click("#row-interest-pricing-change")
    page.fill("#row-interest-pricing-field-points", "7")
    page.click("#row-interest-visit-off")
    expect(page.locator("#row-interest-visit.off")).to_be_visible()
    focus_is_on(page, "#row-interest-visit-off")
    expect(page.locator("#status")).to_contain_text("停止しました")
    expect(page.locator("#row-interest-pricing-field-points")).to_have_value("7")
    page.click("#undo")
    expect(page.locator("#row-interest-visit.off")).to_have_count(0)
    focus_is_on(page, "h1")


def test_the_figures_come_after_the_page(world: Any, draft: Draft, visit: Any) -> None:
    page = visit(world.house.miura)
    page.goto(f"/rules/drafts/{draft.pk}/edit")
    expect(page.locator("#counting-again")).to_be_visible()
    page.focus("#row-interest-demo-change")
    while figures.refresh(now=world.now):
        pass
    expect(page.locator("#row-interest-demo-matched a")).to_contain_text("6")
    expect(page.locator("#counting-again")).to_have_count(0)
    expect(page.locator("#row-interest-demo-change")).to_be_focused()
    page.click("#row-interest-demo-matched a")
    expect(page.locator("#rows tbody tr")).to_have_count(6)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("look", [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing(
    world: Any, draft: Draft, visit: Any, language: str, look: tuple[str, int]
) -> None:
    scheme, width = look
    page = visit(world.house.miura, color_scheme=scheme, viewport={"width": width, "height": 800})
    start = f"/rules/drafts/{draft.pk}"
    for address in (
        "edit",
        "edit/part/fit/title-head",
        "edit/part/response",
        "edit/part/fast_track/2",
        "edit/part/opening",
        "edit/part/opening/pricing",
        "matched/demo",
    ):
        page.goto(f"{start}/{address}?lang={language}")
        at_rest(page)
        assert [one["id"] for one in Axe().run(page).response["violations"]] == [], address
        assert page.evaluate(SIDEWAYS) <= 0, address


def test_an_opening_line_by_keyboard(world: Any, draft: Draft, visit: Any) -> None:
    page = visit(world.house.miura)
    page.goto(f"/rules/drafts/{draft.pk}/edit")
    page.click("#opening header a.btn")
    focus_is_on(page, ".rule-open h2")
    page.select_option("select[name=rule]", "visit")
    page.fill("input[name=ja]", "ご覧になったページのことから伺ってください。")
    page.keyboard.press("Enter")
    expect(page.locator("#row-opening-visit .rule-said")).to_contain_text("ご覧になったページ")
    focus_is_on(page, "#row-opening-visit .undo")
    page.click("#row-opening-visit-change")
    expect(page.locator("#row-opening-visit-form select[name=rule]")).to_have_value("visit")
    page.fill("#row-opening-visit-form input[name=ja]", "ページのことから伺ってください。")
    page.keyboard.press("Enter")
    expect(page.locator("#row-opening-visit .rule-said")).to_contain_text("「ページのことから")
    page.click("#row-opening-visit-remove")
    expect(page.locator("#row-opening-visit")).to_have_count(0)
