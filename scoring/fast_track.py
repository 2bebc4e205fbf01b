"""Hand-raisers: fast-track groups and how long they stay complete."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from scoring.rules import Definition, Event, Pattern, Track


def complete_until(track: Track, events: Sequence[Event], at: datetime) -> datetime | None:
    """When a group that is complete now stops being so, or None when it is not complete.

    Every pattern needs a genuine event with `0 ≤ at − occurred_at < within`.
    """
    earliest: datetime | None = None
    for pattern in track.patterns:
        latest = _latest(pattern, events, at)
        if latest is None or at - latest >= track.within:
            return None
        earliest = latest if earliest is None or latest < earliest else earliest
    return None if earliest is None else earliest + track.within


def first_complete(definition: Definition, events: Sequence[Event], at: datetime) -> int | None:
    """The place of the first complete group, counted from 0 as in the playbook."""
    for place, track in enumerate(definition.tracks):
        if complete_until(track, events, at) is not None:
            return place
    return None


def _latest(pattern: Pattern, events: Sequence[Event], at: datetime) -> datetime | None:
    found = [
        event.occurred_at
        for event in events
        if event.type == pattern.type and event.occurred_at <= at and event.counts and pattern.fits(event)
    ]
    return max(found, default=None)
