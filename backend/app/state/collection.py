"""What a notebook's history lets go of: old snapshots, and content that no snapshot needs."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..errors import DamagedSnapshotError
from .database import Database
from .entry import Entry, decode
from .pieces import Batch, Piece, Pieces, in_packs
from .records import Digest, GroupRecord
from .snapshot_table import SnapshotTable

Entries = Mapping[int, Entry]


@dataclass(frozen=True, slots=True)
class Retention:
    """Which snapshots are kept; None sets no limit. The head always is."""

    count: int | None = None
    """The newest so many."""
    age: float | None = None
    """Seconds."""
    bytes: int | None = None
    """Of content that all of them need together."""


def collect(database: Database, table: SnapshotTable, pieces: Pieces, keep: Retention) -> int:
    """Let go of what is not to be kept; the number of snapshots that one could go back to.

    Content moves to a new pack where less than half of the old one is needed. Files go last, once
    the database has forgotten them for good: at every instant all that it names is there.
    """
    entries = _entries(table)
    index = pieces.index()
    kept = _kept(entries, table, keep, {piece.digest: piece.length for piece in index})
    live = _live(entries, kept)
    needed = {id for keep_id in kept for id in _chain(entries, keep_id)}
    dead = [piece.digest for piece in index if piece.digest not in live]
    before = set(table.ids())
    sparse = _sparse_packs(index, live, pieces.pack_sizes())
    with pieces.batch(None, "power") as batch:
        emptied = _move(batch, pieces, index, live, sparse)
        batch.seal()
        with database.transaction(lasting=bool(emptied)):
            table.drop({row.id for row in table.rows()} - needed)
            table.retire(needed - kept)
            pieces.forget(dead)
            batch.write_index()
            pieces.forget_packs(emptied)
    pieces.remove_packs(emptied)
    if dead or emptied:
        database.give_back()
    return len(before - kept)


def _entries(table: SnapshotTable) -> Entries:
    """What the snapshots need, whoever signed them; without those that say nothing any more."""
    entries = {}
    for row in table.rows():
        try:
            entries[row.id] = decode(row.body)
        except ValueError:
            pass
    return entries


def _kept(
    entries: Entries, table: SnapshotTable, keep: Retention, sizes: Mapping[Digest, int]
) -> set[int]:
    """The head and the newest others, as many as the retention lets."""
    head = table.head
    newest = sorted(entries.keys() & set(table.ids()), reverse=True)
    newest.sort(key=lambda id: id != head)
    if keep.age is not None:
        oldest = datetime.now(UTC) - timedelta(seconds=keep.age)
        newest = [id for id in newest if id == head or entries[id].info.time >= oldest]
    if keep.count is not None:
        newest = newest[: max(1, keep.count)]
    if keep.bytes is not None:
        newest = newest[: max(1, _fitting(entries, newest, keep.bytes, sizes))]
    return set(newest)


def _fitting(
    entries: Entries, newest: Sequence[int], limit: int, sizes: Mapping[Digest, int]
) -> int:
    """How many of them, the first ones, need no more than so many bytes together."""

    def size(count: int) -> int:
        return sum(sizes.get(digest, 0) for digest in _live(entries, set(newest[:count])))

    return bisect_right(range(1, len(newest) + 1), limit, key=size)


def _live(entries: Entries, kept: Collection[int]) -> set[Digest]:
    """Content that the snapshots need: what each added to its base, whole if that is not kept."""
    live: set[Digest] = set()
    for id in kept:
        entry = entries[id]
        covered = entry.base is None or entry.base in kept
        groups = entry.change.groups if covered else _groups(entries, id)
        for record in groups.values():
            live.update(record.digests())
    return live


def _groups(entries: Entries, snapshot_id: int) -> dict[str, GroupRecord]:
    groups: dict[str, GroupRecord] = {}
    for id in reversed(_chain(entries, snapshot_id)):
        change = entries[id].change
        for key in change.dropped:
            groups.pop(key, None)
        groups.update(change.groups)
    return groups


def _chain(entries: Entries, snapshot_id: int) -> list[int]:
    """The snapshot, its base, the base of that …, as far as they are there."""
    chain = [snapshot_id]
    while (base := entries[chain[-1]].base) in entries and base is not None and base < chain[-1]:
        chain.append(base)
    return chain


def _sparse_packs(
    index: Sequence[Piece], live: Collection[Digest], sizes: Mapping[int, int]
) -> set[int]:
    """Packs of which less than half is needed."""
    used = Counter[int]()
    for pack, piece in in_packs(index):
        used[pack] += piece.length if piece.digest in live else 0
    return {pack for pack, size in sizes.items() if 2 * used[pack] < size}


def _move(
    batch: Batch,
    pieces: Pieces,
    index: Sequence[Piece],
    live: Collection[Digest],
    sparse: set[int],
) -> set[int]:
    """Copy what is needed of sparse packs; those that are not any more. A damaged one stays."""
    spoilt = set()
    for pack, piece in in_packs(index):
        if pack in sparse and pack not in spoilt and piece.digest in live:
            try:
                batch.add(piece.digest, pieces.read(piece.digest), move=True)
            except DamagedSnapshotError:
                spoilt.add(pack)
    return sparse - spoilt
