"""What a working calendar says: its definition read, and everything that is wrong with one (PRODUCT 6)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KEYS = ("timezone", "weekly", "holidays", "exceptions", "day", "overrides", "label", "name")
EXCEPTION_KEYS = ("date", "from", "to", "every", "closed", "windows", "label")
MIDNIGHT = 24 * 60
GIVE_UP_DAYS = 400
MOST_WINDOWS = 24

_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")
_WINDOW = re.compile(r"([0-9]{2}:[0-9]{2})\s*-\s*([0-9]{2}:[0-9]{2})")
_EVERY = re.compile(r"([0-9]{2})-([0-9]{2})(?:\.\.([0-9]{2})-([0-9]{2}))?")
_COUNTRY = re.compile("[A-Z]{2}")

Windows = tuple[tuple[int, int], ...]  # minutes of the local day; an end beyond 1440 is the next day
Path = tuple[str | int, ...]
OPEN, CLOSED, HOLIDAY, EXCEPTION = "open", "closed", "holiday", "exception"


class DefinitionError(ValueError):
    """One thing wrong with a calendar: `code`, the `path` to it, and `params` for the sentence."""

    def __init__(self, code: str, path: Path = (), **params: Any) -> None:
        self.code, self.path, self.params = code, path, params
        super().__init__(f"{'.'.join(map(str, path))}: {code}")


@dataclass(frozen=True)
class Exceptional:
    """Days with windows of their own (none: closed). A date beats a range, a range beats a yearly one."""

    windows: Windows
    label: Any
    first: date | None = None
    last: date | None = None
    every: tuple[tuple[int, int], tuple[int, int]] | None = None
    path: Path = field(default=(), compare=False)  # where the definition says it

    @property
    def rank(self) -> int:
        if self.every is not None:
            return 0
        return 2 if self.first == self.last else 1

    def covers(self, day: date) -> bool:
        if self.every is None:
            assert self.first is not None and self.last is not None
            return self.first <= day <= self.last
        start, end = self.every
        here = (day.month, day.day)
        return start <= here <= end if start <= end else (here >= start or here <= end)


@dataclass(frozen=True)
class Rules:
    """A definition made ready: what is open on each local day, and why not."""

    zone: ZoneInfo
    weekly: tuple[Windows, ...]
    holidays: Mapping[date, Any]
    exceptions: tuple[Exceptional, ...]
    day_minutes: float

    def on(self, day: date) -> tuple[Windows, str, Any]:
        """The windows of a day, with why (`open`, `closed`, `holiday`, `exception`) and a label."""
        one = self.exception_on(day)
        if one is not None:
            return one.windows, EXCEPTION, one.label
        if day in self.holidays:
            return (), HOLIDAY, self.holidays[day]
        windows = self.weekly[day.weekday()]
        return windows, OPEN if windows else CLOSED, ""

    def exception_on(self, day: date) -> Exceptional | None:
        """The exception that says how this day is."""
        return next((one for one in self.exceptions if one.covers(day)), None)


def read_rules(body: Mapping[str, Any], holiday_rows: Mapping[date, str]) -> Rules:
    """The rules of a definition. Raises the first DefinitionError."""
    errors: list[DefinitionError] = []
    rules = _Reader(errors).rules(body, holiday_rows)
    if errors or rules is None:
        raise errors[0] if errors else DefinitionError("not_a_mapping")
    return rules


def check_definition(body: object) -> list[DefinitionError]:
    """Everything wrong with a definition; never raises. Empty or never open within 400 days is wrong."""
    errors: list[DefinitionError] = []
    rules = _Reader(errors).rules(body, {})
    if rules is not None and not errors and not _opens(rules):
        errors.append(DefinitionError("never_open", ("weekly",), days=GIVE_UP_DAYS))
    return errors


def country_codes(body: Mapping[str, Any]) -> list[str]:
    """Country codes whose national holidays this calendar keeps."""
    said = body.get("holidays") or []
    return [one for one in ([said] if isinstance(said, str) else said) if _COUNTRY.fullmatch(str(one))]


def _opens(rules: Rules) -> bool:
    """Is no stretch of 400 days closed? Weekdays repeat, so only days around exceptions are looked at."""
    if not any(rules.weekly):
        return any(one.every is not None and one.windows for one in rules.exceptions)
    named = [day for one in rules.exceptions for day in (one.first, one.last) if day is not None]
    named += list(rules.holidays)
    start = min(named, default=date(2026, 1, 1))
    return all(_opens_after(rules, day) for day in {start, *named, date(2026, 1, 1)})


def _opens_after(rules: Rules, day: date) -> bool:
    try:
        return any(rules.on(day + timedelta(days=ahead))[0] for ahead in range(GIVE_UP_DAYS))
    except OverflowError:
        return False


class _Reader:
    """Reads a definition and notes what is wrong on the way."""

    def __init__(self, errors: list[DefinitionError]) -> None:
        self.errors = errors

    def refuse(self, code: str, path: Path, **params: Any) -> None:
        self.errors.append(DefinitionError(code, path, **params))

    def rules(self, body: object, holiday_rows: Mapping[date, str]) -> Rules | None:
        if not isinstance(body, Mapping):
            self.refuse("not_a_mapping", ())
            return None
        for key in body:
            if key not in KEYS:
                self.refuse("unknown_key", (str(key),), value=str(key)[:60])
        zone = self._zone(body.get("timezone"))
        weekly = self._weekly(body.get("weekly"))
        holidays = dict(holiday_rows) | self._holidays(body.get("holidays"))
        exceptions = self._exceptions(body.get("exceptions")) + self._overrides(body.get("overrides"))
        day = self._day(body.get("day"), weekly)
        if zone is None:
            return None
        exceptions.sort(key=lambda one: -one.rank)
        return Rules(zone, weekly, holidays, tuple(exceptions), day)

    def _zone(self, said: object) -> ZoneInfo | None:
        try:
            if isinstance(said, str) and said and not said.startswith(("/", ".")):
                return ZoneInfo(said)
        except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
            pass
        self.refuse("unknown_zone", ("timezone",), value=str(said)[:60])
        return None

    def _weekly(self, said: object) -> tuple[Windows, ...]:
        if not isinstance(said, Mapping):
            self.refuse("weekly_needed", ("weekly",))
            return ((),) * 7
        for key in said:
            if key not in WEEKDAYS:
                self.refuse("unknown_weekday", ("weekly", str(key)), value=str(key)[:60])
        return tuple(self.windows(said.get(name) or [], ("weekly", name)) for name in WEEKDAYS)

    def windows(self, said: object, path: Path) -> Windows:
        if not isinstance(said, Sequence) or isinstance(said, str) or len(said) > MOST_WINDOWS:
            self.refuse("windows_needed", path)
            return ()
        found = [self._window(one, (*path, place)) for place, one in enumerate(said)]
        return tuple(window for window in found if window is not None)

    def _window(self, said: object, path: Path) -> tuple[int, int] | None:
        parts: Sequence[object] = ()
        if isinstance(said, str) and (match := _WINDOW.fullmatch(said.strip())):
            parts = match.groups()
        elif isinstance(said, Sequence) and not isinstance(said, str) and len(said) == 2:
            parts = said
        start, end = (_minute(part) for part in parts) if len(parts) == 2 else (None, None)
        if start is None or end is None or start in (MIDNIGHT, end):
            self.refuse("bad_window", path, value=str(said)[:60])
            return None
        return (start, end) if end > start else (start, end + MIDNIGHT)

    def _holidays(self, said: object) -> dict[date, Any]:
        if said is None:
            return {}
        entries = [said] if isinstance(said, str) else said
        if not isinstance(entries, Sequence):
            self.refuse("holidays_needed", ("holidays",))
            return {}
        found: dict[date, Any] = {}
        for place, one in enumerate(entries):
            path: Path = ("holidays",) if isinstance(said, str) else ("holidays", place)
            day = _day(one)
            if day is not None:
                found[day] = ""
            elif not (isinstance(one, str) and _COUNTRY.fullmatch(one)):
                self.refuse("bad_holiday", path, value=str(one)[:60])
        return found

    def _exceptions(self, said: object) -> list[Exceptional]:
        if said is None:
            return []
        if not isinstance(said, Sequence) or isinstance(said, str):
            self.refuse("exceptions_needed", ("exceptions",))
            return []
        found = [self._exception(one, ("exceptions", place)) for place, one in enumerate(said)]
        return [one for one in found if one is not None]

    def _exception(self, said: object, path: Path) -> Exceptional | None:
        if not isinstance(said, Mapping):
            self.refuse("not_a_mapping", path)
            return None
        for key in said:
            if key not in EXCEPTION_KEYS:
                self.refuse("unknown_key", (*path, str(key)), value=str(key)[:60])
        windows = self._exception_windows(said, path)
        label = said.get("label", "")
        if not isinstance(label, (str, Mapping)):
            self.refuse("bad_label", (*path, "label"))
        return self._placed(said, path, windows, label)

    def _placed(
        self, said: Mapping[Any, Any], path: Path, windows: Windows, label: Any
    ) -> Exceptional | None:
        ways = [way for way in ("date", "from", "every") if way in said]
        if len(ways) != 1 or ("to" in said) != ("from" in said):
            self.refuse("one_of_date_range_every", path)
            return None
        if ways == ["every"]:
            every = _every(said["every"])
            if every is None:
                self.refuse("bad_every", (*path, "every"), value=str(said["every"])[:60])
                return None
            return Exceptional(windows, label, every=every, path=path)
        ends = ("date", "date") if ways == ["date"] else ("from", "to")
        first, last = _day(said[ends[0]]), _day(said[ends[1]])
        for name, day in zip(ends, (first, last), strict=True):
            if day is None:
                self.refuse("bad_date", (*path, name), value=str(said[name])[:60])
                return None
        assert first is not None and last is not None
        if last < first:
            self.refuse("range_backwards", (*path, "to"))
            return None
        return Exceptional(windows, label, first, last, path=path)

    def _exception_windows(self, said: Mapping[Any, Any], path: Path) -> Windows:
        closed = said.get("closed", False)
        if not isinstance(closed, bool):
            self.refuse("closed_yes_no", (*path, "closed"))
        if bool(closed) == ("windows" in said):
            self.refuse("closed_or_windows", path)
        return self.windows(said["windows"], (*path, "windows")) if "windows" in said else ()

    def _overrides(self, said: object) -> list[Exceptional]:
        """`overrides: {date: windows}`: the short form of exceptions by date."""
        if said is None:
            return []
        if not isinstance(said, Mapping):
            self.refuse("not_a_mapping", ("overrides",))
            return []
        found = []
        for key, windows in said.items():
            day = _day(key)
            if day is None:
                self.refuse("bad_date", ("overrides", str(key)), value=str(key)[:60])
            else:
                path: Path = ("overrides", str(key))
                found.append(Exceptional(self.windows(windows, path), "", day, day, path=path))
        return found

    def _day(self, said: object, weekly: tuple[Windows, ...]) -> float:
        longest = max((sum(end - start for start, end in windows) for windows in weekly), default=0)
        if said is None:
            return float(longest or 480)
        if isinstance(said, bool) or not isinstance(said, (int, float)) or not 1 <= said <= MIDNIGHT:
            self.refuse("bad_day", ("day",), value=str(said)[:60])
            return 480.0
        return float(said)


def _minute(said: object) -> int | None:
    found = _CLOCK.fullmatch(said) if isinstance(said, str) else None
    minute = int(found[1]) * 60 + int(found[2]) if found else None
    return minute if minute is not None and minute <= MIDNIGHT else None


def _day(said: object) -> date | None:
    try:
        day = date.fromisoformat(said) if isinstance(said, str) and len(said) == 10 else None
    except ValueError:
        return None
    return day if day is not None and 1971 <= day.year <= 9000 else None


def _every(said: object) -> tuple[tuple[int, int], tuple[int, int]] | None:
    found = _EVERY.fullmatch(said) if isinstance(said, str) else None
    if not found:
        return None
    start = (int(found[1]), int(found[2]))
    end = (int(found[3]), int(found[4])) if found[3] else start
    try:
        for month, day in (start, end):
            date(2024, month, day)  # a leap year, so that 02-29 is a day
    except ValueError:
        return None
    return start, end
