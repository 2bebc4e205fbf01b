"""Amounts as people write them: `4h`, `30d`, `75%`, `>= 70%`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date as calendar_date
from typing import Any

from config.playbook.problems import Path
from config.playbook.reading import Reading
from config.playbook.shapes import Text, shown

TARGET = re.compile(r"(>=|<=) ?([0-9]{1,15}(?:\.[0-9]{1,4})?)(%?)")


def duration() -> Text:
    """Working minutes, hours, or days of the calendar (PRODUCT 6, durations)."""
    return Text(form=re.compile(r"[1-9][0-9]{0,4}m|[1-9][0-9]{0,3}h|[1-9][0-9]{0,2}d"), code="bad_duration")


def days() -> Text:
    """Calendar days."""
    return Text(form=re.compile(r"[1-9][0-9]{0,3}d"), code="bad_days")


def percent() -> Text:
    """A share of a clock's target; beyond 100 % the clock is overdue."""
    return Text(form=re.compile(r"(?!0+%)[0-9]{1,3}%"), code="bad_percent")


@dataclass(frozen=True)
class Date:
    """A day, written 2027-03-31."""

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        try:
            calendar_date.fromisoformat(value if isinstance(value, str) and len(value) == 10 else "")
        except ValueError:
            return reading.refuse(path, "bad_date", value=shown(value))
        return value


def target() -> Text:
    return Text(form=TARGET, code="bad_target")


def target_is_percent(text: str) -> bool:
    found = TARGET.fullmatch(text)
    return bool(found and found[3])


def target_amount(text: str) -> float:
    found = TARGET.fullmatch(text)
    return float(found[2]) if found else 0.0
