"""The SQLite file of one notebook's state: small things, and where the large ones lie."""

from __future__ import annotations

import ctypes
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ..errors import DamagedSnapshotError, SnapshotError

Durability = Literal["process", "power"]
"""What a commit survives once it is acknowledged: a killed process, or a power cut, too."""

_CACHE = 512
"""Kilobytes of pages in memory. What a save asks for lies in few, and more make none faster."""
_UNLOCKED = "win32-none" if sys.platform == "win32" else "unix-none"
"""The layer of SQLite below which no file is locked."""
_VERSION = 1
_SCHEMA = f"""
BEGIN;
CREATE TABLE pack (number INTEGER PRIMARY KEY, size INTEGER NOT NULL);
CREATE TABLE piece (
    digest BLOB PRIMARY KEY, length INTEGER NOT NULL,
    pack INTEGER, place INTEGER, content BLOB
);
CREATE TABLE snapshot (
    id INTEGER PRIMARY KEY, base INTEGER, retired INTEGER NOT NULL DEFAULT 0,
    key_id BLOB NOT NULL, signature BLOB NOT NULL, body BLOB NOT NULL
);
CREATE TABLE head (snapshot INTEGER, last INTEGER NOT NULL);
INSERT INTO head VALUES (NULL, 0);
PRAGMA user_version = {_VERSION};
COMMIT;
"""


class Database:
    """One connection in WAL mode, for whichever thread has the store's turn.

    The file is locked for as long as it is open, so SQLite shares no memory with anybody.
    """

    def __init__(self, path: Path, durability: Durability, *, frozen: bool = False) -> None:
        """Open or make it.

        Args:
            path: of the file.
            durability: of what is written.
            frozen: only to be read, where nothing can be written and nobody writes.

        Raises:
            OSError: the log of a frozen one cannot be looked at.
            sqlite3.Error: it cannot be opened, or is no database.
            SnapshotError: a newer version wrote it, or nobody who makes states.
        """
        self._synchronous = "FULL" if durability == "power" else "NORMAL"
        self._was_flushed = True
        """Whether the file itself is on the disk, without which its log says nothing."""
        self._connection = _frozen(path) if frozen else _connected(path)
        try:
            if not frozen:
                self._prepare()
            self._check_version()
            if _tables(self._connection) != _tables_made():
                raise DamagedSnapshotError("Its tables are not those of a state.")
            self._page_size = int(self.value("PRAGMA page_size"))
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Everything goes from the log into the file."""
        self._connection.close()

    def keep_log(self) -> None:
        """Closing it is to be quick: the log stays, for who opens the file next.

        Before Python 3.12 that cannot be said, and closing flushes both.
        """
        if sys.version_info >= (3, 12):
            self._connection.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)

    def abandon(self) -> None:
        """Never close it: in a forked child that would fold up the log of the living parent."""
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._connection))

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return int(self.value("PRAGMA page_count")) * self._page_size

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All that a query finds, or that a statement returns."""
        return self._connection.execute(query, values).fetchall()

    def each(self, query: str) -> Iterator[tuple[Any, ...]]:
        """What a query finds, one row in memory at a time."""
        return iter(self._connection.execute(query))

    def row(self, query: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first that a query finds."""
        found: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
        return found

    def value(self, query: str, values: Sequence[Any] = ()) -> Any:
        """The first column of the first row; None if there is none."""
        found = self.row(query, values)
        return found[0] if found else None

    def for_each(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """The statement once for each row of values."""
        self._connection.executemany(statement, rows)

    @contextmanager
    def transaction(self, *, lasting: bool = False) -> Iterator[None]:
        """All of what is done within it, or nothing, at whichever point an interrupt strikes.

        Args:
            lasting: return only once it survives a power cut, whatever the durability is.
        """
        self._roll_back()
        self._set_synchronous("FULL" if lasting else self._synchronous)
        if lasting and not self._was_flushed:
            self.rows("PRAGMA wal_checkpoint")
            self._was_flushed = True
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def give_back(self) -> None:
        """Shorten the file by what is free in it, and the log to nothing."""
        self._connection.executescript("PRAGMA incremental_vacuum")
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy_to(self, path: Path) -> None:
        """The same database in another file."""
        with closing(sqlite3.connect(path)) as target:
            self._connection.backup(target)

    def faults(self) -> list[str]:
        """What SQLite finds wrong with the file."""
        return [text for (text,) in self.rows("PRAGMA quick_check") if text != "ok"]

    def _prepare(self) -> None:
        # First, as who reads before shares memory with others for good.
        self.rows("PRAGMA locking_mode = EXCLUSIVE")
        self._set = ""
        is_new = self.value("PRAGMA user_version") == 0
        if is_new:
            if self._synchronous != "FULL":  # it would be flushed ten times, with nothing in it
                self._set_synchronous("OFF")
                self._was_flushed = False
            self.rows("PRAGMA auto_vacuum = INCREMENTAL")
        for setting in (
            "trusted_schema = OFF",
            "journal_mode = WAL",
            "journal_size_limit = 16777216",
            f"cache_size = -{_CACHE}",
        ):
            self.rows(f"PRAGMA {setting}")
        if is_new:
            self._connection.executescript(_SCHEMA)
        self._set_synchronous(self._synchronous)

    def _check_version(self) -> None:
        version = self.value("PRAGMA user_version")
        if version != _VERSION:
            raise SnapshotError(f"A newer version of nbengine wrote this state (format {version}).")

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _set_synchronous(self, mode: str) -> None:
        if mode != self._set:
            self.rows(f"PRAGMA synchronous = {mode}")
            self._set = mode


def _tables(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """What SQL made each table; a view or a trigger in its place would run when it is used."""
    return connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


@cache
def _tables_made() -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(_SCHEMA)
        return _tables(connection)


def _connected(path: Path | str, *, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, uri=uri)


def _frozen(path: Path) -> sqlite3.Connection:
    """The database as it lies there, or, if a log belongs to it, a copy of both in memory.

    Who has a file alone reads its log without sharing memory beside it; the locks that this takes
    are those of a layer that knows none, as not even they can be written here.
    """
    log = path.with_name(f"{path.name}-wal")
    address = f"{path.absolute().as_uri()}?mode=ro"
    if not log.exists() or not log.stat().st_size:
        return _connected(f"{address}&immutable=1", uri=True)
    memory = _connected(":memory:")
    try:
        with closing(_connected(f"{address}&vfs={_UNLOCKED}", uri=True)) as both:
            both.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
            both.backup(memory)
    except BaseException:
        memory.close()
        raise
    return memory
