"""Workbooks: xlsx, xls, xlsb and ods; of each sheet the shape, the columns and the first rows."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, BinaryIO

from pydantic import JsonValue

from ....capture.json_cells import Cells
from ....models.files import Contents, FileColumn, FileTable
from ..bounds import CELLS, COLUMNS, NAMES, ROWS, short
from ..extra import library
from ..records_table import joint_type
from ..short_workbook import ShortWorkbook
from ..source import Source
from ..zip_directory import archive

MOST_UNPACKED = 32 * 2**20
"""Bytes of a workbook, unpacked, that are read as a whole."""
_SHEETS = 20
_SAMPLE = 1_000
_BEFORE = 10
"""Rows above a table in which titles may be."""
_TYPES = {"bool": "boolean", "float": "number", "int": "integer", "str": "text"}

_SHORT = (
    "it is large: types and missing values are those of the first rows, and how many rows there "
    "are is what the sheets say of themselves"
)

Row = Sequence[Any]


def describe_workbook(source: Source, form: str) -> Contents:
    """The sheets of a workbook."""
    calamine = library("python_calamine")
    file, short_form = _readable(source)
    if file is None:
        told = f"This {form} is too large to look into; as xlsx or Parquet it could be."
        return Contents(kind="excel", format=form, problem=told)
    try:
        book = calamine.load_workbook(file)
    except calamine.PasswordError:
        return Contents(kind="excel", format=form, problem="This workbook has a password.")
    sheets = [sheet.name for sheet in book.sheets_metadata if "WorkSheet" in str(sheet.typ)]
    return Contents(
        kind="excel",
        format=form,
        tables=[_sheet(book, name, short_form) for name in sheets[:_SHEETS]],
        total_tables=len(sheets),
        details={"sheets": [short(name) for name in sheets[:NAMES]]},
        notes=[] if short_form is None else [_SHORT],
    )


def _readable(source: Source) -> tuple[BinaryIO | None, ShortWorkbook | None]:
    """What is read: the file, or a short form of one that is large; None if there is none."""
    if source.begin[:2] != b"PK":
        whole = _whole(source) if source.size <= MOST_UNPACKED else None
        return whole, None
    members = archive(source)
    if sum(member.file_size for member in members.infolist()) <= MOST_UNPACKED:
        return _whole(source), None
    if "xl/workbook.xml" not in members.namelist():
        return None, None
    short_form = ShortWorkbook(members)
    return short_form.file, short_form


def _whole(source: Source) -> BinaryIO:
    source.file.seek(0)
    return io.BufferedReader(source.file)


def _sheet(book: Any, name: str, short_form: ShortWorkbook | None) -> FileTable:
    """One sheet: its first rows, after the titles above them."""
    sheet = book.get_sheet_by_name(name)
    rows: list[Row] = sheet.to_python(nrows=_SAMPLE)
    height = sheet.height
    if short_form is not None:
        height = short_form.heights.get(list(book.sheet_names).index(name))
    table = _Table(rows)
    above = table.start + (table.names is not None)
    return FileTable(
        name=short(name),
        rows=None if height is None else max(0, height - above),
        rows_exact=short_form is None,
        total_columns=table.width,
        columns=[table.column(place) for place in range(min(table.width, COLUMNS))],
        counted=None if short_form is None and height <= len(rows) else len(table.rows),
        head=[_cells(row) for row in table.rows[:ROWS]],
    )


class _Table:
    """The rows of a sheet from where the table begins."""

    def __init__(self, rows: list[Row]) -> None:
        filled = [sum(cell != "" for cell in row) for row in rows[:_BEFORE]]
        self.start = filled.index(max(filled)) if filled else 0
        self.width = max(map(len, rows), default=0)
        rows = rows[self.start :]
        self.names = _header(rows)
        self.rows = rows[1:] if self.names is not None else rows

    def column(self, place: int) -> FileColumn:
        """Type and missing cells of one column."""
        values = [row[place] if place < len(row) else "" for row in self.rows]
        there = [value for value in values if value != ""]
        name = f"column {place + 1}" if self.names is None else short(self.names[place])
        return FileColumn(name=name, type=_type(there), missing=len(values) - len(there))


def _header(rows: list[Row]) -> list[str] | None:
    """The first row, if all of it is different words."""
    if not rows:
        return None
    names = [cell for cell in rows[0] if cell != ""]
    if not names or not all(isinstance(name, str) for name in names):
        return None
    return [str(cell) for cell in rows[0]] if len(set(names)) == len(names) else None


def _type(values: list[Any]) -> str:
    names = {type(value).__name__ for value in values}
    if names == {"float"} and all(value.is_integer() for value in values):
        return "integer"
    return joint_type({_TYPES.get(name, name) for name in names})


def _cells(row: Row) -> list[JsonValue]:
    """Excel knows no integers: those that are, are."""
    whole = (int(c) if isinstance(c, float) and c.is_integer() else c for c in row[:CELLS])
    return Cells().column(None if cell == "" else cell for cell in whole)
