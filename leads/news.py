"""What a floor tells the floors above without knowing them: facts, and who listens.

`within` listeners run inside the transaction and only keep invariants; `after` listeners run once it
has committed, as a nudge that may be lost. `config/wiring.py` is the only place that adds listeners.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction

Listener = Callable[..., object]


class Fact:
    """One kind of news. Listeners are called with the keywords of `announce`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._within: list[Listener] = []
        self._after: list[Listener] = []

    def within(self, listener: Listener) -> None:
        if listener not in self._within:
            self._within.append(listener)

    def after(self, listener: Listener) -> None:
        if listener not in self._after:
            self._after.append(listener)

    def announce(self, **what: Any) -> None:
        for listener in self._within:
            listener(**what)
        for listener in self._after:
            transaction.on_commit(partial(listener, **what), robust=True)


stages_changed = Fact("stages changed")  # moves: list[lifecycle.Moved], now
facts_changed = Fact("facts changed")  # lead_ids: list[int]
activities_recorded = Fact("activities recorded")  # activities: list[Activity], now
calendar_changed = Fact("calendar changed")  # calendar, now
meetings_changed = Fact("meetings changed")  # meeting, what (meetings.WHAT), by, now
opportunities_changed = Fact("opportunities changed")  # opportunity, what (opportunities.WHAT), by, now
