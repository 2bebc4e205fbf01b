"""Where acceptance differs clearly from the rest: exact tests, one bound on false alarms (decision 0061).

    clear = Fisher's exact test, Holm over everything that was looked at, and at least 15 points apart

An exact test keeps its promise for 30 decisions as for 30,000, and whatever the usual rate is; Holm (1979)
keeps it for any number of looks that hang together in any way. The interval beside a difference is
Newcombe's (1998, method 10), made of two intervals of Wilson (1927).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp, lgamma, sqrt
from typing import NamedTuple

LEAST_DECISIONS = 30
LEAST_DIFFERENCE = 0.15
FALSE_ALARMS = 0.05  # of all times that nothing is there, how often something is seen
Z = 1.959963984540054  # 95 %
DUST = 1e-12
ENOUGH = 1e-17  # what is smaller beside a sum changes nothing in it


class Tally(NamedTuple):
    """How many decisions, and how many of them accepted."""

    n: int
    accepted: int

    @property
    def rate(self) -> float:
        return self.accepted / self.n if self.n else 0.0

    def without(self, part: Tally) -> Tally:
        return Tally(self.n - part.n, self.accepted - part.accepted)


@dataclass(frozen=True)
class Comparison:
    """Decisions with something beside all the others; `key` says what."""

    key: str
    own: Tally
    rest: Tally

    @property
    def difference(self) -> float:
        """As a share: −0.3 is 30 points lower than the rest."""
        return self.own.rate - self.rest.rate

    @cached_property
    def interval(self) -> tuple[float, float]:
        """Where the true difference lies, 95 % sure."""
        return newcombe(self.own, self.rest)

    @property
    def least(self) -> float:
        """The smallest difference the interval leaves, whichever way; 0 where it leaves none."""
        low, high = self.interval
        return max(0.0, low, -high)

    @cached_property
    def p(self) -> float:
        """How often chance alone makes a difference like this."""
        return fisher(self.own, self.rest)

    @property
    def is_enough(self) -> bool:
        """At least 30 decisions with it, and others to hold it against."""
        return self.own.n >= LEAST_DECISIONS and self.rest.n > 0


def clear(looked_at: Iterable[Comparison]) -> list[Comparison]:
    """Those that differ clearly, the lower ones first (a send-back costs both sides), then the surest.

    Below 30 decisions nothing is looked at; what is equally sure stays in the order given.
    """
    enough = [one for one in looked_at if one.is_enough]
    alarms = set(_holm(enough))
    found = [one for one in enough if one.key in alarms and _is_wide(one)]
    return sorted(found, key=lambda one: (one.difference > 0, -round(one.least, 6)))


def _holm(looked_at: Sequence[Comparison]) -> Iterator[str]:
    """The keys of what chance does not explain, however many were looked at."""
    ordered = sorted(looked_at, key=lambda one: one.p)
    for place, one in enumerate(ordered):
        if one.p > FALSE_ALARMS / (len(ordered) - place):
            return
        yield one.key


def _is_wide(one: Comparison) -> bool:
    return abs(one.difference) >= LEAST_DIFFERENCE - DUST and one.least > 0


def wilson(of: Tally) -> tuple[float, float]:
    """Where the true rate lies, 95 % sure; everything where there is no decision."""
    if not of.n:
        return 0.0, 1.0
    square = Z * Z / of.n
    middle = (of.rate + square / 2) / (1 + square)
    half = Z / (1 + square) * sqrt(of.rate * (1 - of.rate) / of.n + square / (4 * of.n))
    return max(0.0, middle - half), min(1.0, middle + half)


def newcombe(own: Tally, rest: Tally) -> tuple[float, float]:
    """Where the difference of two rates lies, 95 % sure."""
    own_low, own_high = wilson(own)
    rest_low, rest_high = wilson(rest)
    difference = own.rate - rest.rate
    low = difference - sqrt((own.rate - own_low) ** 2 + (rest_high - rest.rate) ** 2)
    high = difference + sqrt((own_high - own.rate) ** 2 + (rest.rate - rest_low) ** 2)
    return max(-1.0, low), min(1.0, high)


def fisher(own: Tally, rest: Tally) -> float:
    """Fisher's exact test, two-sided by doubling the smaller tail."""
    whole = Tally(own.n + rest.n, own.accepted + rest.accepted)
    lower = _tail(own.accepted, own.n, whole, down=True)
    upper = _tail(own.accepted, own.n, whole, down=False)
    return min(1.0, 2 * min(lower, upper))


def _tail(accepted: int, n: int, whole: Tally, *, down: bool) -> float:
    """How likely so many accepted, or still fewer (more), are among `n` drawn from the whole."""
    least, most = max(0, n - (whole.n - whole.accepted)), min(n, whole.accepted)
    term = total = _chance(accepted, n, whole)
    here = accepted
    while (here > least if down else here < most) and term > total * ENOUGH:
        lower = here - 1 if down else here
        up = (whole.accepted - lower) * (n - lower)
        back = (lower + 1) * (whole.n - whole.accepted - n + lower + 1)
        term *= back / up if down else up / back
        total += term
        here += -1 if down else 1
    return min(1.0, total)


def _chance(accepted: int, n: int, whole: Tally) -> float:
    refused = whole.n - whole.accepted
    ways = _ways(whole.accepted, accepted) + _ways(refused, n - accepted) - _ways(whole.n, n)
    return exp(ways)


def _ways(of: int, chosen: int) -> float:
    return lgamma(of + 1) - lgamma(chosen + 1) - lgamma(of - chosen + 1)
