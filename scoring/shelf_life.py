"""Until when a score cannot have changed: maybe too early, never too late (ARCHITECTURE, decision 6).

Between two jumps (a window's end, an event dated ahead, a fast track's end) interest only decays: what
is positive falls and what is negative rises, each more slowly every moment. So the slope of now bounds
the way ahead, and going that far, looking again and going on comes close to the true crossing from
the safe side, as Newton's method does on a convex curve. What is clipped stands still until its sum has
come down to the bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import floor, inf, log, log2

NEVER = datetime.max.replace(tzinfo=UTC)
AT_LEAST = timedelta.resolution  # later than the moment asked, so that whoever waits for it gets on
AT_MOST = timedelta(days=30)

TIE = 1e-9  # what is short of an edge by float noise has reached it
HAIR = 1e-12  # stop this far before an edge: two ways to add the same floats differ by less
STEPS = 12  # each release of a clip takes one, and a crossing about five
SHORT = 1e-3  # seconds; a shorter step is not worth another look
LN2 = log(2.0)


@dataclass(frozen=True, slots=True)
class Decay:
    """One rule's sum now, its half-life in seconds and the bound (±) it is clipped to."""

    sum: float
    half_life: float
    bound: float

    def after(self, seconds: float) -> Decay:
        return Decay(self.sum * 2.0 ** (-seconds / self.half_life), self.half_life, self.bound)

    @property
    def clipped(self) -> float:
        return max(-self.bound, min(self.bound, self.sum))

    @property
    def slope(self) -> float:
        """Points lost (positive) or given back (negative) per second; none while it is clipped."""
        return 0.0 if self.release else self.sum * LN2 / self.half_life

    @property
    def release(self) -> float:
        """Seconds until the sum has come down to the bound; 0 when it is inside."""
        over = abs(self.sum) / self.bound
        return self.half_life * log2(over) if over > 1 + TIE else 0.0


def shelf_life(
    at: datetime, *, fit: float, top: float, steady: float, decays: Sequence[Decay], edges: Iterable[float]
) -> datetime:
    """The moment until which no shown figure and no edge of the definition is crossed by decay alone.

    `steady` is the undecaying part of raw interest, `top` the most interest there can be, `edges` the
    amounts of interest that matter beside the roundings of readiness and of interest alone.
    """
    raw = steady + sum(decay.clipped for decay in decays)
    low, high = _room(raw, fit, top, edges)
    ahead, limit = 0.0, AT_MOST.total_seconds()
    for _ in range(STEPS):
        step = _safe_step(raw, low, high, decays)
        ahead += step
        if ahead >= limit:
            return at + AT_MOST
        if step < SHORT:
            break
        decays = [decay.after(step) for decay in decays]
        raw = steady + sum(decay.clipped for decay in decays)
    return at + timedelta(microseconds=floor(ahead * 1e6))


def _safe_step(raw: float, low: float, high: float, decays: Sequence[Decay]) -> float:
    falling = sum(decay.slope for decay in decays if decay.sum > 0)
    rising = -sum(decay.slope for decay in decays if decay.sum < 0)
    down = (raw - HAIR - low) / falling if falling > 0 else inf
    up = (high - HAIR - raw) / rising if rising > 0 else inf
    released = min((decay.release for decay in decays if decay.release), default=inf)
    return max(0.0, min(down, up, released))


def _room(raw: float, fit: float, top: float, edges: Iterable[float]) -> tuple[float, float]:
    """Between which amounts of raw interest nothing changes; infinite where clipping hides the rest."""
    interest = max(0.0, min(top, raw))
    readiness, alone = floor(fit + interest + 0.5 + TIE), floor(interest + 0.5 + TIE)
    marks = [readiness - 0.5 - fit, readiness + 0.5 - fit, alone - 0.5, alone + 0.5, *edges]
    crossings = [mark - TIE for mark in marks]
    low = max((mark for mark in crossings if mark <= interest), default=-inf)
    high = min((mark for mark in crossings if mark > interest), default=inf)
    return (low if low > 0 else -inf), (high if high <= top else inf)
