"""Forms a value can have. A shape checks a value, notes what is wrong, and answers the value tidied:
known keys in the order of the format, labels in both languages, addresses in lower case."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import available_timezones

from config.playbook.problems import MOST, Path, closest
from config.playbook.reading import Reading

IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,49}")
EMAIL = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}"
)


class Shape(Protocol):
    def read(self, value: Any, path: Path, reading: Reading) -> Any: ...


@dataclass(frozen=True)
class Text:
    """Words; not empty, and no longer than its column."""

    most: int = 200
    form: re.Pattern[str] | None = None
    code: str = "bad_form"
    key: bool = False

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if not isinstance(value, str):
            return reading.refuse(path, "not_text", found=kind(value), value=shown(value))
        if not value.strip():
            return reading.refuse(path, "empty_text")
        if len(value) > self.most:
            return reading.refuse(path, "too_long", most=self.most)
        if self.form and not self.form.fullmatch(value):
            return reading.refuse(path, self.code, at_key=self.key, value=shown(value))
        return value


def identifier(*, key: bool = False) -> Text:
    return Text(form=IDENTIFIER, code="bad_identifier", key=key)


@dataclass(frozen=True)
class Number:
    """A number from `least` to `most`, both included; `above` leaves the lower edge out."""

    least: float | None = None
    most: float | None = None
    above: float | None = None
    whole: bool = False

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return reading.refuse(path, "not_a_number", found=kind(value), value=shown(value))
        if self.whole and value != int(value):
            return reading.refuse(path, "not_whole", value=value)
        if self.least is not None and value < self.least:
            return reading.refuse(path, "below_least", value=value, least=self.least)
        if self.above is not None and value <= self.above:
            return reading.refuse(path, "not_above", value=value, above=self.above)
        if self.most is not None and value > self.most:
            return reading.refuse(path, "above_most", value=value, most=self.most)
        return int(value) if value == int(value) else value


def whole(least: int, most: int) -> Number:
    return Number(least=least, most=most, whole=True)


@dataclass(frozen=True)
class YesNo:
    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if not isinstance(value, bool):
            return reading.refuse(path, "not_yes_no", value=shown(value))
        return value


@dataclass(frozen=True)
class OneOf:
    """One of the words the product knows."""

    words: Sequence[str]

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if not isinstance(value, str):
            return reading.refuse(path, "not_text", found=kind(value), value=shown(value))
        if value not in self.words:
            return reading.refuse_unknown(path, "not_one_of", value, self.words, words=list(self.words))
        return value


@dataclass(frozen=True)
class Named:
    """A name given elsewhere in the file: `people`, `calendars`, `reasons.pause` …; or one of `also`."""

    section: str
    also: Sequence[str] = ()

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if not isinstance(value, str):
            return reading.refuse(path, "not_text", found=kind(value), value=shown(value))
        known = [*self.also, *reading.names.get(self.section, ())]
        name = value.strip().lower() if self.section == "people" else value
        if name not in known:
            code = "unknown_person" if self.section == "people" else "unknown_name"
            return reading.refuse_unknown(path, code, value, known, section=self.section)
        return name


@dataclass(frozen=True)
class Email:
    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if not isinstance(value, str) or not EMAIL.fullmatch(address := value.strip().lower()):
            return reading.refuse(path, "bad_email", at_key=True, value=shown(value))
        return address


@dataclass(frozen=True)
class Label:
    """Words in Japanese and English. Given in one language, they stand for both."""

    most: int = 200

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if isinstance(value, str):
            value = {"ja": value}
        label = Fields({"ja": Maybe(Text(self.most)), "en": Maybe(Text(self.most))}).read(
            value, path, reading
        )
        if label == {}:
            return reading.refuse(path, "no_label")
        if not isinstance(label, dict):
            return None
        return {"ja": label.get("ja", label.get("en")), "en": label.get("en", label.get("ja"))}


@dataclass(frozen=True)
class Zone:
    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if not isinstance(value, str):
            return reading.refuse(path, "not_text", found=kind(value), value=shown(value))
        if value not in (zones := available_timezones()):
            return reading.refuse_unknown(path, "unknown_zone", value[:60], zones)
        return value


@dataclass(frozen=True)
class Maybe:
    """A key of `Fields` that may be left out."""

    shape: Shape

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        return self.shape.read(value, path, reading)


@dataclass(frozen=True)
class Fields:
    """A mapping with known keys. `then` looks at the whole once every part is right."""

    shapes: Mapping[str, Shape]
    then: Callable[[dict[str, Any], Path, Reading], None] | None = None

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if not isinstance(value, dict):
            return reading.refuse(path, "not_a_mapping", found=kind(value), value=shown(value))
        before = len(reading.problems)
        meant = self._refuse_unknown(value, path, reading)
        wanted = [key for key in self.shapes if self._wanted(key, value) and key not in meant]
        tidy = {key: self._part(key, value, path, reading) for key in wanted}
        if self.then and len(reading.problems) == before:
            self.then(tidy, path, reading)
        return tidy

    def _refuse_unknown(self, value: Mapping[str, Any], path: Path, reading: Reading) -> set[str]:
        """Refuses unknown keys; answers those missing ones that were probably meant by them."""
        unknown = [key for key in value if key not in self.shapes]
        for key in unknown:
            reading.refuse_unknown((*path, key), "unknown_key", key, self.shapes, at_key=True)
        missing = [key for key in self.shapes if key not in value] if unknown else []
        return {closest(key, missing) for key in unknown[:MOST]}

    def _wanted(self, key: str, value: Mapping[str, Any]) -> bool:
        return key in value or not isinstance(self.shapes[key], Maybe)

    def _part(self, key: str, value: Mapping[str, Any], path: Path, reading: Reading) -> Any:
        if key not in value:
            return reading.refuse(path, "missing_key", at_key=True, key=key)
        return self.shapes[key].read(value[key], (*path, key), reading)


@dataclass(frozen=True)
class MapOf:
    """A mapping from names the file chooses to things of one shape, in the order of the file."""

    shape: Shape
    keys: Shape = identifier(key=True)  # noqa: RUF009  (a frozen value)
    least: int = 0
    then: Callable[[dict[str, Any], Path, Reading], None] | None = None

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if not isinstance(value, dict):
            return reading.refuse(path, "not_a_mapping", found=kind(value), value=shown(value))
        before = len(reading.problems)
        tidy: dict[str, Any] = {}
        for key, item in value.items():
            name = self.keys.read(key, (*path, key), reading)
            if name in tidy:
                reading.refuse((*path, key), "given_twice", at_key=True, value=name)
            tidy[name] = self.shape.read(item, (*path, key), reading)
        if len(value) < self.least:
            reading.refuse(path, "empty_mapping", at_key=True)
        if self.then and len(reading.problems) == before:
            self.then(tidy, path, reading)
        return tidy


@dataclass(frozen=True)
class ListOf:
    """Things of one shape, in order. Of two with the same `by` (or the same value) one is refused."""

    shape: Shape
    least: int = 0
    by: str | None = None
    unique: bool = False
    then: Callable[[list[Any], Path, Reading], None] | None = None

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if not isinstance(value, list):
            return reading.refuse(path, "not_a_list", found=kind(value), value=shown(value))
        before = len(reading.problems)
        tidy = [self.shape.read(item, (*path, index), reading) for index, item in enumerate(value)]
        if len(value) < self.least:
            reading.refuse(path, "empty_list")
        self._refuse_doubles(tidy, path, reading)
        if self.then and len(reading.problems) == before:
            self.then(tidy, path, reading)
        return tidy

    def _refuse_doubles(self, tidy: list[Any], path: Path, reading: Reading) -> None:
        seen: set[Any] = set()
        for index, item in enumerate(tidy):
            name = item.get(self.by) if self.by and isinstance(item, dict) else item
            if not isinstance(name, (str, int)) or not (self.by or self.unique):
                continue
            if name in seen:
                where = (*path, index, self.by) if self.by else (*path, index)
                reading.refuse(where, "given_twice", value=name)
            seen.add(name)


def kind(value: Any) -> str:
    """What a value is, as a code that `words` can say."""
    if value is None:
        return "nothing"
    names = {bool: "yes_no", int: "number", float: "number", str: "text", list: "list", dict: "mapping"}
    return names[type(value)]


def shown(value: Any) -> str:
    """A value as it may stand in a sentence."""
    if value is None or isinstance(value, (dict, list)):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)[:60]
