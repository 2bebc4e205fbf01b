"""Rows of a table as values of fields: columns are bound once, then each row is read by its bindings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from leads import identity
from leads.sources import headings as words
from leads.sources.cells import Convert, plain_object
from leads.sources.mapping import LONGEST_NAME, Column, FileMapping
from leads.sources.problems import CellRefused, FileRefused, Problem
from leads.sources.tables import Cells

CLEAR = "(clear)"
OBJECT_FIELDS = ("attributes", "data")
SHOWN = 200

Values = dict[str, Any]
Maker = Callable[[str, Column], Convert]
"""Makes the reader of a field's cells, with what the mapping says of its column."""


@dataclass(frozen=True)
class Binding:
    """One column: where it stands, the field it fills, and how a cell becomes a value."""

    at: int
    heading: str
    to: str
    convert: Convert
    column: Column

    @property
    def is_plain(self) -> bool:
        """Nothing to look up, nothing to spread: the cell is the value."""
        return not self.column.values and self.to not in OBJECT_FIELDS


@dataclass
class Reader:
    """Reads rows; `ignored` are the headings nobody knows what to do with."""

    bindings: list[Binding]
    constants: list[tuple[str, Any]]
    mapping: FileMapping
    headings: Sequence[str]
    ignored: list[str] = field(default_factory=list)
    expanded: dict[str, tuple[Column, Convert, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._steps = [(one.at, one.to, one.convert, one.is_plain, one) for one in self.bindings]

    def skips(self, cells: Cells) -> bool:
        skips = self.mapping.skips
        return skips is not None and skips(dict(zip(self.headings, cells, strict=False)))

    def read(self, cells: Cells) -> tuple[Values, list[Problem]]:
        """The row's values by field (absent: its cell is empty; None: cleared), and what is wrong with it."""
        values: Values = {}
        problems: list[Problem] = []
        have, empty = len(cells), self.mapping.empty
        if have > len(self.headings) and any(map(str.strip, cells[len(self.headings) :])):
            problems.append(Problem("", cells[len(self.headings)][:SHOWN], "too_many_cells"))
        for at, to, convert, is_plain, binding in self._steps:
            if at >= have or not (cell := cells[at].strip()) or to in values or cell in empty:
                continue
            try:
                if is_plain and cell != CLEAR:
                    values[to] = convert(cell)
                else:
                    self._take(binding, cell, values)
            except CellRefused as wrong:
                problems.append(Problem(binding.heading, cell[:SHOWN], wrong.code, wrong.params))
        for to, value in self.constants:
            values.setdefault(to, value)
        return values, problems

    def _take(self, binding: Binding, cell: str, values: Values) -> None:
        if binding.column.values:
            said = binding.column.translated(cell)
            if said is None:
                raise CellRefused("not_in_values", known=", ".join(list(binding.column.values)[:20]))
            if not said:
                return
            cell = said
        if cell == CLEAR:
            if binding.to in UNCLEARABLE:
                raise CellRefused("not_clearable")
            values[binding.to] = None
        elif binding.to in OBJECT_FIELDS:
            self._spread(binding, cell, values)
        else:
            values[binding.to] = binding.convert(cell)

    def _spread(self, binding: Binding, cell: str, values: Values) -> None:
        """A cell that is a JSON object: each member is a column of its own, called `attributes.<name>`."""
        for name, value in plain_object(cell).items():
            column, convert, to = self.expanded.get(words.key(f"{binding.heading}.{name}"), _AS_IT_IS)
            if column is _OMITTED:
                continue
            if to and isinstance(value, str | int | float) and not isinstance(value, bool):
                self._take(Binding(0, binding.heading, to, convert, column), str(value), values)
            elif to:
                values.setdefault(to, value)
            elif value not in self.mapping.empty if isinstance(value, str) else True:
                values.setdefault(f"{binding.to}.{name}", value)


UNCLEARABLE = frozenset(
    {
        "external_id",
        "stage",
        "created_at",
        "lead_external_id",
        "lead_email",
        "outcome",
        "closed_at",
        "type",
        "occurred_at",
        "attributes",
        "data",
    }
)
_OMITTED = Column()
_AS_IT_IS: tuple[Column, Convert, str] = (Column(to="*"), str, "")


def bind(
    headings: Sequence[str],
    mapping: FileMapping,
    *,
    known: Mapping[str, str],
    fields: Sequence[str],
    maker: Maker,
    spare: str = "",
) -> Reader:
    """Bind a table's columns: those the mapping names, then the headings we know.

    `spare` is the bucket for unknown columns where the mapping says `others: attributes`. Raises FileRefused:
    a mapping that names a column the file has not, or no column at all that means something.
    """
    keys = [words.key(heading) for heading in headings]
    expanded = _expanded(mapping, keys, known, maker)
    _insist_on_columns(mapping, keys, headings, expanded)
    said = {column.to for column in mapping.columns.values()}
    bindings, ignored = [], []
    for at, (heading, key) in enumerate(zip(headings, keys, strict=True)):
        column = mapping.columns.get(key) or _by_heading(heading, key, known, fields, said)
        if column is None and mapping.others == "attributes" and spare and 0 < len(heading) <= LONGEST_NAME:
            column = Column(to=f"{spare}.{heading}")
        if column is not None and column.to:
            bindings.append(Binding(at, heading, column.to, maker(column.to, column), column))
        elif column is None and heading:
            ignored.append(heading)
    if not bindings:
        raise FileRefused("no_known_heading", headings=", ".join(headings)[:SHOWN])
    order = {key: place for place, key in enumerate(mapping.columns)}
    # Of several columns for one field the mapping's first, then the one that bears the field's own name.
    bindings.sort(key=lambda one: (order.get(words.key(one.heading), len(order)), one.heading != one.to))
    constants = [(to, _constant(to, cell, maker)) for to, cell in mapping.constants.items()]
    return Reader(bindings, constants, mapping, headings, ignored, expanded)


def _by_heading(
    heading: str, key: str, known: Mapping[str, str], fields: Sequence[str], said: set[str]
) -> Column | None:
    """A heading we know by itself; a field the mapping fills from another column is left to it."""
    head, dot, rest = heading.partition(".")
    if dot and f"{head}.*" in fields and 0 < len(rest) <= LONGEST_NAME:
        return Column(to=heading)
    to = known.get(key)
    return Column(to=to) if to and to not in said else None


def _expanded(
    mapping: FileMapping, keys: Sequence[str], known: Mapping[str, str], maker: Maker
) -> dict[str, tuple[Column, Convert, str]]:
    """Columns of the mapping that are members of a JSON column: `attributes.Do Not Email: mail_opt_out`."""
    objects = [
        key for key in keys if (mapping.columns.get(key) or Column(known.get(key, ""))).to in OBJECT_FIELDS
    ]
    found = {}
    for key, column in mapping.columns.items():
        if key not in keys and any(key.startswith(one) for one in objects):
            found[key] = (
                column if column.to else _OMITTED,
                maker(column.to, column) if column.to else str,
                column.to,
            )
    return found


def _insist_on_columns(
    mapping: FileMapping, keys: Sequence[str], headings: Sequence[str], expanded: Mapping[str, Any]
) -> None:
    missing = [mapping.names[key] for key in mapping.columns if key not in keys and key not in expanded]
    missing += [name for name in sorted(mapping.asked) if name not in headings]
    if missing:
        raise FileRefused("mapping_no_column", column=missing[0], headings=", ".join(headings)[:SHOWN])


def _constant(to: str, cell: str, maker: Maker) -> Any:
    plain = " ".join(identity.INVISIBLE.sub("", cell).split())
    try:
        return None if plain == CLEAR else maker(to, Column(to=to))(plain)
    except CellRefused as wrong:
        raise FileRefused("mapping_constant", field=to, value=cell[:SHOWN], why=wrong.code) from wrong
