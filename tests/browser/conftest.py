"""A real browser against a real server: Chromium from the machine, the house in the database of the test.

Whatever a page tries to load from elsewhere, and whatever breaks the content policy, fails its test.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from config.clock import now
from handoff.models import Handoff
from leads.models import Lead, User
from tests import people
from tests.people import House

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip
PATIENCE_MS = 90_000  # of a busy machine; what holds is seen at once
PASSWORD = "a few words together"

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop lives in the thread of the test


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)

    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        pytest.fail("no Chromium on this machine; leave these tests out with: -m 'not browser'")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=FLAGS, timeout=PATIENCE_MS)
        yield browser
        browser.close()


@pytest.fixture
def world(live_server: Any) -> World:
    return World()


class World:
    """The house in the present, with hand-raisers on offer to Sato and Kobayashi."""

    def __init__(self) -> None:
        self.now = now()
        self.house: House = people.open_house(now=self.now - timedelta(days=30))
        self.leads = [self._lead(number) for number in range(6)]

    def _lead(self, number: int) -> Lead:
        lead = people.new_lead(
            now=self.now - timedelta(days=2), family_name=f"山本{number}", source="セミナー"
        )
        people.offered(lead, now=self.now - timedelta(minutes=6 - number))
        return people.fresh(lead)

    def offers_of(self, user: User) -> list[Handoff]:
        return list(Handoff.objects.filter(rep=user, state=Handoff.OFFERED).order_by("pk"))


@pytest.fixture
def visit(chromium: Any, live_server: Any) -> Iterator[Callable[..., Any]]:
    """`visit(user, **context)` opens a window of somebody (None: a stranger) and watches what it loads."""
    contexts, wrong = [], []

    def open_window(user: User | None = None, **options: Any) -> Any:
        context = chromium.new_context(base_url=live_server.url, **({"locale": "ja-JP"} | options))
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        if user is not None:
            client = Client()
            client.force_login(user, backend="leads.backends.PeopleWhoWorkHere")
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}
            context.add_cookies([cookie])
        page = context.new_page()
        page.on("request", lambda request: _watch(request.url, live_server.url, wrong))
        page.on("console", lambda said: _listen(said, wrong))
        page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert wrong == []


def _watch(url: str, ours: str, wrong: list[str]) -> None:
    if not url.startswith((ours, "data:")):
        wrong.append(f"left the origin: {url}")


def _listen(said: Any, wrong: list[str]) -> None:
    if "Content Security Policy" in said.text or "Content-Security-Policy" in said.text:
        wrong.append(f"policy: {said.text}")
