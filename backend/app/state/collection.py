"""What a notebook's history lets go of: old snapshots, and content that no snapshot needs."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..errors import DamagedSnapshotError
from .database import Database
from .entry import decode
from .pieces import Batch, Piece, Pieces, in_packs
from .records import Digest
from .snapshot_table import SnapshotTable

Content = Mapping[str, tuple[Digest, ...]]
"""Key of a group -> what it needs."""


@dataclass(frozen=True, slots=True)
class Link:
    """What has to be known of a snapshot to tell what it needs; a thousand take up little."""

    base: int | None
    parent: int | None
    time: datetime
    groups: Content
    """What it adds to its base."""
    dropped: Collection[str]


Links = Mapping[int, Link]


@dataclass(frozen=True, slots=True)
class Retention:
    """Which snapshots are kept; None sets no limit. The head always is."""

    count: int | None = None
    """The newest so many."""
    age: float | None = None
    """Seconds."""
    bytes: int | None = None
    """Of content that all of them need together."""
    undo: int = 0
    """As many before the head stay, whatever else is asked."""


def collect(database: Database, table: SnapshotTable, pieces: Pieces, keep: Retention) -> int:
    """Let go of what is not to be kept; the number of snapshots that one could go back to.

    Content moves to a new pack where less than half of the old one is needed. Files go last, once
    the database has forgotten them for good: at every instant all that it names is there.
    """
    index = pieces.index()
    links = _links(table, index)
    kept = _kept(links, table, keep, {piece.digest: piece.length for piece in index})
    live = _live(links, kept)
    needed = {id for keep_id in kept for id in _chain(links, keep_id)}
    dead = [piece.digest for piece in index if piece.digest not in live]
    before = set(table.ids())
    sparse = _sparse_packs(index, live, pieces.pack_sizes())
    with pieces.batch(None, "power") as batch:
        emptied = _move(batch, pieces, index, live, sparse)
        batch.seal()
        with database.transaction(lasting=bool(emptied)):
            table.drop(set(table.all_ids()) - needed)
            table.retire(needed - kept)
            pieces.forget(dead)
            batch.write_index()
            pieces.forget_packs(emptied)
    pieces.remove_packs(emptied)
    if dead or emptied:
        database.give_back()
    return len(before - kept)


def _links(table: SnapshotTable, index: Iterable[Piece]) -> Links:
    """What the snapshots need, whoever signed them; without those that say nothing any more."""
    same = {piece.digest: piece.digest for piece in index}
    links = {}
    for row in table.each():
        try:
            entry = decode(row.body)
        except DamagedSnapshotError:
            continue
        change = entry.change
        groups = {
            key: tuple(same.get(digest, digest) for digest in record.digests())
            for key, record in change.groups.items()
        }
        links[row.id] = Link(
            entry.base, entry.info.parent, entry.info.time, groups, tuple(change.dropped)
        )
    return links


def _kept(
    links: Links, table: SnapshotTable, keep: Retention, sizes: Mapping[Digest, int]
) -> set[int]:
    """The head, and what has to stay with it, and the newest others that the retention lets."""
    there = links.keys() & set(table.ids())
    needed = _line(links, table.head, 1 + keep.undo) & there
    newest = sorted(there, key=lambda id: (id in needed, id), reverse=True)
    least = max(1, len(needed))
    if keep.age is not None:
        oldest = datetime.now(UTC) - timedelta(seconds=keep.age)
        newest = [id for id in newest if id in needed or links[id].time >= oldest]
    if keep.count is not None:
        newest = newest[: max(least, keep.count)]
    if keep.bytes is not None:
        newest = newest[: max(least, _fitting(links, newest, keep.bytes, sizes))]
    return set(newest)


def _line(links: Links, head: int | None, count: int) -> set[int]:
    """The head and what it came after, so many of them at most."""
    line = set[int]()
    while head in links and head is not None and len(line) < count:
        line.add(head)
        head = links[head].parent
    return line


def _fitting(links: Links, newest: Sequence[int], limit: int, sizes: Mapping[Digest, int]) -> int:
    """How many of them, the first ones, need no more than so many bytes together."""

    def size(count: int) -> int:
        return sum(sizes.get(digest, 0) for digest in _live(links, set(newest[:count])))

    return bisect_right(range(1, len(newest) + 1), limit, key=size)


def _live(links: Links, kept: Collection[int]) -> set[Digest]:
    """Content that the snapshots need: what each added to its base, whole if that is not kept."""
    live: set[Digest] = set()
    for id in kept:
        link = links[id]
        covered = link.base is None or link.base in kept
        live.update(*(link.groups if covered else _groups(links, id)).values())
    return live


def _groups(links: Links, snapshot_id: int) -> Content:
    groups: dict[str, tuple[Digest, ...]] = {}
    for id in reversed(_chain(links, snapshot_id)):
        for key in links[id].dropped:
            groups.pop(key, None)
        groups.update(links[id].groups)
    return groups


def _chain(links: Links, snapshot_id: int) -> list[int]:
    """The snapshot, its base, the base of that …, as far as they are there."""
    chain = [snapshot_id]
    while (base := links[chain[-1]].base) in links and base is not None and base < chain[-1]:
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
