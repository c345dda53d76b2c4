"""Content by its digest: stored once, small in the database, large in packs."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import accumulate, pairwise
from types import TracebackType
from typing import NamedTuple, Self

from blake3 import blake3

from ..errors import DamagedSnapshotError, StorageError
from .chunk_packs import Pack, PackFolder
from .database import Database, Durability
from .fingerprints import hash_all
from .mapped_memory import Run, content_of, gather, joined
from .records import BufferRecord, Digest

LARGE = 32 * 1024
"""Bytes from which a place in a pack is cheaper to write than a row of the database."""

Content = bytes | memoryview

_FIND = """
SELECT CAST(length AS INTEGER), CAST(pack AS INTEGER), CAST(ifnull(place, 0) AS INTEGER),
    CAST(ifnull(content, '') AS BLOB)
FROM piece WHERE digest = ?
"""
"""Nobody signed the index: whatever stands in it, numbers are numbers here and bytes bytes."""


class Piece(NamedTuple):
    """One row of the index."""

    digest: Digest
    length: int
    pack: int | None
    """None if it lies in the database itself."""


class Pieces:
    """All content of one notebook's snapshots."""

    def __init__(self, database: Database, packs: PackFolder) -> None:
        self._database = database
        self._packs = packs

    def drop_strays(self) -> None:
        """Remove packs that an interrupted commit or collection left behind."""
        self._packs.keep_only(set(self.pack_sizes()))

    @property
    def size(self) -> int:
        """Bytes on disk, those of the database included."""
        packed = self._database.value("SELECT ifnull(sum(CAST(size AS INTEGER)), 0) FROM pack")
        return int(packed) + self._database.size

    def has(self, digest: Digest) -> bool:
        """Whether this content is stored."""
        return self._database.row("SELECT 1 FROM piece WHERE digest = ?", (digest,)) is not None

    def index(self) -> list[Piece]:
        """Every piece, those of one pack in the order in which they lie there."""
        found = self._database.rows(
            "SELECT CAST(digest AS BLOB), CAST(length AS INTEGER), CAST(pack AS INTEGER)"
            " FROM piece ORDER BY pack, place"
        )
        return [Piece(*row) for row in found]

    def read(self, digest: Digest) -> bytes:
        """The content that has this digest.

        Raises:
            DamagedSnapshotError: there is none, or what lies there has another digest.
        """
        try:
            data = content_of(self._run(digest), self._packs.open)
        except (FileNotFoundError, EOFError) as error:
            raise DamagedSnapshotError(f"Content is lost: {error}.") from error
        if blake3(data).digest() != digest:
            raise DamagedSnapshotError("Content has changed since it was written.")
        return data

    def map(self, record: BufferRecord) -> memoryview:
        """The content of a buffer, as memory of its own; see `gather`.

        Unless it is plain, it is a copy of what has the right digests, whatever becomes of the
        files.

        Raises:
            DamagedSnapshotError: a part of it is missing, or has changed.
        """
        runs = [self._run(digest) for digest in record.chunks]
        if sum(run.length for run in runs) != record.length:
            raise DamagedSnapshotError("The parts of a buffer have another length than the whole.")
        try:
            memory = gather(joined(runs), self._packs.open, copied=not record.plain)
        except (FileNotFoundError, EOFError) as error:
            raise DamagedSnapshotError(f"Content is lost: {error}.") from error
        if not record.plain and hash_all(_cut(memory, runs)) != list(record.chunks):
            raise DamagedSnapshotError("Content has changed since it was written.")
        return memory.toreadonly() if record.readonly else memory

    def fault(self, digest: Digest) -> str | None:
        """What is wrong with a piece, every byte of it read."""
        try:
            self.read(digest)
        except (DamagedSnapshotError, OSError) as error:
            return str(error)
        return None

    def batch(self, room: int | None, durability: Durability) -> Batch:
        """To add pieces; no more than `room` bytes."""
        return Batch(self, self._database, self._packs, room, durability)

    def forget(self, digests: Iterable[Digest]) -> None:
        """Take pieces out of the index."""
        self._database.for_each(
            "DELETE FROM piece WHERE digest = ?", ((digest,) for digest in digests)
        )

    def forget_packs(self, numbers: Collection[int]) -> None:
        """Take packs out of the index; their files stay for now."""
        self._database.for_each("DELETE FROM pack WHERE number = ?", ((n,) for n in numbers))

    def remove_packs(self, numbers: Collection[int]) -> None:
        """Remove the files of packs that nothing names any more."""
        for number in numbers:
            self._packs.remove(number)

    def pack_sizes(self) -> Mapping[int, int]:
        """Number -> bytes."""
        return dict(self._database.rows("SELECT number, CAST(size AS INTEGER) FROM pack"))

    def _run(self, digest: Digest) -> Run:
        found = self._database.row(_FIND, (digest,))
        if found is None:
            raise DamagedSnapshotError(f"Content {digest.hex()[:12]} is missing.")
        run = Run(*found)
        if run.length < 0 or run.place < 0 or (run.pack is None and run.length != len(run.content)):
            raise DamagedSnapshotError(f"Content {digest.hex()[:12]} is not where it should be.")
        return run


class Batch:
    """Pieces that are added together, with at most one new pack.

    Leaving it with an error takes the pack away again, unless the database names it by then.
    """

    def __init__(
        self,
        pieces: Pieces,
        database: Database,
        packs: PackFolder,
        room: int | None,
        durability: Durability,
    ) -> None:
        self.size = 0
        """Bytes of content that were not there before."""
        self._pieces = pieces
        self._database = database
        self._packs = packs
        self._room = room
        self._durability = durability
        self._pack: Pack | None = None
        self._rows: dict[Digest, tuple[object, ...]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._pack is not None:
            self._pack.close()
            if error is not None and not self._may_be_named(self._pack, error):
                self._packs.remove(self._pack.number)

    def __contains__(self, digest: Digest) -> bool:
        return digest in self._rows

    def add(self, digest: Digest, content: Content, *, move: bool = False) -> None:
        """Store content, unless it is there already.

        Args:
            digest: the content's.
            content: bytes, one after another.
            move: whether it is to be stored here although it is there.

        Raises:
            StorageError: there is no room, or the content has another digest: it changes while it
                is saved.
            OSError: it cannot be written.
        """
        if digest in self._rows or (not move and self._pieces.has(digest)):
            return
        content = memoryview(content).cast("B")
        self._take_room(len(content))
        if len(content) < LARGE:
            self._rows[digest] = (digest, len(content), None, None, bytes(content))
        else:
            pack, place = self._append(content)
            self._rows[digest] = (digest, len(content), pack, place, None)
        if blake3(content).digest() != digest:
            raise StorageError("The memory of a variable changed while it was saved.")

    def add_all(self, pieces: Iterable[tuple[Digest, Content]]) -> None:
        """Add each."""
        for digest, content in pieces:
            self.add(digest, content)

    def seal(self) -> None:
        """Make the pack as lasting as the durability asks for, before anything names it."""
        if self._pack is not None and self._durability == "power":
            self._pack.sync()

    def write_index(self) -> None:
        """Say in the database where the pieces lie; within a transaction."""
        if self._pack is not None:
            self._database.rows(
                "INSERT INTO pack VALUES (?, ?)", (self._pack.number, self._pack.size)
            )
        self._database.for_each(
            "INSERT OR REPLACE INTO piece VALUES (?, ?, ?, ?, ?)", self._rows.values()
        )

    def _take_room(self, length: int) -> None:
        self.size += length
        if self._room is not None and self.size > self._room:
            raise StorageError(
                "The notebook's state would be larger than its quota allows: see the setting "
                "snapshot_bytes."
            )

    def _append(self, content: Content) -> tuple[int, int]:
        if self._pack is None:
            self._pack = self._packs.create()
        return self._pack.number, self._pack.append(content)

    def _may_be_named(self, pack: Pack, error: BaseException) -> bool:
        """Whether the commit happened, or, its flush having failed, may turn out to have."""
        if getattr(error, "sqlite_errorname", "").startswith("SQLITE_IOERR_FSYNC"):
            return True
        try:
            named = "SELECT 1 FROM pack WHERE number = ?"
            return self._database.row(named, (pack.number,)) is not None
        except sqlite3.Error:
            return True


def _cut(memory: memoryview, runs: Iterable[Run]) -> list[memoryview]:
    places = pairwise(accumulate((run.length for run in runs), initial=0))
    return [memory[start:stop] for start, stop in places]


def in_packs(index: Iterable[Piece]) -> Iterator[tuple[int, Piece]]:
    """The pieces that lie in packs, each with the number of its pack."""
    for piece in index:
        if piece.pack is not None:
            yield piece.pack, piece
