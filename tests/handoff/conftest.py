"""The moment at which the desk's pages are asked for in tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from tests.people import NOW

PAGES = (
    "queue", "answers", "reassign", "sla", "handoff_list", "lead_page", "override", "doubtful",
    "clock", "appointments", "closing", "promoting", "supporting", "moving", "notices", "outbox", "leave",
    "queues", "taking", "todo", "recalling", "later",
    "confirming", "undoing", "calendars", "calendar_change",
)  # fmt: skip


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Iterator[time_machine.Coordinates]:
    """Tuesday 10:42 in Tokyo until somebody moves it. PostgreSQL's own clock cannot be moved, so the
    pages are told the moment where they ask for it."""
    with time_machine.travel(NOW, tick=False) as travel:
        for page in PAGES:
            monkeypatch.setattr(f"handoff.views.{page}.now", lambda: datetime.now(UTC))
        yield travel
