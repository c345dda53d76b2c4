"""A writer and reader of snapshots whose values are plain bytes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from blake3 import blake3

from nbengine.state.records import BufferRecord, Cause, Change, GroupRecord, Snapshot
from nbengine.state.signing import UserKey
from nbengine.state.store import Store

KEY = UserKey(bytes(range(32)))
CHUNK = 64 * 1024


class Buffer:
    """Bytes that lie outside of their pickle, in chunks."""

    def __init__(self, data: bytes, *, readonly: bool = False) -> None:
        view = memoryview(data)
        self.chunks = [view[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
        self.record = BufferRecord(len(data), tuple(map(digest, self.chunks)), readonly)


def digest(data: bytes | memoryview) -> bytes:
    return blake3(data).digest()


def open_store(folder: Path, **options: Any) -> Store:
    """The store of the notebook `n`."""
    return Store(folder, **{"notebook_id": "n", "key": KEY, **options})


def save(
    store: Store, cell_id: str = "c", gone: Iterable[str] = (), /, **values: bytes | Buffer
) -> Snapshot:
    """Commit new values, each in a group of its own name."""
    groups, pickles = {}, {}
    chunks: list[tuple[bytes, memoryview]] = []
    for name, value in values.items():
        data = value if isinstance(value, bytes) else b"a buffer"
        pickles[digest(data)] = data
        buffers: tuple[BufferRecord, ...] = ()
        if isinstance(value, Buffer):
            buffers = (value.record,)
            chunks += zip(value.record.chunks, value.chunks, strict=True)
        groups[name] = GroupRecord(digest(data), buffers)
    change = Change({name: name for name in values}, list(gone), groups, list(gone))
    return store.commit(change, Cause(cell_id, 1, changed=tuple(values)), pickles, chunks)


def load(store: Store, snapshot: Snapshot | None) -> dict[str, bytes]:
    """Name -> the bytes that were saved."""
    values = {}
    for name, key in snapshot.bindings.items() if snapshot else ():
        record = snapshot.groups[key] if snapshot else GroupRecord(b"")
        pickle = store.read_pickle(record.pickle)
        values[name] = b"".join(map(store.map_buffer, record.buffers)) or pickle
    return values


def files(folder: Path) -> list[str]:
    """Names of all packs."""
    return sorted(path.name for path in (folder / "packs").iterdir())
