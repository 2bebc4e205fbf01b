"""Hand-raisers: fast-track groups and how long they stay complete."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    return next((place for place, _ in _complete(definition, events, at)), None)


def earliest_end(definition: Definition, events: Sequence[Event], at: datetime) -> datetime | None:
    """When the first of the groups that are complete now stops being so."""
    return min((end for _, end in _complete(definition, events, at)), default=None)


def _complete(
    definition: Definition, events: Sequence[Event], at: datetime
) -> Iterator[tuple[int, datetime]]:
    """Complete groups and their ends; a group of which a type never happened is not looked into."""
    types = {event.type for event in events}
    for place, track in enumerate(definition.tracks):
        if track.types <= types and (end := complete_until(track, events, at)) is not None:
            yield place, end


def _latest(pattern: Pattern, events: Sequence[Event], at: datetime) -> datetime | None:
    found = [
        event.occurred_at
        for event in events
        if event.type == pattern.type and event.occurred_at <= at and event.counts and pattern.fits(event)
    ]
    return max(found, default=None)
