"""Where the snapshots of one notebook lie: chained, signed, and whole at every instant.

    <folder>/lock             names the process that has the store open
    <folder>/snapshots.db     SQLite: snapshots, small content, and where large content lies
    <folder>/packs/<n>.pack   large content, one file for each commit that brought some

A commit writes its pack, then one transaction names it. A file that no transaction names is what
an interrupted commit left behind, and goes at the next opening.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from ..errors import DamagedSnapshotError, InvalidInputError
from ..models.snapshot import Collected, Damage, SnapshotInfo
from ..runtime.closing import Closing
from .archive import ArchiveWriter, read_archive
from .collection import Retention, collect
from .copies import placed_whole
from .database import Database, Durability
from .disk import Disk
from .few_open import FewOpen
from .head import load
from .held_folder import HeldFolder
from .open_folder import DATABASE, PACKS, OpenFolder
from .pieces import Content
from .records import BufferRecord, Cause, Change, Digest, Snapshot
from .signing import Key, Signer
from .snapshot_table import SnapshotTable
from .snapshot_writer import SnapshotWriter
from .verification import Verification

_NOTHING: Mapping[Digest, bytes] = MappingProxyType({})


class Store(Closing):
    """The snapshots of one notebook. For any thread, in the process that opened it.

    Every method raises StorageError where files cannot be read or written: what was committed
    before stays, and the next call tries again. It raises StateLockedError if another process has
    the folder, which may rest between the calls.
    """

    def __init__(
        self,
        folder: Path,
        notebook_id: str,
        *,
        key: Key,
        durability: Durability = "process",
        quota: int | None = None,
        disk: Disk | None = None,
        few: FewOpen | None = None,
    ) -> None:
        """Open the folder, or make it.

        Args:
            folder: for nothing else.
            notebook_id: whose snapshots; those of another notebook do not hold here.
            key: of this user (see `load_key`), or of this notebook.
            durability: what an acknowledged commit survives.
            quota: bytes that content may take up; older snapshots make room for a new one.
            disk: writes the packs.
            few: the folders among which this one is open, or rests; None never lets it rest.

        Raises:
            StateLockedError: it is open already, here or in another process.
            DamagedSnapshotError: the database is not one any more.
        """
        self.notebook_id = notebook_id
        self._folder = folder
        self._key = key
        self._durability = durability
        self._writer = SnapshotWriter(quota, durability)
        self._disk = disk or Disk()
        signer = Signer(key.of(notebook_id))
        opening = partial(OpenFolder, folder, durability, self._disk, signer)
        self._held = HeldFolder(notebook_id, opening, few or FewOpen(1))

    def close(self) -> None:
        """Let go of the folder; memory that was mapped stays. The second time does nothing."""
        self._held.close()

    def rest(self) -> None:
        """Let go of it until the next call, unless another thread is using it."""
        self._held.rest()

    def wake(self) -> None:
        """Find out, before the work, whether what follows the head can still be saved here.

        Raises:
            StateLockedError: another process has the folder, or has moved the head meanwhile.
        """
        with self._held.reading("read") as at:
            self._held.head.check(at)

    @property
    def is_open(self) -> bool:
        """Whether it is, in this process; the folder may be at rest."""
        return self._held.is_held

    @property
    def is_writable(self) -> bool:
        """Whether it is, as far as is known."""
        return self._held.is_writable

    @property
    def is_in_place(self) -> bool:
        """Whether what is open lies in the folder: it was not deleted or replaced meanwhile."""
        return self._held.is_in_place

    def check_writable(self) -> None:
        """Find out before the work whether a snapshot could be kept at all.

        Raises:
            StorageError: it could not.
            StateLockedError: as `wake`.
        """
        with self._held.going_on():
            pass

    @property
    def count(self) -> int:
        """Snapshots that one can go back to, whoever signed them."""
        with self._held.reading("read") as at:
            return len(at.table.ids())

    @property
    def size(self) -> int:
        """Bytes that it takes up on disk."""
        with self._held.reading("read") as at:
            return at.pieces.size

    def head(self) -> Snapshot | None:
        """The snapshot that the next one will come after.

        Raises:
            SnapshotError: it cannot be used; names an older one that can.
        """
        with self._held.reading("read") as at:
            tip = self._held.head.tip(at)
            return tip.snapshot if tip else None

    def get(self, snapshot_id: int) -> Snapshot:
        """The state after some cell.

        Raises:
            UnknownSnapshotError: there is none with this number.
            SnapshotError: it cannot be used; names an older one that can.
        """
        with self._held.reading("read") as at:
            return load(at, snapshot_id).snapshot

    def history(self) -> list[SnapshotInfo]:
        """Every snapshot that one can go back to as far as signatures tell, oldest first."""
        with self._held.reading("read") as at:
            states = (state for _, state in at.table.states())
            return [state.info for state in states if isinstance(state, Snapshot)]

    def lineage(self, snapshot: Snapshot, count: int) -> list[SnapshotInfo]:
        """A snapshot and those that it came after, newest first, no more than so many.

        Those that one cannot go back to any more are among them as long as they are on disk.
        """
        with self._held.reading("read") as at:
            return list(islice(at.table.lineage(snapshot.info.id), count))

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
        with self._held.going_on() as at:
            head, pieces = self._held.head, [*pickles.items(), *chunks]
            self._writer.make_room(at, pieces)
            tip = head.tip(at)
            head.forget()
            tip = self._writer.append(at, tip, change, cause, pieces)
            head.put(tip)
            return tip.snapshot

    def set_head(self, snapshot_id: int | None) -> None:
        """Go back: the next commit comes after this snapshot, or after none.

        Raises:
            UnknownSnapshotError, SnapshotError: as `get`.
        """
        with self._held.reading("changed") as at:
            tip = load(at, snapshot_id) if snapshot_id is not None else None
            if snapshot_id != at.table.head:
                with self._held.changing("changed") as now, now.database.transaction():
                    now.table.move_head(snapshot_id)
            self._held.head.put(tip)

    def check_movable(self, snapshot_id: int | None) -> None:
        """Find out whether `set_head` could write this down, or need not.

        Raises:
            StorageError: it could not.
        """
        with self._held.reading("changed") as at:
            if snapshot_id != at.table.head:
                with self._held.changing("changed"):
                    pass

    def read_pickle(self, digest: Digest) -> bytes:
        """Content, checked.

        Raises:
            DamagedSnapshotError: it is missing or has changed.
        """
        with self._held.reading("read") as at:
            return at.pieces.read(digest)

    def map_buffer(self, record: BufferRecord) -> memoryview:
        """A buffer as memory of its own, which the caller may write to unless it was read-only.

        If it is plain, its pages are read when they are touched: only `verify` and `older` look at
        all of them. Else they are read and compared now.

        Raises:
            DamagedSnapshotError: a part of it is missing, or has changed.
        """
        with self._held.reading("read") as at:
            return at.pieces.map(record)

    def older(self, than: int) -> Snapshot | None:
        """The newest snapshot with a smaller number of which every byte is as it was written."""
        with self._held.reading("read") as at:
            return Verification(at.table, at.pieces).older(than)

    def verify(self) -> list[Damage]:
        """Read every byte; what is not as it was written."""
        with self._held.reading("read") as at:
            faults = [Damage(snapshot=None, what=fault) for fault in at.database.faults()]
            return faults + Verification(at.table, at.pieces).damages()

    def collect(self, keep: Retention) -> Collected:
        """Let go of older snapshots, and of content that no snapshot needs.

        Memory that is mapped stays as it is.
        """
        with self._held.changing("tidied") as at:
            self._held.head.forget()
            before = at.pieces.size
            snapshots = collect(at.database, at.table, at.pieces, keep)
            return Collected(snapshots=snapshots, bytes=max(0, before - at.pieces.size))

    def export(self, path: Path) -> None:
        """The whole history as one file; see `import_`.

        Raises:
            DamagedSnapshotError: content is missing or has changed.
        """
        scratch = path.with_name(f".{path.name}-{secrets.token_hex(6)}.tmp")
        with self._held.reading("exported") as at:
            try:
                ArchiveWriter(scratch).write(self.notebook_id, at.table, at.pieces)
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
        with self._held.changing("imported") as at:
            if at.table.last:
                raise InvalidInputError("Only a notebook without snapshots can import some.")
            with read_archive(path) as reader, self._writer.batch(at) as batch:
                rows = list(reader.rows())
                former = None if trusted else Signer(self._key.of(reader.header.notebook_id))
                batch.add_all(reader.pieces())
                batch.seal()
                with at.database.transaction():
                    batch.write_index()
                    at.table.take_over(rows, former, reader.header.head, reader.header.last)
                    _check_whole(at, len(rows))

    def copy_to(self, folder: Path, notebook_id: str) -> None:
        """The same history for another notebook; each with packs of its own.

        Raises:
            StorageError: also if there is something at `folder` already.
        """
        with self._held.reading("copied") as at, placed_whole(folder, self._disk) as scratch:
            (scratch / PACKS).mkdir(mode=0o700)
            for number in at.pieces.pack_sizes():
                name = Path(PACKS, f"{number}.pack")
                self._disk.copy(self._folder / name, scratch / name)
            self._disk.sync_folder(scratch / PACKS)
            at.database.copy_to(scratch / DATABASE)
            copy = Database(scratch / DATABASE, self._durability)
            with closing(copy), copy.transaction(lasting=True):
                table = SnapshotTable(copy, Signer(self._key.of(notebook_id)))
                table.sign_again(Signer(self._key.of(self.notebook_id)))


def _check_whole(at: OpenFolder, count: int) -> None:
    if len(at.table.rows()) != count or Verification(at.table, at.pieces).damages():
        raise DamagedSnapshotError("The archive is damaged: it is not whole.")
