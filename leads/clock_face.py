"""What a clock shows at a moment: its state in words, the business time left, and the sum behind it.

Rules without a query. A clock here is anything with `state, started_at, due_at, risk_at, met_at, segments`
(the desk's table keeps them; this floor only reads what they say).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

CALM, RISK, OVER, PAUSE, MET, LATE = "calm", "risk", "over", "pause", "met", "late"
OUTSIDE, HELD = "outside", "held"


@dataclass(frozen=True)
class Piece:
    """A stretch of counted time, half-open, and how much of it was used by now."""

    start: datetime
    end: datetime
    minutes: float

    def until(self, at: datetime) -> float:
        """Counted minutes of this stretch before `at`."""
        whole = (self.end - self.start) / timedelta(minutes=1)
        used = (min(max(at, self.start), self.end) - self.start) / timedelta(minutes=1)
        return self.minutes * used / whole if whole else 0.0


@dataclass(frozen=True)
class Face:
    """`state` is what the chip is drawn as; minutes are business minutes, `late` is elapsed time."""

    state: str
    due_at: datetime | None
    pieces: tuple[Piece, ...]
    used: float
    left: float
    late: timedelta
    resumes_at: datetime | None = None
    because: str = ""

    @property
    def total(self) -> float:
        return self.used + self.left


def whole_minutes(lengths: Iterable[float]) -> list[int]:
    """Minutes to be shown beside stretches in their order: together as many as they are together.

    A stretch that begins at 17:41:23 and is shown from 17:41 to 18:00 counts 19 there, not 18.
    """
    shown: list[int] = []
    done = 0.0
    for length in lengths:
        done += length
        shown.append(ceil(done - DUST) - sum(shown))
    return shown


DUST = 1e-6  # of a minute: what adding floats leaves


def read(clock: Any, now: datetime) -> Face:
    """The face of `clock` at `now`; a decided clock shows how long its answer took."""
    pieces = tuple(_pieces(clock.segments))
    at = clock.met_at or clock.ended_at or now
    used = sum(piece.until(at) for piece in pieces)
    left = sum(piece.minutes for piece in pieces) - used
    due = clock.due_at
    late = at - due if due and at > due else timedelta()
    state, because, resumes = _state(clock, pieces, now)
    return Face(state, due, pieces, used, left, late, resumes, because)


def _state(clock: Any, pieces: Sequence[Piece], now: datetime) -> tuple[str, str, datetime | None]:
    if clock.state == "met":
        return MET, "", None
    if clock.state == "met_late":
        return LATE, "", None
    if clock.state == "paused" or clock.due_at is None:
        return PAUSE, HELD, None
    if now > clock.due_at:
        return OVER, "", None
    resumes = _resumes(pieces, now)
    if resumes is not None:
        return PAUSE, OUTSIDE, resumes
    return (RISK if clock.risk_at and now >= clock.risk_at else CALM), "", None


def _resumes(pieces: Sequence[Piece], now: datetime) -> datetime | None:
    """When counting goes on, if it rests at `now`."""
    if any(piece.start <= now < piece.end for piece in pieces):
        return None
    return min((piece.start for piece in pieces if piece.start > now), default=None)


def _pieces(segments: Sequence[Sequence[Any]]) -> list[Piece]:
    return [
        Piece(datetime.fromisoformat(start), datetime.fromisoformat(end), float(minutes))
        for start, end, minutes in segments
    ]
