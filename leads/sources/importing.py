"""One run over a file: row by row read, batch by batch taken in, each batch a transaction of its own.

A run that is killed leaves whole batches behind; the same command again finds them and goes on.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.db import IntegrityError, OperationalError, connection, transaction

from leads.intake_bulk import CREATED, REJECTED, UNCHANGED, UPDATED, Taken
from leads.sources import errors_file
from leads.sources.cells import Convert
from leads.sources.errors_file import ErrorsFile
from leads.sources.mapping import Column, FileMapping
from leads.sources.problems import Problem
from leads.sources.rows import SHOWN, Reader, Values, bind
from leads.sources.tables import Cells, Table

log = logging.getLogger(__name__)

SKIPPED = "skipped"
OUTCOMES = (CREATED, UPDATED, UNCHANGED, SKIPPED, REJECTED)
TRIES = 4


class Kind(Protocol):
    """What a file is full of: how its fields are read, and the door its rows go through."""

    fields: tuple[str, ...]
    spare: str

    def maker(self, to: str, column: Column) -> Convert: ...

    def finished(self, flat: Values) -> tuple[Values, list[Problem]]: ...

    def take(self, rows: list[Values], *, now: datetime) -> list[Taken]: ...

    def forget(self) -> None: ...


@dataclass
class Result:
    """How many rows became what, and why some were rejected: (column, code) → how often, and one of them."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], tuple[int, Problem]] = field(default_factory=dict)

    def __str__(self) -> str:
        return ", ".join(f"{name} {self.counts[name]}" for name in OUTCOMES)


@dataclass(frozen=True, slots=True)
class _Pending:
    line: int
    cells: Cells
    values: Values


def batch_size() -> int:
    """Rows of one transaction; SQLite has one writer, who must not keep the others waiting."""
    return 2000 if connection.vendor == "postgresql" else 500


class Import:
    """A table, bound to a kind by a mapping. Raises FileRefused when they do not fit together."""

    def __init__(self, kind: Kind, table: Table, mapping: FileMapping, known: Mapping[str, str]) -> None:
        self.kind, self.table = kind, table
        self.is_retry = errors_file.is_one(table.headings)
        self.headings = errors_file.own_headings(table.headings) if self.is_retry else list(table.headings)
        self.reader: Reader = bind(
            self.headings, mapping, known=known, fields=kind.fields, maker=kind.maker, spare=kind.spare
        )

    def run(
        self, errors: ErrorsFile, *, clock: Callable[[], datetime], told: Callable[[int], object]
    ) -> Result:
        """Take in every good row; `told` hears how many rows are done."""
        result = Result()
        for batch, count in self._batches(errors, result):
            for pending, taken in zip(batch, self._take(batch, clock), strict=True):
                result.counts[taken.status] += 1
                if taken.status == REJECTED:
                    self._reject(pending, [self._problem(taken, pending)], errors, result)
            told(count)
        return result

    def _batches(self, errors: ErrorsFile, result: Result) -> Iterator[tuple[list[_Pending], int]]:
        """Good rows in batches, each with the number of rows looked at for it."""
        batch: list[_Pending] = []
        count, most = 0, batch_size()
        for line, cells in self.table.rows():
            count += 1
            if self.is_retry:
                cells = [errors_file.armed(cell) for cell in cells]
            if self.reader.skips(cells):
                result.counts[SKIPPED] += 1
            elif pending := self._read(line, cells, errors, result):
                batch.append(pending)
            if len(batch) == most or count >= 4 * most:
                yield batch, count
                batch, count = [], 0
        yield batch, count

    def _read(self, line: int, cells: Cells, errors: ErrorsFile, result: Result) -> _Pending | None:
        flat, problems = self.reader.read(cells)
        values, more = self.kind.finished(flat)
        if problems:  # what a wrong cell leaves missing is not said twice
            named = {"", *(seen.column for seen in problems)}
            more = [one for one in more if one.column not in named]
        problems += more
        pending = _Pending(line, cells, values)
        if not problems:
            return pending
        result.counts[REJECTED] += 1
        self._reject(pending, problems, errors, result)
        return None

    def _reject(
        self, pending: _Pending, problems: Sequence[Problem], errors: ErrorsFile, result: Result
    ) -> None:
        own = pending.cells[len(errors_file.HEADINGS) :] if self.is_retry else pending.cells
        errors.add(pending.line, problems, own)
        reason = (problems[0].column, problems[0].code)
        result.reasons[reason] += 1
        result.examples.setdefault(reason, (pending.line, problems[0]))

    def _problem(self, taken: Taken, pending: _Pending) -> Problem:
        """What a door refused, said of the column that the value came from."""
        binding = next((one for one in self.reader.bindings if one.to == taken.field), None)
        if binding is None:
            return Problem(taken.field, "", taken.code)
        cell = pending.cells[binding.at] if binding.at < len(pending.cells) else ""
        return Problem(binding.heading, cell[:SHOWN], taken.code)

    def _take(self, batch: list[_Pending], clock: Callable[[], datetime]) -> list[Taken]:
        """The batch through its door. Somebody else's write at the same moment: once more, from the start."""
        if not batch:
            return []
        rows = [pending.values for pending in batch]
        for attempt in range(1, TRIES + 1):
            try:
                with transaction.atomic():
                    return self.kind.take(rows, now=clock())
            except (IntegrityError, OperationalError) as wrong:
                self.kind.forget()
                if attempt == TRIES or not connection.is_usable():
                    raise
                log.warning("import: a batch is taken in once more (%s)", type(wrong).__name__)
        raise AssertionError("unreachable")
