"""Whether what is stored is what was written, read byte by byte."""

from __future__ import annotations

from functools import cache

from ..errors import SnapshotError
from ..models.snapshot import Damage
from .pieces import Pieces
from .records import GroupRecord, Snapshot
from .snapshot_table import SnapshotTable


class Verification:
    """One look at everything; each piece is read once, however many snapshots need it."""

    def __init__(self, table: SnapshotTable, pieces: Pieces) -> None:
        self._table = table
        self._fault = cache(pieces.fault)
        self._seen: dict[int, tuple[GroupRecord, str | None]] = {}

    def damages(self) -> list[Damage]:
        """Of every snapshot that one could go back to."""
        damages = (self._damage(id, state) for id, state in self._table.states())
        return [damage for damage in damages if damage]

    def older(self, than: int) -> Snapshot | None:
        """The newest snapshot with a smaller number that has no damage."""
        for id in reversed(self._table.ids()):
            snapshot = self._load(id) if id < than else None
            if snapshot and not self._damage(id, snapshot):
                return snapshot
        return None

    def _load(self, snapshot_id: int) -> Snapshot | None:
        try:
            return self._table.load(snapshot_id).snapshot
        except SnapshotError:
            return None

    def _damage(self, snapshot_id: int, snapshot: Snapshot | SnapshotError) -> Damage | None:
        if isinstance(snapshot, SnapshotError):
            return Damage(snapshot=snapshot_id, what=str(snapshot))
        faults = {key: fault for key in snapshot.groups if (fault := self._in_group(snapshot, key))}
        if not faults:
            return None
        names = tuple(name for name, key in snapshot.bindings.items() if key in faults)
        return Damage(snapshot=snapshot_id, names=names, what=next(iter(faults.values())))

    def _in_group(self, snapshot: Snapshot, key: str) -> str | None:
        record = snapshot.groups[key]
        known = self._seen.get(id(record))
        if known is None:
            known = record, self._first_fault(record)
            self._seen[id(record)] = known
        return known[1]

    def _first_fault(self, record: GroupRecord) -> str | None:
        return next((f for digest in record.digests() if (f := self._fault(digest))), None)
