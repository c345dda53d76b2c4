"""How a snapshot gets into an open folder: its content, then one transaction that names it."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import InvalidInputError
from .collection import Retention, collect
from .database import Durability
from .open_folder import OpenFolder
from .pieces import Batch, Content
from .records import Cause, Change, Digest
from .snapshot_table import Tip


class SnapshotWriter:
    """Adds to a folder whose turn the caller has, passed as `at`.

    Args:
        quota: bytes that content may take up there; None sets no limit.
        durability: what survives once it was added.
    """

    def __init__(self, quota: int | None, durability: Durability) -> None:
        self._quota = quota
        self._durability = durability

    def batch(self, at: OpenFolder) -> Batch:
        """To add content within the quota."""
        room = None if self._quota is None else self._quota - at.pieces.size
        return at.pieces.batch(room, self._durability)

    def make_room(self, at: OpenFolder, pieces: Sequence[tuple[Digest, Content]]) -> None:
        """Let older snapshots go if new content would not fit otherwise, and some to spare."""
        if self._quota is None:
            return
        need = sum(memoryview(data).nbytes for digest, data in pieces if not at.pieces.has(digest))
        if self._quota - at.pieces.size < need <= self._quota and len(at.table.ids()) > 1:
            keep = Retention(bytes=min(self._quota // 2, self._quota - need))
            collect(at.database, at.table, at.pieces, keep)

    def append(
        self,
        at: OpenFolder,
        tip: Tip | None,
        change: Change,
        cause: Cause,
        pieces: Sequence[tuple[Digest, Content]],
    ) -> Tip:
        """A snapshot after `tip`, which is the head; when this returns it is kept.

        Raises:
            StorageError: there is no room, or content changes while it is written.
            InvalidInputError: the change names a group or content that is not there.
        """
        with self.batch(at) as batch:
            batch.add_all(pieces)
            _check(change, tip, batch, at)
            batch.seal()
            with at.database.transaction():
                batch.write_index()
                return at.table.append(tip, change, cause, batch.size)


def _check(change: Change, tip: Tip | None, batch: Batch, at: OpenFolder) -> None:
    """A snapshot names nothing that is not there."""
    before = tip.snapshot.groups if tip else {}
    for key in change.bindings.values():
        if key not in change.groups and key not in before:
            raise InvalidInputError(f"There is no group {key!r}.")
    for key, record in change.groups.items():
        known = set(before[key].digests()) if key in before else set()
        for digest in record.digests():
            if digest not in known and digest not in batch and not at.pieces.has(digest):
                raise InvalidInputError(f"Content {digest.hex()[:12]} is not there.")
