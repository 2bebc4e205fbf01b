"""A lead's readiness over 90 days: a drawing with what happened on it, and the same as a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t

from handoff import words as desk_words
from handoff.models import Handoff
from handoff.views.lead_change import Place, midnight
from leads.models.activities import REACTION
from leads.words import is_japanese, short_day
from scoring.engine import Event, Model
from scoring.models import ScoringModel
from scoring.past import curve
from scoring.past import words as past_words
from scoring.past.curve import Point
from scoring.past.hindsight import Past

DAYS = 90
TOP, BOTTOM, LANE = 8.0, 76.0, 86.0  # per cent of the height: 100 points, 0 points, the reactions
ROOM = 0.2  # of the width: on a shorter stretch of a limit there is no room for its words


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


def curve_of(past: Past, now: datetime, *, handoffs: Sequence[Handoff], place: Place) -> dict[str, Any]:
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
            "limits": _limits(past, start, now),
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
        if start < one.in_force_from <= end and past.version(one.in_force_from) == one:
            before = past.version(one.in_force_from - timedelta.resolution)
            label = _t("Rules v%(n)s in force") % {"n": one.version} + _moved(before, one)
            yield Mark(one.in_force_from, "model", label, short=f"v{one.version}")


def _moved(before: ScoringModel | None, after: ScoringModel) -> str:
    """How a version moved the line, for who reads the table."""
    old, new = _needed(before.compiled if before else None), _needed(after.compiled)
    if old is None or new is None or old == new:
        return ""
    return _t(" (line %(old)s → %(new)s)") % {"old": f"{old:g}", "new": f"{new:g}"}


@dataclass(frozen=True)
class Limit:
    """A stretch of the line, or of what a lead at sales must not fall below, under one or more versions."""

    name: str
    value: float
    x1: str
    x2: str
    y: str
    is_labelled: bool


def _limits(past: Past, start: datetime, end: datetime) -> list[Limit]:
    """Both limits as they were in force at each time: a new version moves them in a step."""
    moments = [start, *(one.in_force_from for one in past.versions if start < one.in_force_from <= end), end]
    return [
        Limit(name, value, _at(since, start, end), _at(until, start, end), _y(value), until == end or
              (until - since) / (end - start) >= ROOM)
        for name, of in (("needed", _needed), ("leaves", _leaves))
        for value, since, until in _stretches([(at, of(past.model(at))) for at in moments])
    ]  # fmt: skip


def _stretches(
    known: Sequence[tuple[datetime, float | None]],
) -> Iterable[tuple[float, datetime, datetime]]:
    """(value, since, until) of neighbours that are equal; the last moment is where it ends."""
    for value, same in groupby(pairwise(known), key=lambda pair: pair[0][1]):
        pairs = list(same)
        if value is not None:
            yield value, pairs[0][0][0], pairs[-1][1][0]


def _needed(model: Model | None) -> float | None:
    return model.definition.min_readiness if model and model.definition else None


def _leaves(model: Model | None) -> float | None:
    return model.definition.leave_below if model and model.definition else None


def _at(moment: datetime, start: datetime, end: datetime) -> str:
    return f"{100 * ((moment - start) / (end - start)):.2f}%"


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
