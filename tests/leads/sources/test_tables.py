"""A file as rows with their lines, or one reason why not."""

from __future__ import annotations

import struct
import zipfile
from datetime import datetime

import openpyxl
import pytest

from leads.sources import tables, workbooks
from leads.sources.problems import FileRefused


def read(tmp_path, source: bytes, **how):
    path = tmp_path / "file.csv"
    path.write_bytes(source)
    table = tables.open_table(path, **how)
    return table.headings, [(line, list(cells)) for line, cells in table.rows()]


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        (b"a,b\n1,2\n", [(2, ["1", "2"])]),
        (b"a\tb\n1\t2,3\n", [(2, ["1", "2,3"])]),
        (b"a;b\n1;2\n", [(2, ["1", "2"])]),
        (b"sep=;\na;b\n1;2\n", [(3, ["1", "2"])]),
        (b"a,b\r1,2\r3,4\r", [(2, ["1", "2"]), (3, ["3", "4"])]),  # old Mac
        (b'a,b\r\n"1\r\n2",3\r\n4,5\r\n', [(2, ["1\r\n2", "3"]), (4, ["4", "5"])]),
        (b"a,b\n\n , \n1,2\n,,\n", [(4, ["1", "2"])]),  # rows that say nothing
        (b'a,b\n1,say "hi"\n2,"x"y\n', [(2, ["1", 'say "hi"']), (3, ["2", "xy"])]),
        (b'"a,x",b\n"1,2",3\n', [(2, ["1,2", "3"])]),
    ],
)
def test_rows_and_the_lines_they_begin_on(tmp_path, source, rows):
    headings, found = read(tmp_path, source)
    assert len(headings) == 2
    assert found == rows


def test_a_heading_that_comes_again_can_be_told_apart(tmp_path):
    assert read(tmp_path, b" TEL ,TEL,,x\n1,2,3,4\n")[0] == ["TEL", "TEL (2)", "", "x"]


@pytest.mark.parametrize(
    ("source", "code", "line"),
    [
        (b"", "empty_file", None),
        (b"\n\n", "empty_file", None),
        (b"email,name,company\n", "no_rows", None),
        (b'email,name\na@e.jp,"Taro\nb@e.jp,Jiro\n', "open_quote", 2),
        (b"email,name\na,b\nc," + b"x" * 300_000 + b"\n", "giant_cell", 3),
        (b"a," * 3000 + b"\n1\n", "too_many_columns", None),
    ],
)
def test_refused_whole(tmp_path, source, code, line):
    with pytest.raises(FileRefused) as refused:
        read(tmp_path, source)
    assert (refused.value.code, refused.value.params.get("line")) == (code, line)


def test_no_file_a_folder_and_a_sheet_that_no_csv_has(tmp_path):
    for path, code in ((tmp_path / "none.csv", "no_such_file"), (tmp_path, "is_a_folder")):
        with pytest.raises(FileRefused, match=code):
            tables.open_table(path)
    with pytest.raises(FileRefused, match="no_sheets"):
        read(tmp_path, b"a\n1\n", sheet="Leads")


def book(path, **sheets):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def test_a_workbook_says_numbers_dates_and_truths_as_a_csv_would(tmp_path):
    rows = [
        ["email", "employees", "created_at", "mail_opt_out", "phone"],
        ["a@e.jp", 1200.0, datetime(2026, 11, 24, 10, 30), True, "03-3234-5678"],
        [None] * 5,
        ["b@e.jp"],
    ]
    table = tables.open_table(book(tmp_path / "b.xlsx", Empty=[], Leads=rows))
    assert table.headings == rows[0]
    assert table.count == 2
    found = list(table.rows())
    assert found[0] == (2, ["a@e.jp", "1200", "2026-11-24T10:30:00", "true", "03-3234-5678"])
    assert found[1] == (4, ["b@e.jp", "", "", "", ""])


def test_a_sheet_by_its_name(tmp_path):
    path = book(tmp_path / "b.xlsx", One=[["a"], [1]], Two=[["b"], [2]])
    assert tables.open_table(path, sheet="Two").headings == ["b"]
    with pytest.raises(FileRefused) as refused:
        tables.open_table(path, sheet="Three")
    assert (refused.value.code, refused.value.params["sheets"]) == ("no_such_sheet", "One, Two")


def test_a_zip_that_is_no_workbook(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(FileRefused, match="no_workbook"):
        tables.open_table(tmp_path / "x.zip")


def test_a_torn_workbook(tmp_path):
    path = book(tmp_path / "b.xlsx", One=[["a"], [1]])
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(FileRefused, match="broken_workbook"):
        tables.open_table(path)


@pytest.mark.parametrize("lies", [False, True])
def test_a_workbook_that_swells_is_refused_whatever_its_directory_says(tmp_path, monkeypatch, lies):
    monkeypatch.setattr(workbooks, "MOST_BYTES", 1_000_000)
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 3_000_000)
    if lies:
        path.write_bytes(path.read_bytes().replace(struct.pack("<I", 3_000_000), struct.pack("<I", 10)))
    with pytest.raises(FileRefused, match="workbook_too_large"):
        tables.open_table(path)
