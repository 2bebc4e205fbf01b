"""Until when a score cannot have changed: maybe too early, never too late (ARCHITECTURE, decision 6).

Between two jumps (a window's end, an event dated ahead, a fast track's end) interest only decays: what
is positive falls and what is negative rises, each more slowly every moment. So the slope of now bounds
the way ahead, and going that far, looking again and going on comes close to the true crossing from
the safe side, as Newton's method does on a convex curve. What is clipped stands still until its sum has
come down to the bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from math import floor, inf, log, log2

NEVER = datetime.max.replace(tzinfo=UTC)
AT_LEAST = timedelta.resolution  # later than the moment asked, so that whoever waits for it gets on
AT_MOST = timedelta(days=30)
LIMIT = AT_MOST.total_seconds()

TIE = 1e-9  # what is short of an edge by float noise has reached it
HAIR = 1e-12  # stop this far before an edge: two ways to add the same floats differ by less
STEPS = 12  # each release of a clip takes one, and a crossing about five
SHORT = 1e-3  # seconds; a shorter step is not worth another look
LN2 = log(2.0)

Decay = tuple[
    float, float, float
]  # one rule's sum now, its half-life in seconds and the bound (±) of the sum


def shelf_life(
    at: datetime, *, fit: float, top: float, steady: float, decays: Sequence[Decay], edges: Iterable[float]
) -> datetime:
    """The moment until which no shown figure and no edge of the definition is crossed by decay alone.

    `steady` is the undecaying part of raw interest, `top` the most interest there can be, `edges` the
    amounts of interest that matter beside the roundings of readiness and of interest alone.
    """
    if not decays:
        return at + AT_MOST
    room, ahead = None, 0.0
    for _ in range(STEPS):
        raw, falling, rising, released = _slopes(steady, decays)
        room = room or _room(raw, fit, top, edges)
        step = _safe_step(raw, room, falling, rising, released)
        ahead += step
        if ahead >= LIMIT:
            return at + AT_MOST
        if step < SHORT:
            break
        decays = [(sum * 2.0 ** (-step / half), half, bound) for sum, half, bound in decays]
    return at + timedelta(microseconds=floor(ahead * 1e6))


def _slopes(steady: float, decays: Iterable[Decay]) -> tuple[float, float, float, float]:
    """Raw interest; points it loses and regains per second; seconds until a clipped sum is free again."""
    raw, falling, rising, released = steady, 0.0, 0.0, inf
    for sum, half_life, bound in decays:
        over = abs(sum) / bound
        if over > 1.0:
            raw += bound if sum > 0 else -bound
        else:
            raw += sum
        if over > 1 + TIE:
            released = min(released, half_life * log2(over))
        elif sum > 0:
            falling += sum * LN2 / half_life
        else:
            rising -= sum * LN2 / half_life
    return raw, falling, rising, released


def _safe_step(
    raw: float, room: tuple[float, float], falling: float, rising: float, released: float
) -> float:
    low, high = room
    down = (raw - HAIR - low) / falling if falling > 0 else inf
    up = (high - HAIR - raw) / rising if rising > 0 else inf
    return max(0.0, min(down, up, released))


def _room(raw: float, fit: float, top: float, edges: Iterable[float]) -> tuple[float, float]:
    """Between which amounts of raw interest nothing changes; infinite where clipping hides the rest."""
    interest = max(0.0, min(top, raw))
    readiness, alone = floor(fit + interest + 0.5 + TIE), floor(interest + 0.5 + TIE)
    low, high = -inf, inf
    for mark in (readiness - 0.5 - fit, readiness + 0.5 - fit, alone - 0.5, alone + 0.5, *edges):
        crossing = mark - TIE
        if crossing > interest:
            high = min(high, crossing)
        else:
            low = max(low, crossing)
    return (low if low > 0 else -inf), (high if high <= top else inf)
