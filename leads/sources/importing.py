"""One run over a file: row by row read, batch by batch taken in, each batch a transaction of its own.

A run that is killed leaves whole batches behind; the same command again finds them and goes on.
"""

from __future__ import annotations

import gc
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.db import IntegrityError, OperationalError, connection, transaction

from leads.intake_bulk import CREATED, REJECTED, UNCHANGED, UPDATED, Taken
from leads.sources import errors_file
from leads.sources.ahead import ahead
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
    """A row that was read: its values, or what is wrong with it."""

    line: int
    cells: Cells
    values: Values
    problems: Sequence[Problem] = ()


@dataclass(slots=True)
class _Batch:
    """`count` rows looked at: those to take in, those to reject, and how many the mapping leaves out."""

    good: list[_Pending] = field(default_factory=list)
    bad: list[_Pending] = field(default_factory=list)
    skipped: int = 0
    count: int = 0


def batch_size() -> int:
    """Rows of one transaction; SQLite has one writer, who must not keep the others waiting."""
    return 4000 if connection.vendor == "postgresql" else 500


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
        with _calm_collector(), closing(ahead(self._batches())) as batches:
            for batch in batches:
                for pending, taken in zip(batch.good, self._take(batch.good, clock), strict=True):
                    if taken.status == REJECTED:
                        problem = self._problem(taken, pending)
                        batch.bad.append(_Pending(pending.line, pending.cells, {}, [problem]))
                    else:
                        result.counts[taken.status] += 1
                result.counts[SKIPPED] += batch.skipped
                result.counts[REJECTED] += len(batch.bad)
                self._reject(batch.bad, errors, result)
                told(batch.count)
        return result

    def _batches(self) -> Iterator[_Batch]:
        batch, most = _Batch(), batch_size()
        for line, cells in self.table.rows():
            batch.count += 1
            if self.is_retry:
                cells = [errors_file.armed(cell) for cell in cells]
            if self.reader.skips(cells):
                batch.skipped += 1
            else:
                read = self._read(line, cells)
                (batch.bad if read.problems else batch.good).append(read)
            if len(batch.good) == most or batch.count >= 4 * most:
                yield batch
                batch = _Batch()
        yield batch

    def _read(self, line: int, cells: Cells) -> _Pending:
        flat, problems = self.reader.read(cells)
        values, more = self.kind.finished(flat)
        if problems:  # what a wrong cell leaves missing is not said twice
            named = {"", *(seen.column for seen in problems)}
            more = [one for one in more if one.column not in named]
        return _Pending(line, cells, values, problems + more)

    def _reject(self, bad: list[_Pending], errors: ErrorsFile, result: Result) -> None:
        """Write down bad rows in the order of the file."""
        for one in sorted(bad, key=lambda one: one.line):
            own = one.cells[len(errors_file.HEADINGS) :] if self.is_retry else one.cells
            errors.add(one.line, one.problems, own)
            reason = (one.problems[0].column, one.problems[0].code)
            result.reasons[reason] += 1
            result.examples.setdefault(reason, (one.line, one.problems[0]))

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


@contextmanager
def _calm_collector() -> Iterator[None]:
    """Rows live as long as their batch and hold no cycles: looking for garbage after every few hundred
    objects costs a fifth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
