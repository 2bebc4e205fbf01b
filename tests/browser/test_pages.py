"""Every main page in both languages, light and dark: no axe violation, nothing sideways on a phone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from config.clock import now
from config.studio import trying
from leads.models import User
from scoring.lessons import feedback
from scoring.models import RescoreRange, ScoringModel, Simulation
from scoring.replay import trials
from scoring.rulemaking import drafting, opinions
from tests import people
from tests.browser.waiting import SIDEWAYS, at_rest
from tests.config.studio import drafts


def pages_of(world: Any) -> dict[str, str]:
    """Addresses by what they are, for somebody who may see everything."""
    lead, offered = world.leads[0], world.offers_of(world.house.sato)[1]
    handoff = world.offers_of(world.house.sato)[0]
    draft, other = drafts.requested(world.house), drafts.begun(world.house)
    drafting.comment(draft, text="4点で十分です", rule="pricing", by=world.house.sato, now=world.now)
    stretch = {"since": world.now - timedelta(days=30), "until": world.now, "by": None, "now": world.now}
    tried, trying_now = (
        trials.ask(body=draft.body, draft=draft, **stretch),
        trials.ask(body={**other.body}, **stretch),
    )
    trying.run([tried.pk], now=world.now)
    Simulation.objects.filter(pk=trying_now.pk).update(state=Simulation.RUNNING, total=9_000, done=4_100)
    rescored_halfway(world)
    opinions.send(lead, rule="fit", text="高すぎます", by=world.house.sato, now=world.now)
    people.accepted(people.new_lead(now=world.now), now=world.now)
    feedback.refresh(now=now())
    return {
        "leads": "/leads",
        "leads, nothing found": "/leads?stage=opportunity&source=nowhere",
        "lead": f"/leads/{lead.pk}",
        "lead, 90 days": f"/leads/{lead.pk}?why=90",
        "lead, why it changed": f"/leads/{lead.pk}?since={world.now - timedelta(days=9):%Y-%m-%d}",
        "new lead": "/leads/new",
        "edit lead": f"/leads/{lead.pk}/edit",
        "take back": f"/leads/{lead.pk}/recycle",
        "not a fit": f"/leads/{lead.pk}/disqualify",
        "company": f"/companies/{lead.company_id}",
        "queue": "/queue",
        "card": f"/queue/{offered.pk}",
        "reassign": f"/handoffs/{handoff.pk}/reassign",
        "sla": "/sla",
        "handoffs": "/handoffs",
        "rules": "/rules",
        "version": "/rules/v1",
        "draft": f"/rules/drafts/{draft.pk}",
        "approve": f"/rules/drafts/{draft.pk}/approve",
        "request": f"/rules/drafts/{other.pk}/request",
        "edit rules": f"/rules/drafts/{other.pk}/edit",
        "edit a rule": f"/rules/drafts/{other.pk}/edit/part/interest/pricing",
        "a new opening line": f"/rules/drafts/{other.pk}/edit/part/opening",
        "matched": f"/rules/drafts/{other.pk}/matched/pricing",
        "simulate": f"/rules/drafts/{other.pk}/simulate",
        "simulation": f"/rules/simulations/{tried.pk}",
        "simulation, its list": f"/rules/simulations/{tried.pk}/entered",
        "simulation in progress": f"/rules/simulations/{trying_now.pk}",
        "opinion": f"/leads/{lead.pk}/opinion?rule=fit",
        "results": "/rules/feedback",
        "decisions": "/rules/feedback/decisions",
        "calendars": "/calendars",
        "calendar": "/calendars/tokyo?change=exceptions.0",
        "calendar, round the clock": "/calendars/always",
        "glossary": "/glossary",
        "settings": "/settings",
        "not found": "/leads/999999",
    }


def rescored_halfway(world: Any) -> None:
    """New rules are on their way to the leads: the line of progress stands on several pages."""
    version = ScoringModel.objects.in_force(world.now)
    for first, done_at in ((10**6, world.now), (2 * 10**6, None)):
        RescoreRange.objects.create(version=version, first=first, last=first + 1, done_at=done_at)


def rep_pages(world: Any) -> dict[str, str]:
    handoff = world.offers_of(world.house.sato)[0]
    return {
        "queue": "/queue",
        "send back": f"/queue/{handoff.pk}/send-back",
        "contact": f"/queue/{handoff.pk}/contact",
    }


def speaking(user: User, language: str) -> User:
    user.language = language
    user.save(update_fields=["language"])
    return user


def violations(page: Any, what: str) -> list[str]:
    at_rest(page)
    found = Axe().run(page).response["violations"]
    return [f"{what}: {one['id']} — {one['nodes'][0]['target']}: {one['help']}" for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_accessible(world: Any, visit: Any, language: str, scheme: str) -> None:
    wrong = []
    stranger = visit(color_scheme=scheme)
    stranger.goto(f"/login?lang={language}")
    wrong += violations(stranger, "login")
    windows = (
        (visit(speaking(world.house.suzuki, language), color_scheme=scheme), pages_of(world)),
        (visit(speaking(world.house.sato, language), color_scheme=scheme), rep_pages(world)),
    )
    for page, addresses in windows:
        for what, address in addresses.items():
            page.goto(address)
            expect(page.locator("html")).to_have_attribute("lang", language)
            expect(page.locator("h1")).to_have_count(1)
            wrong += violations(page, what)
    assert wrong == []


@pytest.mark.parametrize("language", ["ja", "en"])
def test_nothing_sideways_at_320(world: Any, visit: Any, language: str) -> None:
    wide = []
    phone = {"viewport": {"width": 320, "height": 640}}
    windows = (
        (visit(speaking(world.house.suzuki, language), **phone), pages_of(world)),
        (visit(speaking(world.house.sato, language), **phone), rep_pages(world)),
    )
    for page, addresses in windows:
        for what, address in addresses.items():
            page.goto(address)
            at_rest(page)
            if over := page.evaluate(SIDEWAYS):
                wide.append(f"{what}: {over} px")
    assert wide == []


def test_another_language_at_the_same_address(world: Any, visit: Any) -> None:
    page = visit(speaking(world.house.suzuki, "ja"))
    page.goto("/leads?stage=mql&ordering=-id")
    before = page.url
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_url(before)
