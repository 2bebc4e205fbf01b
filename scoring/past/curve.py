"""How a score went: its value at every moment at which it changed, found by jumping from one to the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from scoring.engine import Facts, Model, points_only, rounded

MOST = 400  # scores for one curve
CLOSELY = 300  # so many at the very moments of change; the rest spread over what is left
CLOSER = timedelta(minutes=1)  # nobody sees two changes closer than this apart


@dataclass(frozen=True)
class Point:
    """From this moment on the lead had these points, under these rules (None: none were published)."""

    at: datetime
    readiness: int
    fit: float
    interest: float
    model_version: int | None


class Known(Protocol):
    """What was known of a lead at a moment, and when something became known (`hindsight.Past`)."""

    def facts(self, known_at: datetime) -> Facts: ...
    def model(self, at: datetime) -> Model | None: ...
    def next_news(self, at: datetime) -> datetime | None: ...


def trace(past: Known, start: datetime, end: datetime) -> list[Point]:
    """The points from `start` to `end`, each as it was known then; the first is at `start`.

    Between two of them the readiness stands still, to the minute. A lead of whom more is recorded than
    `CLOSELY` scores can follow is looked at in even steps after those.
    """
    point, until = _look(past, start)
    points = [point]
    for used in range(1, MOST):
        gap = CLOSER if used < CLOSELY else (end - point.at) / (MOST - used)
        at = max(until, point.at + gap)
        if at > end:
            break
        point, until = _look(past, at)
        if _shown(point) != _shown(points[-1]):
            points.append(point)
    return points


def level(points: list[Point], at: datetime) -> Point:
    """The point that held at a moment."""
    return [point for point in points if point.at <= at][-1]


def _look(past: Known, at: datetime) -> tuple[Point, datetime]:
    """The point of a moment, and until when it holds."""
    model, news = past.model(at), past.next_news(at)
    if model is None:
        return Point(at, 0, 0.0, 0.0, None), news or datetime.max.replace(tzinfo=UTC)
    score = points_only(model, past.facts(at), at)
    until = min(score.valid_until, news) if news else score.valid_until
    return Point(at, score.readiness, score.fit, score.interest, model.version), until


def _shown(point: Point) -> tuple[int, int, int, int | None]:
    return point.readiness, rounded(point.fit), rounded(point.interest), point.model_version
