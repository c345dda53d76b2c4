"""SQLite: the tables of a database, opened so that nothing of it or beside it is changed."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from ....capture.json_cells import Cells
from ....models.files import Contents, FileColumn, FileTable
from ..bounds import CELLS, COLUMNS, ROWS, TABLES, short
from ..source import Source

_COUNTED = 32 * 2**20
"""Bytes of a database up to which rows are counted."""
_MOST_VALUE = 2**24
"""Bytes of one value that is read."""
_SAMPLE = 1_000
_SAMPLE_BYTES = 8 * 2**20
"""Bytes of text and blobs after which no further row of the sample is read."""
_OPEN = Path("/dev/fd")


def describe_sqlite(source: Source, form: str) -> Contents:
    """The tables of a database."""
    with closing(_connected(source)) as database:
        names = _names(database, "table")
        readings = [_Reading(database, name, source.size) for name in names[:TABLES]]
        return Contents(
            kind="sqlite",
            format=form,
            tables=[reading.table() for reading in readings],
            total_tables=len(names),
            details={"views": [short(name) for name in _names(database, "view")[:TABLES]]},
            notes=[*_notes(source), *filter(None, (reading.damage for reading in readings))],
        )


class _Reading:
    """One table."""

    def __init__(self, database: sqlite3.Connection, name: str, size: int) -> None:
        self._database = database
        self._name = name
        self._quoted = _quoted(name)
        self._size = size
        self.damage: str | None = None
        """Why it could not be read, if it could not."""

    def table(self) -> FileTable:
        """What is known of it; of one that is damaged, its name."""
        try:
            return self._table()
        except sqlite3.Error as error:
            self.damage = short(f"table {self._name!r} cannot be read: {error}")
            return FileTable(name=short(self._name))

    def _table(self) -> FileTable:
        told = self._database.execute(f"PRAGMA table_xinfo({self._quoted})").fetchall()
        columns = [(str(row[1]), str(row[2])) for row in told]  # generated ones, too
        sample = self._sample([name for name, _ in columns[:COLUMNS]])
        rows, exact = self._count()
        return FileTable(
            name=short(self._name),
            rows=rows,
            rows_exact=exact,
            total_columns=len(columns),
            columns=[
                FileColumn(
                    name=short(name), type=short(kind) or "any", missing=_missing(sample, place)
                )
                for place, (name, kind) in enumerate(columns[:COLUMNS])
            ],
            counted=None if exact and len(sample) == rows else len(sample),
            head=[Cells().column(row[:CELLS]) for row in sample[:ROWS]],
        )

    def _sample(self, columns: list[str]) -> list[tuple[object, ...]]:
        """The first rows, as far as they are short."""
        chosen = ", ".join(map(_quoted, columns))
        rows: list[tuple[object, ...]] = []
        room = _SAMPLE_BYTES
        try:
            for row in self._database.execute(
                f"SELECT {chosen} FROM {self._quoted} LIMIT {_SAMPLE}"
            ):
                rows.append(row)
                room -= sum(len(cell) for cell in row if isinstance(cell, str | bytes))
                if room < 0:
                    break
        except sqlite3.DataError:  # a value too large to be read
            pass
        return rows

    def _count(self) -> tuple[int | None, bool]:
        """Counted in a small database; else by the numbers of the first and last row."""
        if self._size <= _COUNTED:
            return self._one(f"SELECT count(*) FROM {self._quoted}"), True
        try:
            first = self._one(f"SELECT min(rowid) FROM {self._quoted}")
            last = self._one(f"SELECT max(rowid) FROM {self._quoted}")
        except sqlite3.Error:  # a table without row numbers
            return None, False
        return (0 if first is None or last is None else last - first + 1), False

    def _one(self, query: str) -> int | None:
        row = self._database.execute(query).fetchone()
        return row[0] if row else None


def _connected(source: Source) -> sqlite3.Connection:
    """The database of the file that is open, and of no other.

    SQLite opens by name and follows links in it, so what it opened is compared.

    Raises:
        FileNotFoundError: the file was exchanged meanwhile.
    """
    path = (_OPEN / str(source.descriptor)).as_posix()
    before = _descriptors()
    database = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    wanted = _identity(source.descriptor)
    if not all(_identity(each) in (wanted, None) for each in _descriptors() - before):
        database.close()
        raise FileNotFoundError("it was replaced while it was opened")
    for limit in (sqlite3.SQLITE_LIMIT_LENGTH, sqlite3.SQLITE_LIMIT_SQL_LENGTH):
        database.setlimit(limit, _MOST_VALUE)
    database.execute("PRAGMA trusted_schema = OFF")
    database.text_factory = lambda data: data.decode("utf-8", "replace")
    return database


def _descriptors() -> set[int]:
    return {int(name) for name in os.listdir(_OPEN)}  # noqa: PTH208


def _identity(descriptor: int) -> tuple[int, int] | None:
    """Which file it is; None for what is none, or gone."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _names(database: sqlite3.Connection, kind: str) -> list[str]:
    found = database.execute(
        "SELECT name FROM sqlite_master WHERE type = ? AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        " AND coalesce(sql, '') NOT LIKE 'CREATE VIRTUAL%' ORDER BY name LIMIT 10000",
        (kind,),
    )
    return [str(name) for (name,) in found]


def _notes(source: Source) -> list[str]:
    notes = [] if source.size <= _COUNTED else ["rows are estimated by their numbers"]
    if source.begin[18:20] == b"\x02\x02":
        notes.append("it keeps a write-ahead log; what is only there yet is not seen")
    return notes


def _missing(sample: list[tuple[object, ...]], place: int) -> int:
    return sum(row[place] is None for row in sample)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
