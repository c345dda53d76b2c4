"""The folder of one notebook's state, open: to be written by nobody else, or only to be read."""

from __future__ import annotations

import gc
import os
import sqlite3
from contextlib import ExitStack
from functools import partial
from itertools import takewhile
from pathlib import Path
from weakref import finalize

from ..runtime.ordinary_file import taken
from ..runtime.wording import reason
from .chunk_packs import PackFolder
from .database import Database, Durability
from .disk import Disk
from .failures import is_refusal
from .lock import StateLock
from .pieces import Pieces
from .signing import Signer
from .snapshot_table import SnapshotTable

PACKS = "packs"
DATABASE = "snapshots.db"
_LOCK = "lock"


class OpenFolder:
    """Lock, database and packs, until it is closed or nobody knows it any more.

    Where nothing can be written, what is there is only read.
    """

    def __init__(self, folder: Path, durability: Durability, disk: Disk, signer: Signer) -> None:
        """Open the folder, or make it.

        Raises:
            StateLockedError: it is open already, here or in another process.
            OSError, sqlite3.Error, SnapshotError: it can be neither written nor read.
        """
        self._folder = folder
        self._durability = durability
        self._disk = disk
        self.obstacle: str | None = None
        """Why nothing can be written here, if so."""
        try:
            self._open(frozen=False)
        except (OSError, sqlite3.OperationalError) as error:
            if not is_refusal(error) or not (folder / DATABASE).is_file():
                raise
            why = reason(error) if isinstance(error, OSError) else error
            self.obstacle = f"its folder {folder} cannot be written ({why})"
            self._open(frozen=True)
        self.table = SnapshotTable(self.database, signer)
        self._forgotten = finalize(self, _close, self.database, self.lock)
        self._forgotten.atexit = False

    @property
    def may_have_thawed(self) -> bool:
        """Whether it could not be written when it was opened, and perhaps can be by now."""
        return self.obstacle is not None and os.access(self._folder, os.W_OK)

    @property
    def is_in_place(self) -> bool:
        """Whether it is what lies there: it was not deleted, moved or replaced meanwhile."""
        return _identity(self._path) in (self._file, None)

    def close(self) -> None:
        """Let go of it, unless that is for the parent to do; the second time does nothing."""
        self._forgotten()

    def _open(self, *, frozen: bool) -> None:
        databases: list[Database] = []
        self._check_links()
        with ExitStack() as stack:
            if not frozen:
                self._make()
            when_forked = partial(_abandon, databases)
            self.lock = StateLock(self._lock_file(frozen), when_forked=when_forked, shared=frozen)
            stack.callback(self.lock.release)
            self.database = self._connected_or_as_before(frozen)
            databases.append(self.database)
            stack.callback(self.database.close)
            self._path = self._folder / DATABASE  # looked at for each cell
            self._file = _identity(self._path)
            self.pieces = Pieces(self.database, PackFolder(self._folder / PACKS, self._disk))
            if not frozen:
                self.pieces.drop_strays()
            stack.pop_all()

    def _connected_or_as_before(self, frozen: bool) -> Database:
        """The database; one that could not be made whole is not there at all."""
        path = self._folder / DATABASE
        was_there = path.exists()
        try:
            return self._connected(frozen)
        except BaseException:
            if not was_there:
                for part in (path, path.with_name(f"{DATABASE}-wal")):
                    part.unlink(missing_ok=True)
            raise

    def _connected(self, frozen: bool) -> Database:
        """The database; whoever else has it is somebody whom an interrupt made forgotten."""
        connect = partial(Database, self._folder / DATABASE, self._durability, frozen=frozen)
        try:
            return connect()
        except sqlite3.OperationalError as error:
            if not str(getattr(error, "sqlite_errorname", "")).startswith("SQLITE_BUSY"):
                raise
            gc.collect()
            return connect()

    def _check_links(self) -> None:
        """What a link leads to is another's, to be neither written nor tidied."""
        for path in (self._folder / DATABASE, self._folder / PACKS):
            if path.is_symlink():
                raise taken(path)

    def _make(self) -> None:
        packs = self._folder / PACKS
        if not packs.is_dir():
            new = takewhile(lambda path: not path.exists(), self._folder.parents)
            named_in = [self._folder, self._folder.parent, *(path.parent for path in new)]
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            packs.mkdir(mode=0o700, exist_ok=True)
            if self._durability == "power":
                for folder in named_in:
                    self._disk.sync_folder(folder)

    def _lock_file(self, frozen: bool) -> Path:
        """Where the lock is; a state that was never open has none, and may be unable to get one."""
        lock = self._folder / _LOCK
        return self._folder / DATABASE if frozen and not lock.exists() else lock


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file lies there, if any; None if one may not look."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _abandon(databases: list[Database]) -> None:
    """In a forked child."""
    for database in databases:
        database.abandon()


def _close(database: Database, lock: StateLock) -> None:
    if lock.held:
        try:
            database.close()
        finally:
            lock.release()
