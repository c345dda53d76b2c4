"""The snapshots of one notebook, each signed together with what it is based on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from ..errors import (
    DamagedSnapshotError,
    ForeignSnapshotError,
    SnapshotError,
    UnknownSnapshotError,
)
from ..models.snapshot import SnapshotInfo
from .database import Database
from .entry import Entry, decode, number
from .records import Cause, Change, Snapshot, after
from .signing import Signer

_SHORT_CHAIN = 16 * 1024
"""Bytes of changes that are cheap to read again, however small the namespace is."""

_COLUMNS = "id, base, retired, key_id, signature, body"
_NUMBERS = "id, CAST(base AS INTEGER), CAST(retired AS INTEGER) <> 0"
_INSERT = f"INSERT INTO snapshot ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"
_AS_BYTES = "CAST(key_id AS BLOB), CAST(signature AS BLOB), CAST(body AS BLOB)"
_SELECT = f"SELECT {_NUMBERS}, {_AS_BYTES} FROM snapshot"
_BELOW = "(SELECT CAST(signature AS BLOB) FROM snapshot AS below WHERE below.id = snapshot.base)"
_ONE = f"SELECT {_NUMBERS}, {_AS_BYTES}, {_BELOW} FROM snapshot WHERE id = ?"
_MARK = """
SELECT CAST(head.snapshot AS INTEGER), CAST(signature AS BLOB)
FROM head LEFT JOIN snapshot ON id = head.snapshot
"""
_CHAIN = f"""
WITH RECURSIVE chain (link, below) AS (
    SELECT id, base FROM snapshot WHERE id = ?
    UNION
    SELECT id, base FROM snapshot JOIN chain ON id = below AND id < link
)
{_SELECT} JOIN chain ON id = link ORDER BY id
"""


class Row(NamedTuple):
    """A snapshot as it lies in the table."""

    id: int
    base: int | None
    retired: int
    """Whether it is there only because later ones are based on it."""
    key_id: bytes
    signature: bytes
    body: bytes


class Mark(NamedTuple):
    """What tells whether a notebook goes on from where it did."""

    head: int | None
    signature: bytes | None


@dataclass(frozen=True, slots=True)
class Tip:
    """A snapshot with what the next one needs to be based on it."""

    snapshot: Snapshot
    signature: bytes
    whole: int
    """Bytes of the last entry that starts from nothing."""
    since: int
    """Bytes of the changes after it."""


class SnapshotTable:
    """Entries in the database; what is read from it holds its signature."""

    def __init__(self, database: Database, signer: Signer) -> None:
        self._database = database
        self._signer = signer

    @property
    def head(self) -> int | None:
        """The snapshot that the next one will come after."""
        found: int | None = self._database.value("SELECT CAST(snapshot AS INTEGER) FROM head")
        return found

    def mark(self) -> Mark:
        """What changes whenever the head does, also in another process."""
        return Mark(*(self._database.row(_MARK) or (None, None)))

    @property
    def last(self) -> int:
        """The highest number that was ever given.

        Raises:
            DamagedSnapshotError: what stands there can be none.
        """
        try:
            return number(self._database.value("SELECT last FROM head"))
        except TypeError as error:
            raise DamagedSnapshotError(f"The number of the last snapshot, {error}.") from error

    def move_head(self, snapshot_id: int | None) -> None:
        """The next snapshot will come after this one."""
        self._database.rows("UPDATE head SET snapshot = ?", (snapshot_id,))

    def ids(self) -> list[int]:
        """All snapshots that one can go back to, oldest first."""
        found = self._database.rows("SELECT id FROM snapshot WHERE NOT retired ORDER BY id")
        return [id for (id,) in found]

    def all_ids(self) -> list[int]:
        """Those, too, that one cannot go back to."""
        return [id for (id,) in self._database.rows("SELECT id FROM snapshot")]

    def rows(self) -> list[Row]:
        """All there are, oldest first."""
        return list(self.each())

    def each(self) -> Iterator[Row]:
        """The same, one after another; nothing may be written meanwhile."""
        return (Row(*row) for row in self._database.each(f"{_SELECT} ORDER BY id"))

    def append(self, tip: Tip | None, change: Change, cause: Cause, written: int) -> Tip:
        """Write a snapshot down as a change of the one before, or whole when that is due.

        A chain of changes is at most about as long as what it starts from, so that reading it
        costs no more than twice as much, and so does keeping it.
        """
        info = _info(self.last + 1, tip, cause, written)
        snapshot = after(info, tip.snapshot if tip else None, change)
        body = Entry(info, tip.snapshot.id if tip else None, change).encode()
        if tip and tip.since + len(body) <= max(tip.whole, _SHORT_CHAIN):
            base, whole, since = tip, tip.whole, tip.since + len(body)
        else:
            body = Entry(info, None, snapshot.whole()).encode() if tip else body
            base, whole, since = None, len(body), 0
        signature = self._signer.sign(body, base.signature if base else None)
        row = (info.id, base and base.snapshot.id, 0, self._signer.key_id, signature, body)
        self._database.rows(_INSERT, row)
        self._database.rows("UPDATE head SET snapshot = ?, last = ?", (info.id, info.id))
        return Tip(snapshot, signature, whole, since)

    def load(self, snapshot_id: int) -> Tip:
        """The whole state after one cell.

        Raises:
            UnknownSnapshotError: there is none with this number.
            ForeignSnapshotError: another key signed it, or what it is based on.
            DamagedSnapshotError: a signature does not hold.
        """
        rows = [Row(*row) for row in self._database.rows(_CHAIN, (snapshot_id,))]
        if not rows or rows[-1].retired:
            raise UnknownSnapshotError(f"There is no snapshot {snapshot_id}.")
        tip = self._tip(rows[0], None)
        for row in rows[1:]:
            tip = self._tip(row, tip)
        return tip

    def states(self) -> Iterator[tuple[int, Snapshot | SnapshotError]]:
        """Every snapshot that one could go back to, oldest first, or why one cannot."""
        rows = self.rows()
        waiting = Counter(row.base for row in rows)
        tips: dict[int | None, Tip | SnapshotError] = {}
        for row in rows:
            tip = self._tip_or_error(row, tips.get(row.base))
            waiting[row.base] -= 1
            if not waiting[row.base]:
                tips.pop(row.base, None)
            if waiting[row.id]:
                tips[row.id] = tip
            if not row.retired:
                yield row.id, tip.snapshot if isinstance(tip, Tip) else tip

    def lineage(self, snapshot_id: int) -> Iterator[SnapshotInfo]:
        """A snapshot and those that it came after, newest first, as far as they can be trusted."""
        wanted: int | None = snapshot_id
        while wanted is not None and (found := self._database.row(_ONE, (wanted,))):
            row, below = Row(*found[:-1]), found[-1]
            if row.key_id != self._signer.key_id or not _holds(self._signer, row, below):
                return
            info = decode(row.body).info
            yield info
            wanted = info.parent

    def drop(self, ids: Collection[int]) -> None:
        """Take snapshots out; nothing that stays may be based on them."""
        self._database.for_each("DELETE FROM snapshot WHERE id = ?", ((id,) for id in ids))

    def retire(self, ids: Collection[int]) -> None:
        """One cannot go back to these any more."""
        self._database.for_each(
            "UPDATE snapshot SET retired = 1 WHERE id = ? AND NOT retired", ((id,) for id in ids)
        )

    def take_over(
        self, rows: Collection[Row], former: Signer | None, head: int | None, last: int
    ) -> None:
        """Rows from elsewhere, into an empty table; see `sign_again`.

        Raises:
            ForeignSnapshotError: another key than the former signer's signed one.
        """
        for row in rows:
            if former and row.key_id != former.key_id:
                raise ForeignSnapshotError(
                    f"{_foreign(row)} Only with trusted=True or --trust is it taken all the same: "
                    "to go on from it runs code that is in it."
                )
        self._database.for_each(_INSERT, rows)
        self._database.rows("UPDATE head SET snapshot = ?, last = ?", (head, last))
        self.sign_again(former)

    def sign_again(self, former: Signer | None) -> None:
        """Sign every snapshot anew, those left out whose former signature does not hold.

        Args:
            former: who signed them; None to trust them all.
        """
        rows = self.rows()
        formerly: dict[int | None, bytes | None] = {None: None}
        signed: dict[int | None, bytes | None] = {None: None}
        for row in rows:
            if row.base in signed and _holds(former, row, formerly[row.base]):
                formerly[row.id] = row.signature
                signed[row.id] = self._signer.sign(row.body, signed[row.base])
        self.drop({row.id for row in rows} - signed.keys())
        self._database.for_each(
            "UPDATE snapshot SET key_id = ?, signature = ? WHERE id = ?",
            ((self._signer.key_id, signature, id) for id, signature in signed.items() if id),
        )

    def _tip(self, row: Row, base: Tip | None) -> Tip:
        """What a row says about its base, if it says it with the right signature."""
        if row.key_id != self._signer.key_id:
            raise _foreign(row)
        if not _holds(self._signer, row, base.signature if base else None):
            raise DamagedSnapshotError(f"Snapshot {row.id} is damaged: its signature does not fit.")
        entry = decode(row.body)
        snapshot = after(entry.info, base.snapshot if base else None, entry.change)
        if (entry.info.id, entry.base) != (row.id, base.snapshot.id if base else None):
            raise DamagedSnapshotError(f"Snapshot {row.id} is damaged: it is another one.")
        length = len(row.body)
        if base is None:
            return Tip(snapshot, row.signature, length, 0)
        return Tip(snapshot, row.signature, base.whole, base.since + length)

    def _tip_or_error(self, row: Row, base: Tip | SnapshotError | None) -> Tip | SnapshotError:
        if isinstance(base, SnapshotError):
            return base
        try:
            return self._tip(row, base)
        except SnapshotError as error:
            return error


def _holds(signer: Signer | None, row: Row, before: bytes | None) -> bool:
    return signer is None or signer.holds(row.signature, row.body, before)


def _foreign(row: Row) -> ForeignSnapshotError:
    return ForeignSnapshotError(f"Snapshot {row.id} was signed with another key.")


def _info(id: int, tip: Tip | None, cause: Cause, written: int) -> SnapshotInfo:
    return SnapshotInfo(
        id=id,
        parent=tip.snapshot.id if tip else None,
        cell_id=cause.cell_id,
        execution_count=cause.execution_count,
        source=cause.source,
        time=datetime.now(UTC),
        bytes_written=written,
        added=cause.added,
        changed=cause.changed,
        removed=cause.removed,
    )
