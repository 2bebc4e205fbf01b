"""The mapping file: what the columns of somebody else's export mean here (docs/how-to/import.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from leads import identity, predicates
from leads.sources import cells, headings, plain_yaml
from leads.sources.problems import FileRefused

KEYS = (
    "columns", "constants", "skip", "only", "empty", "others", "zone", "dates", "sheet", "encoding",
    "delimiter",
)  # fmt: skip
COLUMN_KEYS = ("to", "values", "otherwise", "dates", "zone", "thousands", "type")
TYPES = ("text", "number", "yes_no", "moment")
OTHERS = ("ignore", "attributes")
IGNORE = ("", "ignore", "~", "null")
LONGEST_NAME = 100

Row = Mapping[str, str]


@dataclass(frozen=True)
class Column:
    """Where a column goes and how its cells are read; `to` empty: it is left out."""

    to: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = "keep"
    dates: Sequence[str] = ()
    zone: ZoneInfo | None = None
    thousands: str = ""
    type: str = ""

    def translated(self, cell: str) -> str | None:
        """The cell by the table of values; None where a value that is not in it is refused."""
        found = self.values.get(cell)
        if found is None:
            found = self.values.get(identity.fold(cell))
        if found is not None or self.otherwise == "keep":
            return cell if found is None else found
        return None if self.otherwise == "reject" else ""


@dataclass(frozen=True)
class FileMapping:
    """A mapping file, checked; columns by their heading as it is compared."""

    columns: Mapping[str, Column] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)  # heading as compared → as written
    constants: Mapping[str, str] = field(default_factory=dict)
    skips: Callable[[Row], bool] | None = None
    asked: frozenset[str] = frozenset()  # headings that the filter reads
    empty: frozenset[str] = frozenset()
    others: str = "ignore"
    zone: ZoneInfo | None = None
    dates: Sequence[str] = ()
    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""


def read(path: Path, fields: Sequence[str]) -> FileMapping:
    """The mapping in this file for a kind whose fields are these. Raises FileRefused."""
    said = plain_yaml.load(path)
    if not isinstance(said, dict):
        raise FileRefused("mapping_no_mapping", where=str(path))
    _insist_on_keys(said, KEYS, "")
    columns = {name: _column(name, body, fields) for name, body in _mapping(said, "columns").items()}
    constants = {
        name: _text(value, f"constants.{name}") for name, value in _mapping(said, "constants").items()
    }
    for name in constants:
        _insist_on_field(name, fields, f"constants.{name}")
    skips, asked = _filter(said)
    return FileMapping(
        columns={headings.key(name): column for name, column in columns.items()},
        names={headings.key(name): name for name in columns},
        constants=constants,
        skips=skips,
        asked=asked,
        empty=frozenset(_texts(said.get("empty", []), "empty")),
        others=_one_of(said.get("others", "ignore"), OTHERS, "others"),
        zone=_zone(said["zone"], "zone") if "zone" in said else None,
        dates=_dates(said.get("dates", []), "dates"),
        sheet=_text(said.get("sheet", ""), "sheet"),
        encoding=_text(said.get("encoding", ""), "encoding"),
        delimiter=_delimiter(said.get("delimiter", "")),
    )


def _column(name: str, body: Any, fields: Sequence[str]) -> Column:
    where = f"columns.{name}"
    if not isinstance(body, dict):
        to = _text(body, where)
        return Column() if to in IGNORE else Column(to=_insist_on_field(to, fields, where))
    _insist_on_keys(body, COLUMN_KEYS, where)
    values = {key: _text(value, where) for key, value in _mapping(body, "values", where).items()}
    return Column(
        to=_insist_on_field(_text(body.get("to", ""), where), fields, where),
        values={identity.fold(key): value for key, value in values.items()} | values,
        otherwise=_one_of(body.get("otherwise", "keep"), ("keep", "empty", "reject"), where),
        dates=_dates(body.get("dates", []), where),
        zone=_zone(body["zone"], where) if "zone" in body else None,
        thousands=_text(body.get("thousands", ""), where)[:1],
        type=_one_of(body.get("type", "text"), TYPES, where) if "type" in body else "",
    )


def _filter(said: Mapping[str, Any]) -> tuple[Callable[[Row], bool] | None, frozenset[str]]:
    """`skip` leaves out the rows for which it holds, `only` those for which it does not."""
    tests: list[Callable[[Row], bool]] = []
    asked: set[str] = set()
    for name in ("skip", "only"):
        if name not in said:
            continue
        predicate = plain_yaml.typed(said[name])
        wrong = predicates.check(predicate, known_paths=lambda path: asked.add(path) is None)
        if wrong:
            where = ".".join(map(str, (name, *wrong[0].path)))
            raise FileRefused("mapping_filter", where=where)
        holds = predicates.compile_predicate(predicate)
        tests.append(holds if name == "skip" else _not(holds))
    return (lambda row: any(test(row) for test in tests)) if tests else None, frozenset(asked)


def _not(holds: Callable[[Row], bool]) -> Callable[[Row], bool]:
    return lambda row: not holds(row)


def _insist_on_keys(said: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for name in said:
        if name not in known:
            place = f"{where}.{name}" if where else name
            raise FileRefused("mapping_unknown_key", where=place, known=", ".join(known))


def _insist_on_field(name: str, fields: Sequence[str], where: str) -> str:
    head, dot, rest = name.partition(".")
    if name in fields and not dot:
        return name
    if dot and f"{head}.*" in fields and rest.strip() and len(rest) <= LONGEST_NAME:
        return name
    raise FileRefused("mapping_unknown_field", where=where, field=name, known=", ".join(fields))


def _mapping(said: Mapping[str, Any], name: str, where: str = "") -> Mapping[str, Any]:
    found = said.get(name, {})
    if isinstance(found, str) and found in IGNORE:
        return {}
    if not isinstance(found, dict):
        raise FileRefused("mapping_no_mapping", where=f"{where}.{name}" if where else name)
    return found


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise FileRefused("mapping_no_text", where=where)
    return str(value)


def _texts(value: Any, where: str) -> list[str]:
    return [_text(one, where) for one in (value if isinstance(value, list) else [value])]


def _one_of(value: Any, known: Sequence[str], where: str) -> str:
    if value not in known:
        raise FileRefused("mapping_choice", where=where, value=str(value)[:60], known=", ".join(known))
    return str(value)


def _dates(value: Any, where: str) -> tuple[str, ...]:
    """`dmy`, `mdy`, `ymd`, or patterns like %d.%m.%Y %H:%M; each is tried once to see that it can be read."""
    said = tuple(one for one in _texts(value, where) if one)
    for one in said:
        if one not in cells.ORDERS:
            try:
                datetime.strptime(datetime(2026, 11, 24, 13, 5, 7).strftime(one), one)
            except ValueError as wrong:
                raise FileRefused("mapping_dates", where=where, value=one) from wrong
            if "%" not in one:
                raise FileRefused("mapping_dates", where=where, value=one)
    return said


def _zone(value: Any, where: str) -> ZoneInfo:
    try:
        return ZoneInfo(_text(value, where))
    except (ValueError, OSError, KeyError) as wrong:
        raise FileRefused("mapping_zone", where=where, value=str(value)[:60]) from wrong


def _delimiter(value: Any) -> str:
    said = _text(value, "delimiter").replace("\\t", "\t").replace("tab", "\t")
    if len(said) > 1 or said in ('"', "\n", "\r"):
        raise FileRefused("mapping_choice", where="delimiter", value=said[:20], known=", ; | tab")
    return said
