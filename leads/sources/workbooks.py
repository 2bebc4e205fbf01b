"""An XLSX workbook as a table. A sheet is held in memory while it is read: its size is bounded first."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, ZipError

from leads.sources.problems import FileRefused
from leads.sources.tables import BIGGEST_CELL, Cells, distinct

MOST_BYTES = 400_000_000  # unpacked
MOST_ENTRIES = 5_000


class Workbook:
    """One sheet: the one named, else the first with rows."""

    def __init__(self, path: Path, *, sheet: str = "") -> None:
        insist_on_size(path)
        try:
            self._sheet = _chosen(CalamineWorkbook.from_path(str(path)), sheet)
            records = self._records()
            first = next(records, None)
        except PasswordError as wrong:
            raise FileRefused("locked_workbook") from wrong
        except (CalamineError, ZipError, OSError, ValueError) as wrong:
            raise FileRefused("broken_workbook") from wrong
        if first is None:
            raise FileRefused("empty_file")
        self.headings = distinct(first[1])
        self.count = sum(1 for _ in records)
        if not self.count:
            raise FileRefused("no_rows")

    def rows(self) -> Iterator[tuple[int, Cells]]:
        records = self._records()
        next(records, None)
        yield from records

    def _records(self) -> Iterator[tuple[int, Cells]]:
        first = (self._sheet.start or (0, 0))[0] + 1
        for line, row in enumerate(self._sheet.iter_rows(), first):
            cells = [_text(cell) for cell in row]
            if max(map(len, cells), default=0) > BIGGEST_CELL:
                raise FileRefused("giant_cell", line=line, most=BIGGEST_CELL)
            if any(map(str.strip, cells)):
                yield line, cells


def _chosen(book: CalamineWorkbook, name: str) -> CalamineSheet:
    names = list(book.sheet_names)
    if name and name not in names:
        raise FileRefused("no_such_sheet", sheet=name, sheets=", ".join(names))
    sheets = (book.get_sheet_by_name(one) for one in ([name] if name else names))
    found = next((sheet for sheet in sheets if sheet.height), None)
    if found is None:
        raise FileRefused("empty_file")
    return found


def _text(cell: Any) -> str:
    """A cell as a CSV would say it: 1200.0 is 1200, a date is 2026-11-24."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def insist_on_size(path: Path) -> None:
    """Unpack piece by piece and stop beyond the limit: what the directory says may be a lie."""
    left = MOST_BYTES
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as raw:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES:
                raise FileRefused("workbook_too_large")
            if not any(entry.filename.startswith("xl/") for entry in entries):
                raise FileRefused("no_workbook")
            for entry in entries:
                left -= _unpacked(raw, entry, left)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError) as wrong:
        raise FileRefused("broken_workbook") from wrong


def _unpacked(raw: Any, entry: zipfile.ZipInfo, most: int) -> int:
    """How many bytes this entry really holds, by its compressed bytes alone."""
    raw.seek(entry.header_offset + 26)
    names = raw.read(4)
    raw.seek(int.from_bytes(names[:2], "little") + int.from_bytes(names[2:], "little"), 1)
    if entry.compress_type == zipfile.ZIP_STORED:
        return entry.compress_size
    size, left, inflate = 0, entry.compress_size, zlib.decompressobj(-15)
    while left > 0 and (packed := raw.read(min(left, 1 << 16))):
        left -= len(packed)
        while packed:
            size += len(inflate.decompress(packed, 1 << 20))
            if size > most:
                raise FileRefused("workbook_too_large")
            packed = inflate.unconsumed_tail
    return size
