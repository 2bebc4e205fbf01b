"""Handoffs per week as a picture: two bars a week, rules in force and draft; coordinates only, no words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

HEIGHT, BASE, TOP = 200, 170, 22  # the strip below the line is for the weeks, that above for the largest
SLOT, BAR, GAP, LEFT = 60, 20, 4, 10
FEWEST_SLOTS = 5  # a month is not drawn wider than its bars need


@dataclass(frozen=True)
class Bar:
    side: str
    x: float
    y: float
    height: float
    value: int

    @property
    def middle(self) -> float:
        return self.x + BAR / 2

    @property
    def above(self) -> float:
        return self.y - 5


@dataclass(frozen=True)
class Week:
    begins: date
    bars: tuple[Bar, ...]
    middle: float


@dataclass(frozen=True)
class Chart:
    """`width` × `height` units, the line of zero at `base`."""

    weeks: tuple[Week, ...]
    width: int
    most: int
    height: int = HEIGHT
    base: int = BASE
    bar: int = BAR

    @property
    def label_y(self) -> int:
        return self.height - 8


def weekly(weeks: Sequence[Mapping[str, Any]]) -> Chart:
    """Entries of the rules in force (`before`) and of the draft, week by week."""
    most = max((week[side][0] for week in weeks for side in ("before", "draft")), default=0)
    drawn = tuple(_week(week, place, most) for place, week in enumerate(weeks))
    return Chart(drawn, 2 * LEFT + SLOT * max(FEWEST_SLOTS, len(weeks)), most)


def _week(week: Mapping[str, Any], place: int, most: int) -> Week:
    left = LEFT + place * SLOT + (SLOT - 2 * BAR - GAP) / 2
    bars = tuple(
        _bar(side, left + number * (BAR + GAP), week[side][0], most)
        for number, side in enumerate(("before", "draft"))
    )
    return Week(date.fromisoformat(week["from"]), bars, LEFT + place * SLOT + SLOT / 2)


def _bar(side: str, x: float, value: int, most: int) -> Bar:
    height = round((BASE - TOP) * value / most, 1) if most else 0.0
    return Bar(side, x, BASE - height, height, value)
