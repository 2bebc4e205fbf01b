"""A rep's day in a real browser: in by password, the queue by keys, and two who press at once."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from handoff.models import Clock, Handoff
from leads import stages
from tests.browser.conftest import PASSWORD
from tests.browser.waiting import at_rest, press
from tests.people import fresh


def test_log_in_and_land_in_the_queue(world: Any, visit: Any) -> None:
    sato = world.house.sato
    sato.set_password(PASSWORD)
    sato.save()
    page = visit()
    page.goto("/queue")
    page.fill("#id_email", "sato@example.com")
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    expect(page).to_have_url("/queue")
    expect(page.locator("h1")).to_contain_text("マイキュー")
    expect(page.locator(".qlist").first.locator("li")).to_have_count(len(world.offers_of(sato)))


def test_triage_by_keys_alone(world: Any, visit: Any) -> None:
    """Accept, send back by reason, accept and log a call: at most four keys for each lead."""
    sato = world.house.sato
    first, second, third = world.offers_of(sato)[:3]
    page = visit(sato)
    page.goto("/queue")
    expect(page.locator(f"#card-{first.pk}")).to_be_visible()
    press(page, "a")
    expect(page.locator(f"#card-{second.pk}")).to_be_visible()
    assert Handoff.objects.get(pk=first.pk).state == Handoff.ACCEPTED

    press(page, "r")
    expect(page.locator(f"#back-{second.pk}")).to_be_visible()
    press(page, "1")
    press(page, "Enter")
    expect(page.locator(f"#card-{third.pk}")).to_be_visible()
    sent = Handoff.objects.get(pk=second.pk)
    assert (sent.state, sent.reason, sent.next_step) == (Handoff.SENT_BACK, "too_early", "wake")
    assert fresh(sent.lead).stage == stages.MAL and fresh(sent.lead).wake_at is not None

    press(page, "a")
    expect(page.locator("#said")).to_contain_text("引き受けました")
    page.goto(f"/queue/{third.pk}")
    press(page, "c")
    expect(page.locator("form.sendback")).to_be_visible()
    press(page, "1")
    press(page, "Enter")
    expect(page.locator("#said")).to_be_visible()
    kinds = dict(Clock.objects.filter(handoff=third).values_list("kind", "state"))
    assert (kinds[Clock.ACCEPT], kinds[Clock.FIRST_CONTACT]) == (Clock.MET, Clock.MET)


def test_two_browsers_accept_one_lead(world: Any, visit: Any) -> None:
    """One wins; the other reads who it was and when, and the lead is theirs only."""
    sato, kobayashi = world.house.sato, world.house.kobayashi
    handoff = world.offers_of(sato)[0]
    Handoff.objects.filter(pk=handoff.pk).update(open_to_team=True)  # what the ladder will do
    ours, theirs = visit(sato), visit(kobayashi, locale="en-GB")
    for page in (ours, theirs):
        page.goto(f"/queue/{handoff.pk}")
        expect(page.locator(f"#accept-{handoff.pk}")).to_be_visible()
    ours.locator(f"#accept-{handoff.pk} button").click()
    expect(ours.locator("#said")).to_be_visible()
    theirs.locator(f"#accept-{handoff.pk} button").click()
    said = theirs.locator("#said.warn")
    expect(said).to_contain_text("佐藤")
    assert Handoff.objects.get(pk=handoff.pk).accepted_by == sato


def test_without_javascript(world: Any, visit: Any) -> None:
    """The list, an acceptance and a send-back, by links and forms alone."""
    sato = world.house.sato
    first, second = world.offers_of(sato)[:2]
    page = visit(sato, java_script_enabled=False)
    page.goto("/leads")
    expect(page.locator("table tbody tr").first).to_be_visible()
    page.goto(f"/queue/{first.pk}")
    page.locator(f"#accept-{first.pk} button").click()
    expect(page.locator(".notice[role=status]")).to_contain_text("引き受けました")
    assert Handoff.objects.get(pk=first.pk).state == Handoff.ACCEPTED
    page.goto(f"/queue/{second.pk}/send-back")
    page.locator("input[name=reason][value=too_early]").check()
    page.locator(f"#back-{second.pk} button").click()
    expect(page.locator(".notice[role=status]")).to_contain_text("差し戻しました")
    assert Handoff.objects.get(pk=second.pk).state == Handoff.SENT_BACK


def test_letters_typed_into_a_field_are_letters(world: Any, visit: Any) -> None:
    sato = world.house.sato
    page = visit(sato)
    page.goto("/queue")
    at_rest(page)
    page.locator("#search").press_sequentially("arc")
    expect(page.locator("#search")).to_have_value("arc")
    at_rest(page)
    assert len(world.offers_of(sato)) == Handoff.objects.filter(rep=sato).count()
