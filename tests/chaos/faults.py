"""Faults by their number in RELIABILITY 4: what is broken, at which size, and what was measured beside the figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.house import House


@dataclass
class Report:
    """Measured beside written: every figure with whether it holds.

    How long something took is judged in the full form only: on a busy machine it says nothing about the code.
    """

    judges_time: bool = True
    said: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def figure(self, what: str, measured: Any, *, wanted: str, holds: bool, is_time: bool = False) -> None:
        counts = self.judges_time or not is_time
        word = "" if holds else " MISSED" if counts else " SLOW"
        self.said.append(f"{what} {measured} ({wanted}){word}")
        if not holds and counts:
            self.missed.append(what)

    def exactly(self, what: str, measured: Any, wanted: Any) -> None:
        self.figure(what, measured, wanted=str(wanted), holds=measured == wanted)

    def at_most(self, what: str, measured: float, most: float, unit: str = "s") -> None:
        said = f"{measured:,.2f} {unit}"
        self.figure(what, said, wanted=f"≤ {most:g} {unit}", holds=measured <= most, is_time=True)

    def note(self, what: str) -> None:
        self.said.append(what)


Act = Callable[[House, Report, int], None]


@dataclass(frozen=True)
class Fault:
    """`short` and `full` are sizes: of leads, rounds, requests or seconds, as the fault says."""

    number: str
    what: str
    act: Act
    short: int
    full: int


FAULTS: dict[str, Fault] = {}


def fault(number: str, what: str, *, short: int, full: int) -> Callable[[Act], Act]:
    def kept(act: Act) -> Act:
        FAULTS[number] = Fault(number, what, act, short, full)
        return act

    return kept
