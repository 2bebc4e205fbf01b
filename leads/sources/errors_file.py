"""The rows that were not taken in, as a CSV to put right and import again: line, column, value and reason,
then the row as it stands in the file. Cells that a spreadsheet would run as a formula are disarmed."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from leads.sources.problems import FileRefused, Problem
from leads.sources.tables import Cells

HEADINGS = ["line", "column", "value", "reason"]
OF_THE_FILE = " (file)"
"""Marks an own heading of the file that is one of ours as well."""

_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
Sentence = Callable[[Problem], str]


class ErrorsFile:
    """Open from the first row to the last; without a path it only counts."""

    def __init__(self, path: Path | None, headings: Sequence[str], sentence: Sentence) -> None:
        self.sentence = sentence
        self._opened: IO[str] | None = None
        if path is not None:
            try:
                self._opened = path.open("w", encoding="utf-8-sig", newline="")
            except (OSError, ValueError) as wrong:
                raise FileRefused("errors_not_writable", file=str(path)) from wrong
            self._rows = csv.writer(self._opened)
            own = [f"{one}{OF_THE_FILE}" if one in HEADINGS else one for one in headings]
            self._rows.writerow(HEADINGS + [disarmed(one) for one in own])

    def add(self, line: int, problems: Sequence[Problem], cells: Cells) -> None:
        """One line for one row: its first problem, and the others named behind it."""
        if self._opened is None:
            return
        first, *others = problems
        said = [self.sentence(first)]
        said += [
            f"{one.column}: {self.sentence(one)}" if one.column else self.sentence(one) for one in others
        ]
        row = [str(line), first.column, first.value, " / ".join(said), *cells]
        self._rows.writerow([disarmed(cell.replace("\0", "")) for cell in row])

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()


def disarmed(cell: str) -> str:
    """With an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.startswith(_STARTS) else cell


def armed(cell: str) -> str:
    """The cell as it was before `disarmed`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_STARTS) else cell


def is_one(headings: Sequence[str]) -> bool:
    """Is this table an errors file of ours, put right by somebody?"""
    return list(headings[: len(HEADINGS)]) == HEADINGS and len(headings) > len(HEADINGS)


def own_headings(headings: Sequence[str]) -> list[str]:
    """The headings of the file it came from; ours are left out as nameless columns."""
    own = [armed(one).removesuffix(OF_THE_FILE) for one in headings[len(HEADINGS) :]]
    return [""] * len(HEADINGS) + own
