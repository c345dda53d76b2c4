"""Where the snapshots of one notebook lie: chained, signed, and whole at every instant.

    <folder>/lock             names the process that has the store open
    <folder>/snapshots.db     SQLite: snapshots, small content, and where large content lies
    <folder>/packs/<n>.pack   large content, one file for each commit that brought some

A commit writes its pack, then one transaction names it. A file that no transaction names is what
an interrupted commit left behind, and goes at the next opening.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from itertools import islice
from pathlib import Path
from threading import RLock
from types import MappingProxyType, TracebackType
from typing import Self

from ..errors import (
    DamagedSnapshotError,
    InvalidInputError,
    SnapshotError,
    StorageError,
)
from ..models.snapshot import Collected, Damage, SnapshotInfo
from .archive import ArchiveWriter, read_archive
from .chunk_packs import PackFolder
from .collection import Retention, collect
from .copies import placed_whole, share
from .database import Database, Durability
from .disk import Disk
from .failures import told
from .lock import StateLock
from .pieces import Batch, Content, Pieces
from .records import BufferRecord, Cause, Change, Digest, Snapshot
from .signing import Signer
from .snapshot_table import SnapshotTable, Tip
from .verification import Verification

PACKS = "packs"
DATABASE = "snapshots.db"
_NOTHING: Mapping[Digest, bytes] = MappingProxyType({})


class Store:
    """The snapshots of one notebook. For any thread, in the process that opened it.

    Every method raises StorageError where files cannot be read or written: what was committed
    before stays, and the next call tries again.
    """

    def __init__(
        self,
        folder: Path,
        notebook_id: str,
        *,
        key: bytes,
        durability: Durability = "process",
        quota: int | None = None,
        disk: Disk | None = None,
    ) -> None:
        """Open the folder, or make it.

        Args:
            folder: for nothing else.
            notebook_id: whose snapshots; those of another notebook do not hold here.
            key: of this user, see `load_key`.
            durability: what an acknowledged commit survives.
            quota: bytes that the folder may take up.
            disk: writes the packs.

        Raises:
            StateLockedError: it is open already, here or in another process.
            DamagedSnapshotError: the database is not one any more.
        """
        self.notebook_id = notebook_id
        self._folder = folder
        self._key = key
        self._durability = durability
        self._quota = quota
        self._disk = disk or Disk()
        self._turn = RLock()
        self._tip: Tip | None = None
        with self._told("opened"), ExitStack() as stack:
            self._make_folder()
            self._lock = StateLock(folder / "lock", when_forked=self._abandon)
            stack.callback(self._lock.release)
            self._database = Database(folder / DATABASE, durability)
            stack.callback(self._database.close)
            self._pieces = Pieces(self._database, PackFolder(folder / PACKS, self._disk))
            self._table = SnapshotTable(self._database, Signer(key, notebook_id))
            stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the folder; memory that was mapped stays. The second time does nothing."""
        if self._lock.held:
            with self._told("closed"), self._turn:
                try:
                    self._database.close()
                finally:
                    self._lock.release()

    @property
    def size(self) -> int:
        """Bytes that it takes up on disk."""
        with self._doing("read"):
            return self._pieces.size

    def head(self) -> Snapshot | None:
        """The snapshot that the next one will come after.

        Raises:
            SnapshotError: it cannot be used; names an older one that can.
        """
        with self._doing("read"):
            tip = self._head_tip()
            return tip.snapshot if tip else None

    def get(self, snapshot_id: int) -> Snapshot:
        """The state after some cell.

        Raises:
            UnknownSnapshotError: there is none with this number.
            SnapshotError: it cannot be used; names an older one that can.
        """
        with self._doing("read"):
            return self._load(snapshot_id).snapshot

    def history(self) -> list[SnapshotInfo]:
        """Every snapshot that one can go back to as far as signatures tell, oldest first."""
        with self._doing("read"):
            states = (state for _, state in self._table.states())
            return [state.info for state in states if isinstance(state, Snapshot)]

    def lineage(self, snapshot: Snapshot, count: int) -> list[SnapshotInfo]:
        """A snapshot and those that it came after, newest first, no more than so many.

        Those that one cannot go back to any more are among them as long as they are on disk.
        """
        with self._doing("read"):
            return list(islice(self._table.lineage(snapshot.info.id), count))

    def commit(
        self,
        change: Change,
        cause: Cause,
        pickles: Mapping[Digest, bytes] = _NOTHING,
        chunks: Iterable[tuple[Digest, Content]] = (),
    ) -> Snapshot:
        """A new snapshot after the head; when this returns it is kept.

        Args:
            change: what differs from the head.
            cause: the cell that did it.
            pickles: content that may be new.
            chunks: the same, for buffers, in the order in which they lie in memory.

        Raises:
            StorageError: also if the quota is used up, or content changes while it is written.
            SnapshotError: the head cannot be used; `set_head` first.
            InvalidInputError: the change names a group or content that is not there.
        """
        with self._doing("saved"):
            tip = self._head_tip()
            self._tip = None
            with self._batch() as batch:
                batch.add_all(pickles.items())
                batch.add_all(chunks)
                self._check(change, tip, batch)
                batch.seal()
                with self._database.transaction():
                    batch.write_index()
                    tip = self._table.append(tip, change, cause, batch.size)
            self._tip = tip
            return tip.snapshot

    def set_head(self, snapshot_id: int | None) -> None:
        """Go back: the next commit comes after this snapshot, or after none.

        Raises:
            UnknownSnapshotError, SnapshotError: as `get`.
        """
        with self._doing("changed"):
            tip = self._load(snapshot_id) if snapshot_id is not None else None
            with self._database.transaction():
                self._table.move_head(snapshot_id)
            self._tip = tip

    def read_pickle(self, digest: Digest) -> bytes:
        """Content, checked.

        Raises:
            DamagedSnapshotError: it is missing or has changed.
        """
        with self._doing("read"):
            return self._pieces.read(digest)

    def map_buffer(self, record: BufferRecord) -> memoryview:
        """A buffer as memory of its own, which the caller may write to unless it was read-only.

        Its pages are read when they are touched; only `verify` and `older` look at all of them.

        Raises:
            DamagedSnapshotError: a part of it is missing.
        """
        with self._doing("read"):
            return self._pieces.map(record)

    def older(self, than: int) -> Snapshot | None:
        """The newest snapshot with a smaller number of which every byte is as it was written."""
        with self._doing("read"):
            return Verification(self._table, self._pieces).older(than)

    def verify(self) -> list[Damage]:
        """Read every byte; what is not as it was written."""
        with self._doing("read"):
            faults = [Damage(snapshot=None, what=fault) for fault in self._database.faults()]
            return faults + Verification(self._table, self._pieces).damages()

    def collect(self, keep: Retention) -> Collected:
        """Let go of older snapshots, and of content that no snapshot needs.

        Memory that is mapped stays as it is.
        """
        with self._doing("tidied"):
            self._tip = None
            before = self._pieces.size
            snapshots = collect(self._database, self._table, self._pieces, keep)
            return Collected(snapshots=snapshots, bytes=max(0, before - self._pieces.size))

    def export(self, path: Path) -> None:
        """The whole history as one file; see `import_`.

        Raises:
            DamagedSnapshotError: content is missing or has changed.
        """
        scratch = path.with_name(f".{path.name}-{secrets.token_hex(6)}.tmp")
        with self._doing("exported"):
            try:
                ArchiveWriter(scratch).write(self.notebook_id, self._table, self._pieces)
                scratch.replace(path)
            finally:
                scratch.unlink(missing_ok=True)

    def import_(self, path: Path, *, trusted: bool = False) -> None:
        """All snapshots of an exported file, into a store that has none.

        Args:
            path: the file.
            trusted: take it whoever signed it. Restoring a snapshot runs code that is in it.

        Raises:
            InvalidInputError: there are snapshots here already.
            ForeignSnapshotError: another user's key signed it.
            DamagedSnapshotError: it is not whole.
        """
        with self._doing("imported"):
            if self._table.last:
                raise InvalidInputError("Only a notebook without snapshots can import some.")
            with read_archive(path) as reader, self._batch() as batch:
                rows = list(reader.rows())
                former = None if trusted else Signer(self._key, reader.header.notebook_id)
                batch.add_all(reader.pieces())
                batch.seal()
                with self._database.transaction():
                    batch.write_index()
                    self._table.take_over(rows, former, reader.header.head, reader.header.last)
                    self._check_whole(len(rows))

    def copy_to(self, folder: Path, notebook_id: str) -> None:
        """The same history for another notebook; what lies in packs is shared, not copied.

        Raises:
            StorageError: also if there is something at `folder` already.
        """
        with self._doing("copied"), placed_whole(folder, self._disk) as scratch:
            (scratch / PACKS).mkdir(mode=0o700)
            for number in self._pieces.pack_sizes():
                share(self._folder / PACKS / f"{number}.pack", scratch / PACKS)
            self._disk.sync_folder(scratch / PACKS)
            self._database.copy_to(scratch / DATABASE)
            copy = Database(scratch / DATABASE, self._durability)
            with closing(copy), copy.transaction(lasting=True):
                table = SnapshotTable(copy, Signer(self._key, notebook_id))
                table.sign_again(Signer(self._key, self.notebook_id))

    def _make_folder(self) -> None:
        packs = self._folder / PACKS
        if not packs.is_dir():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            packs.mkdir(mode=0o700, exist_ok=True)
            if self._durability == "power":
                self._disk.sync_folder(self._folder)
                self._disk.sync_folder(self._folder.parent)

    def _abandon(self) -> None:
        """In a forked child."""
        if database := getattr(self, "_database", None):
            database.abandon()

    def _told(self, done: str) -> AbstractContextManager[None]:
        return told(f"The state of notebook {self.notebook_id!r} cannot be {done}")

    @contextmanager
    def _doing(self, done: str) -> Iterator[None]:
        """One caller at a time, in the process that has the lock; failures are told."""
        if not self._lock.held:
            raise StorageError(
                f"The state of notebook {self.notebook_id!r} is not open in process {os.getpid()}."
            )
        with self._turn, self._told(done):
            yield

    def _batch(self) -> Batch:
        room = None if self._quota is None else self._quota - self._pieces.size
        return self._pieces.batch(room, self._durability)

    def _head_tip(self) -> Tip | None:
        if self._tip is None and (head := self._table.head) is not None:
            self._tip = self._load(head)
        return self._tip

    def _load(self, snapshot_id: int) -> Tip:
        try:
            return self._table.load(snapshot_id)
        except SnapshotError as error:
            older = Verification(self._table, self._pieces).older(snapshot_id)
            offer = f" Snapshot {older.id} is whole." if older else " No older one is whole."
            raise type(error)(str(error) + offer, older.id if older else None) from error

    def _check(self, change: Change, tip: Tip | None, batch: Batch) -> None:
        """A snapshot names nothing that is not there."""
        before = tip.snapshot.groups if tip else {}
        for key in change.bindings.values():
            if key not in change.groups and key not in before:
                raise InvalidInputError(f"There is no group {key!r}.")
        for key, record in change.groups.items():
            known = set(before[key].digests()) if key in before else set()
            for digest in record.digests():
                if digest not in known and digest not in batch and not self._pieces.has(digest):
                    raise InvalidInputError(f"Content {digest.hex()[:12]} is not there.")

    def _check_whole(self, count: int) -> None:
        if len(self._table.rows()) != count or Verification(self._table, self._pieces).damages():
            raise DamagedSnapshotError("The archive is damaged: it is not whole.")
