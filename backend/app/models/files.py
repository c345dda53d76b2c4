"""A notebook's files: what each is called and weighs, and what is in it, for people and models."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from .outputs import Part
from .short_text import ShortText, on_one_line

Kind = Literal[
    "delimited", "excel", "parquet", "arrow", "json", "json_lines", "hdf5", "sqlite", "numpy",
    "image", "text", "zip", "gzip", "pickle", "empty", "binary",
]  # fmt: skip
"""What a file is read as: `delimited` is CSV with any delimiter, `binary` what nothing reads."""

TEXT_LIMIT = 2_000
"""Characters of one file's description in a prompt."""
FOLDER_TEXT_LIMIT = 8_000
"""Characters of the description of all files."""
_SHOWN_COLUMNS = 40
_SHOWN_ROWS = 3
_SHOWN_TABLES = 6
_SHOWN_BEGINNING = 400


class FileInfo(Part):
    """One file in a notebook's folder."""

    name: str
    """Relative to the folder, with `/` between folders."""
    size: int
    modified: datetime
    """UTC."""
    media_type: str
    kind: Kind
    """By the ending of its name alone; a context says what it is by its content."""
    etag: str
    """Another one once the file is another or was written to."""


class FileList(Part):
    """The files of a folder and of those in it, in the order of their names."""

    files: list[FileInfo]
    truncated: bool = False
    """Whether there are more than a list has."""
    unlisted: int = 0
    """Entries passed over: links, pipes, devices, and names that no name here may be."""


class FileColumn(Part):
    """One column of a table in a file."""

    name: str
    type: str
    missing: int | None = None
    """Rows without a value, among those that the table says it counted."""


class FileTable(Part):
    """Rows and columns in a file: the only ones, or a sheet, a data set, a table of a database."""

    name: str | None = None
    rows: int | None = None
    """None where the format does not say and the part that was read does not tell."""
    rows_exact: bool = True
    """Whether `rows` is a count; else it is an estimate from a part of the file."""
    total_columns: int | None = None
    """None where even that is not known."""
    columns: list[FileColumn] = Field(default_factory=list)
    """The first ones; fewer than `total_columns` in a very wide table."""
    counted: int | None = None
    """Rows in which missing values were counted; None for all of them."""
    head: list[list[JsonValue]] = Field(default_factory=list)
    """The first rows, cut to the first columns; each cell a strict JSON value."""


class TextFormat(Part):
    """How text is written down."""

    encoding: str
    """As `open` takes it."""
    guessed: bool = False
    """Whether nothing proves the encoding."""
    newline: Literal["\n", "\r\n", "\r", "mixed"] | None = None
    delimiter: str | None = None
    quote: str | None = None
    """None where no cell is quoted."""
    escape: str | None = None
    """What takes the meaning from a quote or delimiter; None where quotes are doubled."""
    header: bool | None = None
    """Whether the first row has the names."""
    skipped: int = 0
    """Lines before the table: a title, comments."""
    decimal: Literal[".", ","] = "."
    thousands: str | None = None


class Contents(Part):
    """What is in a file, found by reading a bounded part of it."""

    kind: Kind
    format: str
    """For people: `CSV`, `Excel workbook (xlsx)`, `PNG image`."""
    text: TextFormat | None = None
    tables: list[FileTable] = Field(default_factory=list)
    total_tables: int | None = None
    """More than are described, in a workbook or database of many; None where not all were seen."""
    details: dict[str, JsonValue] = Field(default_factory=dict)
    """What only this kind of file has."""
    beginning: str | None = None
    """The first characters of a text."""
    notes: list[str] = Field(default_factory=list)
    """What a reader should know: a wrong ending, an estimate, ragged rows."""
    problem: str | None = None
    """Why more cannot be said, in one sentence."""


class FileContext(Contents):
    """A file and what is in it."""

    file: FileInfo

    def as_text(self, limit: int = TEXT_LIMIT) -> str:
        """A compact description for a model's prompt, at most so many characters.

        Names and values out of the file are quoted as JSON, so each stays on its line, and none can
        be taken for a line of the description.
        """
        text = ShortText(limit)
        for line in self._lines():
            text.add(line)
        return text.whole()

    def _lines(self) -> Iterator[str]:
        yield f"File {on_one_line(self.file.name)}: {self.format}, {self.file.size:,} bytes"
        if self.problem:
            yield f"Problem: {on_one_line(self.problem, 300)}"
        if self.text is not None:
            yield _spelling(self.text)
        for note in self.notes:
            yield f"Note: {on_one_line(note, 200)}"
        for name, value in self.details.items():
            if value not in ([], {}, None):
                yield f"{on_one_line(name, quoted=False)}: {on_one_line(value, 200)}"
        for table in self.tables[:_SHOWN_TABLES]:
            yield from _table_lines(table)
        if (total := self.total_tables or len(self.tables)) > _SHOWN_TABLES:
            yield f"… {total:,} tables in all"
        if self.beginning:
            yield f"Begins: {on_one_line(self.beginning, _SHOWN_BEGINNING)}"


class FolderContext(Part):
    """The files of a folder and what is in them, as far as time and number allowed."""

    contexts: list[FileContext]
    unread: list[FileInfo] = Field(default_factory=list)
    """Files whose content was not looked at."""
    truncated: bool = False
    """Whether the folder has files that are not even listed."""

    def as_text(self, limit: int = FOLDER_TEXT_LIMIT) -> str:
        """A description of all, at most so many characters, of which each file gets its share."""
        text = ShortText(limit)
        share = max(200, min(TEXT_LIMIT, limit // max(1, len(self.contexts)) - 1))
        for context in self.contexts:
            text.add(context.as_text(share))
        for file in self.unread:
            text.add(f"File {on_one_line(file.name)}: {file.size:,} bytes, not looked into")
        if self.truncated:
            text.add("… and more files that are not listed")
        return text.whole()


def _spelling(text: TextFormat) -> str:
    parts = [f"encoding {text.encoding}{' (a guess)' if text.guessed else ''}"]
    if text.delimiter is not None:
        parts.append(f"delimiter {on_one_line(text.delimiter)}")
        parts.append("with header" if text.header else "no header")
    if text.skipped:
        parts.append(f"table begins after {text.skipped} lines")
    if text.decimal == ",":
        parts.append("decimal comma")
    if text.thousands:
        parts.append(f"thousands {on_one_line(text.thousands)}")
    return "Text: " + ", ".join(parts)


def _table_lines(table: FileTable) -> Iterator[str]:
    name = "Table" if table.name is None else f"Table {on_one_line(table.name)}"
    columns = _count(table.total_columns, "column")
    yield f"{name}: {_rows(table)} × {columns}"
    for column in table.columns[:_SHOWN_COLUMNS]:
        missing = f", {column.missing:,} missing" if column.missing else ""
        yield f"- {on_one_line(column.name)}: {on_one_line(column.type, quoted=False)}{missing}"
    if (total := table.total_columns or len(table.columns)) > _SHOWN_COLUMNS:
        yield f"- … {total:,} columns in all"
    if table.counted is not None and any(column.missing for column in table.columns):
        yield f"(missing values counted in {table.counted:,} rows)"
    for row in table.head[:_SHOWN_ROWS]:
        yield f"Row: {on_one_line(row, 240)}"


def _rows(table: FileTable) -> str:
    about = "" if table.rows_exact or table.rows is None else "about "
    return about + _count(table.rows, "row")


def _count(number: int | None, noun: str) -> str:
    shown = "?" if number is None else f"{number:,}"
    return f"{shown} {noun}" if number == 1 else f"{shown} {noun}s"
