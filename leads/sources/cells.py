"""What a cell means: text, yes or no, a number, a moment. Each refuses with a code what it cannot take.

A cell arrives without edges and never empty.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from leads import identity
from leads.sources.problems import CellRefused

Convert = Callable[[str], Any]

LONGEST_NOTE = 100_000
LONGEST_ATTRIBUTE = 10_000
MOST_EMPLOYEES = 2_147_483_647
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)

# What nobody means to write: NUL and other controls, halves of pairs, marks that turn the direction of the
# text after them (a file name that reads backwards).
_UNMEANT = "\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff"
_MARK = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f"
_SUSPECT = re.compile(f"[\x00{_UNMEANT}{_MARK}]")
_REMOVED = re.compile(f"[{_UNMEANT}]")
_TOWER = re.compile(f"[{_MARK}]{{9}}")


def line(most: int) -> Convert:
    """One line of text: line breaks inside become spaces."""

    def convert(cell: str) -> str:
        if not cell.isascii() or not cell.isprintable():
            cell = _sound(cell)
            if not cell.isprintable():
                cell = re.sub(r"[\r\n\t\u2028\u2029]+", " ", cell)
        if len(cell) > most:
            raise CellRefused("too_long", most=most)
        return cell

    return convert


def block(most: int) -> Convert:
    """Text of several lines."""

    def convert(cell: str) -> str:
        if not cell.isascii() or not cell.isprintable():
            cell = _sound(cell.replace("\r\n", "\n").replace("\r", "\n"))
        if len(cell) > most:
            raise CellRefused("too_long", most=most)
        return cell

    return convert


def _sound(cell: str) -> str:
    if not _SUSPECT.search(cell):
        return cell
    if "\0" in cell:
        raise CellRefused("null_characters_not_allowed")
    if _TOWER.search(cell):
        raise CellRefused("too_many_combining_marks")
    return _REMOVED.sub("", cell).strip()


_text_of_mail = line(320)
_ODD_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@")


def email(cell: str) -> str:
    """An address as typed. Dots where the standard has none (`a..b@docomo.ne.jp`) are kept: real people
    have them, and nothing is mailed to them."""
    problem = identity.email_problem(cell)
    if not problem:
        return _text_of_mail(cell)
    local, _, domain = cell.rpartition("@")
    if problem == "email_invalid" and _ODD_LOCAL.fullmatch(local + "@") and local[0] not in "=\"'":
        calm = re.sub(r"\.+", ".", local).strip(".")
        if calm and not identity.email_problem(f"{calm}@{domain}"):
            return _text_of_mail(cell)
    raise CellRefused(problem)


_text_of_phone = line(64)


def phone(cell: str) -> str:
    """A number as typed; what has fewer than six digits is no number anybody could call."""
    typed = _text_of_phone(cell)
    if not identity.phone_key(typed) and sum(letter.isdigit() for letter in typed) < 6:
        raise CellRefused("invalid_phone")
    return typed


def whole(*, most: int = MOST_EMPLOYEES, thousands: str = "") -> Convert:
    """A whole number from 0. A mark between thousands only where the mapping says which."""

    def convert(cell: str) -> int:
        plain = unicodedata.normalize("NFKC", cell) if not cell.isascii() else cell
        if thousands and re.fullmatch(rf"\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+", plain, re.ASCII):
            plain = plain.replace(thousands, "")
        if not (plain.isascii() and plain.isdigit()):
            raise CellRefused("not_a_whole_number")
        if len(plain) > 19 or int(plain) > most:
            raise CellRefused("number_too_large", most=most)
        return int(plain)

    return convert


def number(cell: str) -> int | float:
    """A number for an attribute or for data; beyond what JSON keeps exactly it is refused."""
    plain = unicodedata.normalize("NFKC", cell).replace("\u2212", "-")
    if not re.fullmatch(r"[-+]?\d+(?:\.\d+)?", plain, re.ASCII):
        raise CellRefused("not_a_number")
    if len(plain) > 20 or abs(float(plain)) >= 2**53:
        raise CellRefused("number_too_large", most=2**53 - 1)
    return float(plain) if "." in plain else int(plain)


_YES = frozenset(
    [
        "true",
        "yes",
        "y",
        "t",
        "1",
        "on",
        "はい",
        "○",
        "〇",
        "有",
        "有り",
        "あり",
        "停止",
        "配信停止",
        "不可",
        "✓",
        "✔",
        "真",
    ]
)
_NO = frozenset(
    ["false", "no", "n", "f", "0", "off", "いいえ", "×", "✕", "-", "無", "無し", "なし", "配信中", "可", "偽"]
)


def yes_no(cell: str) -> bool:
    plain = identity.fold(cell)
    if plain in _YES:
        return True
    if plain in _NO:
        return False
    raise CellRefused("not_yes_or_no")


# ── moments ──────────────────────────────────────────────────────────────────

_CLOCK = (
    r"(?:[T\s]+(?P<h>\d{1,2}):(?P<min>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp][Mm])?)?"
)
_ZONE = r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
_YEAR_FIRST = re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})" + _CLOCK + _ZONE, re.ASCII)
_KANJI = re.compile(
    r"(?P<y>\d{4})年\s*(?P<m>\d{1,2})月\s*(?P<d>\d{1,2})日(?:\s*\(?.曜?日?\)?)?"
    r"(?:\s*(?P<h>\d{1,2})[時:](?P<min>\d{2})分?(?::?(?P<s>\d{2})秒?)?)?(?P<f>)(?P<half>)(?P<zone>)",
    re.ASCII,
)
_YEAR_LAST = re.compile(r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4})" + _CLOCK + _ZONE, re.ASCII)
ORDERS = ("ymd", "dmy", "mdy")


def moment(
    *, zone: ZoneInfo, latest: datetime, formats: Sequence[str] = (), refuse_future: str = "in_future"
) -> Convert:
    """A moment in UTC. Without an offset it is local time of `zone`; a bare date is its midnight there.

    `formats` are `dmy`, `mdy` or patterns of strptime. Without one, 04/06/2026 is refused, never guessed.
    """
    order = next((one for one in formats if one in ORDERS), "")
    patterns = [one for one in formats if one not in ORDERS]

    def convert(cell: str) -> datetime:
        plain = cell if cell.isascii() else unicodedata.normalize("NFKC", cell)
        found = _by_pattern(plain, patterns) if patterns else _by_shape(plain, order)
        if found.tzinfo is None:
            found = found.replace(tzinfo=zone)
        try:
            found = found.astimezone(UTC)
        except OverflowError:
            raise CellRefused("out_of_range") from None
        if found < EARLIEST:
            raise CellRefused("out_of_range")
        if found > latest:
            raise CellRefused(refuse_future)
        return found

    return convert


def _by_pattern(cell: str, patterns: Sequence[str]) -> datetime:
    for pattern in patterns:
        try:
            return datetime.strptime(cell, pattern)
        except ValueError:
            continue
    raise CellRefused("not_in_date_format", formats=", ".join(patterns))


def _by_shape(cell: str, order: str) -> datetime:
    if found := _YEAR_FIRST.fullmatch(cell) or _KANJI.fullmatch(cell):
        return _built(found, int(found["m"]), int(found["d"]))
    if found := _YEAR_LAST.fullmatch(cell):
        first, second = int(found["a"]), int(found["b"])
        if not order and first != second and first <= 12 and second <= 12:
            raise CellRefused("ambiguous_date")
        day_first = order == "dmy" or (order != "mdy" and first > 12)
        return _built(found, second if day_first else first, first if day_first else second)
    raise CellRefused("not_a_date")


def _built(found: re.Match[str], month: int, day: int) -> datetime:
    hour = int(found["h"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            raise CellRefused("not_a_date")
        hour = hour % 12 + (12 if found["half"].lower() == "pm" else 0)
    later = timedelta(days=1) if hour == 24 and int(found["min"] or 0) == 0 else timedelta()
    fraction = int((found["f"] or "").ljust(6, "0")[:6])
    try:
        built = datetime(
            int(found["y"]), month, day, 0 if later else hour,
            int(found["min"] or 0), int(found["s"] or 0), fraction,
        )  # fmt: skip
        return (built + later).replace(tzinfo=_offset(found["zone"] or ""))
    except (ValueError, OverflowError):
        raise CellRefused("not_a_date") from None


def _offset(said: str) -> Any:
    if not said:
        return None
    if said in ("Z", "UTC", "GMT"):
        return UTC
    return datetime.strptime(said.replace(":", ""), "%z").tzinfo


# ── JSON ─────────────────────────────────────────────────────────────────────

_attribute_text = block(LONGEST_ATTRIBUTE)


def plain_object(cell: str) -> dict[str, Any]:
    """A JSON object of plain values: its members become attributes, null takes one away."""
    try:
        found = json.loads(cell, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise CellRefused("not_a_json_object") from None
    if not isinstance(found, Mapping):
        raise CellRefused("not_a_json_object")
    return {_member(name): _plain_value(value) for name, value in found.items()}


def _no_constant(_: str) -> Any:
    raise ValueError("NaN and Infinity are no JSON")


def _member(name: str) -> str:
    return line(100)(name.strip() or "?")


def _plain_value(value: Any) -> Any:
    if isinstance(value, str):
        return _attribute_text(value)
    if isinstance(value, list):
        return [_plain_value(one) for one in value if not isinstance(one, list | dict)]
    if isinstance(value, dict):
        raise CellRefused("nested_attribute")
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= 2**53:
        raise CellRefused("number_too_large", most=2**53 - 1)
    return value
