"""Why a lead's readiness changed since a day, in rows that add up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t

from handoff.timeline import Entry
from leads.words import short_day
from scoring.past import words as past_words
from scoring.past.change import MODEL, Change, Part, Step
from scoring.past.hindsight import Past, change_between

LONGEST = timedelta(days=730)  # how far back a change is explained
FOLD = 3  # more steps of one kind than this are one row


class Place:
    """Where on the page an event is told: in the timeline shown, or in a longer one."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.shown = {entry.activity.pk for entry in entries if entry.activity}

    def of(self, event: int) -> str:
        return f"#event-{event}" if event in self.shown else f"?size=1000#event-{event}"


def change_of(past: Past, said: str, now: datetime, place: Place) -> dict[str, Any]:
    """The form, and with a day the explanation since its first moment."""
    today = timezone.localtime(now).date()
    context: dict[str, Any] = {"since": "", "since_ways": _ways(today), "today": today.isoformat()}
    if not said:
        return context
    since = _day(said)
    if since is None or since > today or today - since > LONGEST:
        return context | {"since_refused": True}
    start = midnight(since)
    found = change_between(past, start, now)
    context |= {"since": since.isoformat(), "since_at": start, "change": found}
    if found is None:
        return context
    return context | {
        "change_parts": [_part(part, past, start, now, place) for part in found.parts if part.steps],
        "change_said": past_words.summary(found, day=short_day(since, today)),
        **_exact(found),
    }


def _ways(today: date) -> list[tuple[str, str]]:
    """Days one asks for most: yesterday, this week's Monday (on a Monday the last one), 30 days ago."""
    monday = today - timedelta(days=today.weekday() or 7)
    ways = [
        (today - timedelta(days=1), _t("Since yesterday")),
        (monday, _t("Since Monday")),
        (today - timedelta(days=30), _t("Since 30 days ago")),
    ]
    return [(day.isoformat(), label) for day, label in ways]


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said) if len(said) == 10 and said.isascii() else None
    except ValueError:
        return None


def midnight(day: date) -> datetime:
    """The first moment of a day, in the reader's zone."""
    return timezone.make_aware(datetime.combine(day, time()))


def _exact(found: Change) -> dict[str, Any]:
    hundredths = sum(step.hundredths for part in found.parts for step in part.steps)
    return {"change_exact": hundredths / 100, "change_points": past_words.signed(found.readiness)}


def _part(part: Part, past: Past, start: datetime, end: datetime, place: Place) -> dict[str, Any]:
    version = past.version(end)
    body = version.body if version else {}
    rows = [_row(steps, body, place) for steps in _folded(part.steps)]
    if part.name == MODEL:
        rows[0] |= {"versions": [one.version for one in (past.version(start), version) if one]}
    return {"label": past_words.part_label(part.name), "points": past_words.signed(part.points.readiness),
            "rows": rows}  # fmt: skip


def _row(steps: list[Step], body: dict[str, Any], place: Place) -> dict[str, Any]:
    first, events = steps[0], [event for step in steps for event in step.events]
    return {
        "at": steps[-1].at,
        "label": past_words.step_label(first, count=len(events) or 1, body=body),
        "step": first if first.code == "field" else None,
        "shares": [(past_words.share_label(one, body=body), one.hundredths / 100) for one in first.shares],
        "exact": sum(step.hundredths for step in steps) / 100,
        "points": past_words.signed(sum(step.points.readiness for step in steps)),
        "href": place.of(events[-1].id) if events else "",
    }


def _folded(steps: Sequence[Step]) -> list[list[Step]]:
    """The newest first; many of one kind are one row, where the last of them stands."""
    kinds: dict[tuple[Any, ...], list[Step]] = defaultdict(list)
    for step in steps:
        kinds[step.code, step.rules, step.path, step.events[0].type if step.events else ""].append(step)
    rows = [
        piece
        for same in kinds.values()
        for piece in ([same] if len(same) > FOLD else [[one] for one in same])
    ]
    dated = sorted((row for row in rows if row[-1].at), key=lambda row: row[-1].at, reverse=True)
    return [*dated, *(row for row in rows if not row[-1].at)]
