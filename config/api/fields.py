"""Values taken literally: a number is a JSON number, a moment has an offset, text is text.

What text may hold is decided in one place for files and for the API (`leads.sources.cells`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from config.api import words
from leads.sources import cells
from leads.sources.problems import CellRefused

BIGGEST_ID = 2**63 - 1
FUTURE_LIMIT = timedelta(hours=24)
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?P<zone>Z|z|[+-]\d\d:?\d\d)?", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def refused(code: str, **params: Any) -> ValidationError:
    return ValidationError(ErrorDetail(words.sentence(code, params), code=code))


class Strict(serializers.Field):
    """Refuses in our own words; `required`, `null`, `blank` and `invalid_choice` come from DRF."""

    def fail(self, key: str, **params: Any) -> Any:
        if key == "invalid_choice":
            params = {"value": str(params.get("input"))[:60], "known": ", ".join(map(str, self.choices))}
        raise refused(key, **params)

    def read_cell(self, convert: Callable[[str], Any], said: str) -> Any:
        try:
            return convert(said)
        except CellRefused as why:
            code = "max_length" if why.code == "too_long" else why.code
            raise refused(code, **why.params) from None


class Text(Strict, serializers.CharField):
    """One line (`lines`: several). Stored as typed, without edges and without marks nobody sees."""

    convert: Callable[[str], Any] | None = None

    def __init__(self, most: int = 200, *, lines: bool = False, **options: Any) -> None:
        self.most = most
        self.read = self.convert or (cells.block if lines else cells.line)(most)
        super().__init__(**{"allow_blank": True, "max_length": most} | options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if data is not serializers.empty and data is not None and not isinstance(data, str):
            self.fail("not_text")
        return super().run_validation(data)

    def to_internal_value(self, data: str) -> str:
        said = data.strip()
        if self.convert is not None and len(said) > self.most:
            self.fail("max_length", most=self.most)
        return str(self.read_cell(self.read, said)) if said else ""


class Email(Text):
    convert = staticmethod(cells.email)


class Phone(Text):
    convert = staticmethod(cells.phone)


class Whole(Strict, serializers.IntegerField):
    """A whole number as JSON writes it: no text, no 3.0, no true."""

    def __init__(self, least: int = 0, most: int = BIGGEST_ID, **options: Any) -> None:
        self.least, self.most = least, most
        super().__init__(**{"min_value": least, "max_value": most} | options)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("not_a_whole_number")
        if data < self.least:
            self.fail("min_value", least=self.least)
        if data > self.most:
            self.fail("max_value", most=self.most)
        return data


class Number(Strict, serializers.FloatField):
    def __init__(self, least: float = 0, most: float = 1e12, **options: Any) -> None:
        self.least, self.most = least, most
        super().__init__(**{"min_value": least, "max_value": most} | options)

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("not_a_number")
        if data < self.least:
            self.fail("min_value", least=self.least)
        if data > self.most:
            self.fail("max_value", most=self.most)
        return float(data)


class YesNo(Strict, serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("not_yes_or_no")
        return data


class Choice(Strict, serializers.ChoiceField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("not_text")
        return str(super().to_internal_value(data))


class Moment(Strict, serializers.DateTimeField):
    """ISO 8601 with an offset. `past`: not more than 24 hours ahead of now."""

    def to_internal_value(self, value: Any) -> datetime:
        return self.read(value)

    def read(self, value: Any) -> datetime:
        return moment(value)


class Day(Strict, serializers.DateField):
    def to_internal_value(self, value: Any) -> date:
        try:
            if isinstance(value, str) and _DAY.fullmatch(value):
                day = date.fromisoformat(value)
                if 1900 <= day.year < 9000:
                    return day
                self.fail("out_of_range")
        except ValueError:
            pass
        return self.fail("not_a_date")


class PlainObject(Strict, serializers.DictField):
    """A JSON object whose members are whatever JSON allows; names are short text."""

    LONGEST_NAME = 100

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            self.fail("not_an_object")
        for name in data:
            if not name.strip() or len(name) > self.LONGEST_NAME:
                self.fail("max_length", most=self.LONGEST_NAME)
        return dict(data)


def moment(said: Any) -> datetime:
    """A moment in UTC, or a ValidationError: not_a_moment, naive_datetime, out_of_range."""
    found = _MOMENT.fullmatch(said) if isinstance(said, str) and len(said) < 60 else None
    if found is None:
        raise refused("not_a_moment")
    try:
        if found["zone"] is None:
            datetime.fromisoformat(said.replace(",", "."))
            raise refused("naive_datetime")
        at = datetime.fromisoformat(said.replace(",", ".")).astimezone(UTC)
    except OverflowError:
        raise refused("out_of_range") from None
    except ValueError:
        raise refused("not_a_moment") from None
    if not EARLIEST <= at < LATEST:
        raise refused("out_of_range")
    return at


def not_ahead(at: datetime, now: datetime) -> datetime:
    """What happened cannot lie more than 24 hours ahead."""
    if at > now + FUTURE_LIMIT:
        raise refused("in_future")
    return at
