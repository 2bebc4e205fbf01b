"""A file as a table: its headings, and its rows one by one with the line each begins on.

CSV and TSV in any of our encodings, and XLSX. A CSV is looked through once before anything is taken from
it, so that a file that breaks in the middle is refused whole.
"""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from leads.sources import encodings
from leads.sources.problems import FileRefused

BIGGEST_CELL = 200_000
MOST_COLUMNS = 2_000
DELIMITERS = ",\t;|"
_SEPARATOR = re.compile(r"sep=(.)\s*", re.IGNORECASE)

Cells = Sequence[str]


class Table(Protocol):
    """`rows` may be asked again and begins anew; `count` is the number of rows that say something."""

    headings: list[str]
    count: int

    def rows(self) -> Iterator[tuple[int, Cells]]: ...


def open_table(path: Path, *, encoding: str = "", sheet: str = "", delimiter: str = "") -> Table:
    """The table in this file, looked through. Raises FileRefused."""
    try:
        with path.open("rb") as opened:
            head = opened.read(8)
    except (OSError, ValueError) as wrong:
        raise FileRefused(_unusable(wrong), file=str(path)) from wrong
    if not head:
        raise FileRefused("empty_file")
    if head.startswith(b"PK\x03\x04"):
        from leads.sources.workbooks import Workbook  # its reader is a library of its own

        return Workbook(path, sheet=sheet)
    if zipfile.is_zipfile(path):
        raise FileRefused("binary")
    if sheet:
        raise FileRefused("no_sheets", sheet=sheet)
    return Text(path, encodings.detect(path, encoding), delimiter)


def _unusable(wrong: Exception) -> str:
    if isinstance(wrong, FileNotFoundError):
        return "no_such_file"
    if isinstance(wrong, IsADirectoryError):
        return "is_a_folder"
    return "not_readable"


@dataclass
class Text:
    """A CSV or TSV file."""

    path: Path
    codec: str
    delimiter: str = ""

    def __post_init__(self) -> None:
        csv.field_size_limit(BIGGEST_CELL)
        with self._opened() as lines:
            first = lines.readline(BIGGEST_CELL)
        said = _SEPARATOR.fullmatch(first.strip("\r\n"))
        self._skip = 1 if said else 0
        self.delimiter = self.delimiter or (said[1] if said else _delimiter(first))
        self.headings, self.count = self._look_through()

    def rows(self) -> Iterator[tuple[int, Cells]]:
        with self._opened() as lines:
            records = self._records(lines, strict=False)
            next(records, None)
            yield from records

    def _opened(self) -> IO[str]:
        return self.path.open(encoding=self.codec, newline="")

    def _look_through(self) -> tuple[list[str], int]:
        """Headings and number of rows; what cannot be read is said with its line."""
        with self._opened() as lines:
            records = self._records(lines, strict=True)
            _, headings = next(records, (0, ()))
            if not headings:
                raise FileRefused("empty_file")
            count = sum(1 for _ in records)
        if not count:
            raise FileRefused("no_rows")
        return distinct(headings), count

    def _records(self, lines: IO[str], *, strict: bool) -> Iterator[tuple[int, Cells]]:
        """Each record that says something, with the line it begins on."""
        reader = csv.reader(lines, delimiter=self.delimiter, strict=strict)
        for _ in range(self._skip):
            next(reader, None)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as wrong:
                if "expected after" not in str(wrong):
                    raise _broken(wrong, line) from wrong
                cells = ["?"]  # a stray quotation mark: the lenient reading takes it as it stands
            if any(map(str.strip, cells)):
                yield line, cells


def _broken(wrong: csv.Error, line: int) -> FileRefused:
    if "field larger" in str(wrong):
        return FileRefused("giant_cell", line=line, most=BIGGEST_CELL)
    if "unexpected end" in str(wrong):
        return FileRefused("open_quote", line=line)
    return FileRefused("broken_row", line=line)


def _delimiter(first: str) -> str:
    """What the heading line is cut by: the most frequent of our marks outside quotation marks."""
    bare = re.sub(r'"(?:[^"]|"")*"', "", first)
    return max(DELIMITERS, key=bare.count)


def distinct(headings: Iterable[str]) -> list[str]:
    """Headings without edges; one that comes again is called `Name (2)`, so that a mapping can mean it."""
    seen: dict[str, int] = {}
    names = []
    for heading in headings:
        name = " ".join(heading.replace("\ufeff", "").replace("\0", "").split())
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 or not name else f"{name} ({seen[name]})")
    if len(names) > MOST_COLUMNS:
        raise FileRefused("too_many_columns", most=MOST_COLUMNS)
    if not any(names):
        raise FileRefused("no_headings")
    return names
