"""A lead's readiness over 90 days: a drawing with what happened on it, and the same as a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t

from handoff import words as desk_words
from handoff.models import Handoff
from handoff.views.lead_change import Place, midnight
from leads.models.activities import REACTION
from leads.words import is_japanese, short_day
from scoring.engine import Event
from scoring.past import curve
from scoring.past import words as past_words
from scoring.past.curve import Point
from scoring.past.hindsight import Past

DAYS = 90
TOP, BOTTOM, LANE = 8.0, 76.0, 86.0  # per cent of the height: 100 points, 0 points, the reactions


@dataclass
class Mark:
    """Something that happened, where it stands in the drawing; `glyph`: reaction, hand, back or model."""

    at: datetime
    glyph: str
    label: str
    href: str = ""
    count: int = 1
    short: str = ""
    x: str = ""


@dataclass
class Day:
    """A row of the table: the readiness at the end of a day and what happened on it, newest first."""

    at: datetime
    readiness: int
    marks: list[Mark] = field(default_factory=list)


def curve_of(
    past: Past, now: datetime, *, needed: float | None, handoffs: Sequence[Handoff], place: Place
) -> dict[str, Any]:
    """The curve of the last 90 days, drawn, and the same as a table."""
    start = now - timedelta(days=DAYS)
    points = curve.trace(past, start, now)
    marks = sorted(
        [*_reactions(past, start, now, place), *_handed(handoffs, start), *_models(past, start, now)],
        key=lambda mark: mark.at,
    )
    for mark in marks:
        mark.x = _x(mark.at, start, now)
    low, high = min(one.readiness for one in points), max(one.readiness for one in points)
    return {
        "curve": {
            "line": _line(points, start, now),
            "marks": _sparse(marks),
            "grid": [(str(value), _y(value)) for value in (0, 50, 100)],
            "months": _months(start, now),
            "needed": needed,
            "needed_y": _y(needed) if needed is not None else "",
            "bottom": f"{BOTTOM}%", "top": f"{TOP}%", "lane": f"{LANE}%",
            "first": points[0].readiness, "last": points[-1].readiness, "low": low, "high": high,
            "start": start, "end": now, "days": _days(points, marks, now),
        }
    }  # fmt: skip


def _reactions(past: Past, start: datetime, end: datetime, place: Place) -> Iterable[Mark]:
    """What scored, a mark for each kind and day."""
    model, version = past.model(end), past.version(end)
    body = version.body if version else {}
    told = [
        one
        for one in past.facts(end).events
        if model and one.type in model.event_types and one.direction == REACTION
        and one.counts and start < one.occurred_at <= end
    ]  # fmt: skip
    told.sort(key=_kind_of_day)
    for _, same in groupby(told, key=_kind_of_day):
        found = list(same)
        last = found[-1]
        label = past_words.events_label(found, model=model, body=body)
        yield Mark(last.occurred_at, "reaction", label, place.of(last.id), len(found))


def _kind_of_day(event: Event) -> tuple[date, str]:
    return timezone.localtime(event.occurred_at).date(), event.type


def _handed(handoffs: Sequence[Handoff], start: datetime) -> Iterable[Mark]:
    for one in handoffs:
        if one.created_at > start:
            yield Mark(one.created_at, "hand", _t("Handed over"), "?show=handoffs#events")
        if one.ended_at and one.ended_at > start and one.state == Handoff.SENT_BACK:
            why = desk_words.any_reason(one.reason) if one.reason else ""
            label = desk_words.state_label(one.state)
            yield Mark(one.ended_at, "back", f"{label}: {why}" if why else label, "?show=handoffs#events")


def _models(past: Past, start: datetime, end: datetime) -> Iterable[Mark]:
    for one in past.versions:
        if start < one.in_force_from <= end:
            label = _t("Rules v%(n)s in force") % {"n": one.version}
            yield Mark(one.in_force_from, "model", label, short=f"v{one.version}")


def _x(at: datetime, start: datetime, end: datetime) -> str:
    """A place in the width, a little inside, so that what stands there is not cut."""
    return f"{min(98.5, 100 * ((at - start) / (end - start))):.2f}%"


def _y(readiness: float) -> str:
    return f"{_height(readiness):.2f}%"


def _height(readiness: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * min(100.0, readiness) / 100


def _line(points: Sequence[Point], start: datetime, end: datetime) -> str:
    """A path in steps, in a square of 100 × 100 that is stretched to its place."""
    pieces = [f"M0 {_height(points[0].readiness):.2f}"]
    for point in points[1:]:
        pieces.append(f"H{100 * ((point.at - start) / (end - start)):.2f}V{_height(point.readiness):.2f}")
    return "".join([*pieces, "H100"])


def _sparse(marks: Sequence[Mark]) -> list[Mark]:
    """Of several reactions on one day one dot is drawn; the table names them all."""
    drawn: dict[tuple[Any, ...], Mark] = {}
    for mark in marks:
        drawn[mark.glyph, timezone.localtime(mark.at).date()] = mark
    return list(drawn.values())


def _months(start: datetime, end: datetime) -> list[tuple[str, str]]:
    """The first of each month, with its place."""
    day, found = timezone.localtime(start).date().replace(day=1), []
    while day <= timezone.localtime(end).date():
        at = midnight(day)
        if start <= at <= end - timedelta(days=4):
            found.append((f"{day.month}/1" if is_japanese() else short_day(day, day)[4:], _x(at, start, end)))
        day = (day + timedelta(days=32)).replace(day=1)
    return found


def _days(points: Sequence[Point], marks: Sequence[Mark], now: datetime) -> list[Day]:
    """The days on which something happened or the readiness was another in the evening."""
    happened: dict[date, list[Mark]] = defaultdict(list)
    for mark in marks:
        happened[timezone.localtime(mark.at).date()].append(mark)
    day, last, rows = timezone.localtime(points[0].at).date(), points[0].readiness, []
    place = 0
    while day <= timezone.localtime(now).date():
        end = min(now, midnight(day + timedelta(days=1)))
        while place + 1 < len(points) and points[place + 1].at < end:
            place += 1
        readiness = points[place].readiness
        if readiness != last or day in happened or not rows:
            rows.append(Day(midnight(day), readiness, happened.get(day, [])))
        day, last = day + timedelta(days=1), readiness
    return rows[::-1]
