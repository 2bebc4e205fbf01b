"""The moment at which the API's tests happen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import people


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """11 minutes after the offers. Set where a request asks it: PostgreSQL's own cannot be moved."""
    monkeypatch.setattr("config.api.views.now", lambda: people.NOW + timedelta(minutes=11))
