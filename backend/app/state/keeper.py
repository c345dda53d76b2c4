"""One notebook's variables, saved after its cells at the cost of what changed, and brought back."""

from __future__ import annotations

import json
import linecache
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from blake3 import blake3
from pydantic import JsonValue

from .fingerprints import CHUNK, Fingerprints
from .lost import Lost
from .partition import Group, Partition
from .pickling import Space, StateUnpickler
from .records import BufferRecord, Cause, Change, Digest, GroupRecord, Snapshot
from .store import Store


@dataclass(frozen=True)
class Restored:
    """What came of bringing a snapshot back."""

    values: Mapping[str, Any]
    lost: Mapping[str, str]
    """Names that are not there -> reason."""


@dataclass
class _Draft:
    """What a save is going to write."""

    groups: dict[str, GroupRecord] = field(default_factory=dict)
    pickles: dict[Digest, bytes] = field(default_factory=dict)
    chunks: list[tuple[Digest, memoryview]] = field(default_factory=list)


class Keeper:
    """Saves and restores the namespace of one notebook.

    Args:
        store: where its snapshots lie.
        space: what pickles point at.
    """

    def __init__(self, store: Store, space: Space) -> None:
        self.store = store
        self.partition = Partition(space)
        self._space = space
        self._fingerprints = Fingerprints()
        self._records: dict[str, GroupRecord] = {}
        """What the head of the store says of each group."""
        self._bindings: dict[str, str] = {}
        self._unsaved: dict[str, str] = {}
        self._due: set[str] = set()
        """Names to be looked at again, because what came of the last look was not stored."""

    def save(
        self,
        values: Mapping[str, Any],
        touched: Iterable[str],
        cause: Cause,
        extras: Mapping[str, JsonValue] | None = None,
    ) -> Snapshot:
        """A new snapshot.

        Args:
            values: the notebook's variables.
            touched: names that are bound anew or may have changed in place; those that are new
                or gone are seen.
            cause: the cell.
            extras: what else belongs to the state; None if it is as before.

        Raises:
            StorageError: it could not be stored; the next save catches up.
        """
        known = self._bindings.keys() | self._unsaved.keys()
        touched = self._due | set(touched) | (values.keys() ^ known)
        look = self.partition.look(values, touched)
        self._due = touched.union(*map(self.partition.names, look.pickled.values()))
        draft, dropped = _Draft(), look.gone & self._records.keys()
        for key, group in look.pickled.items():
            if not self._draft(group, draft):
                dropped |= {key} & self._records.keys()
        bound = dict(self._placed(self._due))
        unbound = [name for name in self._due & self._bindings.keys() if name not in bound]
        unsaved = self._unsaved_after(values)
        snapshot = self.store.commit(
            Change(
                bindings={n: key for n, key in bound.items() if self._bindings.get(n) != key},
                unbound=unbound,
                groups=draft.groups,
                dropped=dropped,
                extras=extras,
                unsaved=None if unsaved == self._unsaved else unsaved,
            ),
            cause,
            draft.pickles,
            draft.chunks,
        )
        self._note(snapshot, unsaved)
        return snapshot

    def restore(self, snapshot: Snapshot) -> Restored:
        """The variables as they were; also what the next save starts from.

        What cannot be brought back is left out, and named.
        """
        self.partition = Partition(self._space)
        self._note(snapshot, dict(snapshot.unsaved))
        loading = _Loading(self.store, self._space, snapshot, self.partition)
        values: dict[str, Any] = {}
        for name in snapshot.bindings:
            loaded = loading.value(name)
            if loaded is not None:
                values[name] = loaded[0]
        loading.adopt()
        return Restored(values, {**snapshot.unsaved, **loading.lost})

    def _draft(self, group: Group, draft: _Draft) -> bool:
        """Write down what is new of a group; whether there is anything that can be kept."""
        pickled, group.pickled = group.pickled, None
        if pickled is None:
            return False
        digest = blake3(pickled.data).digest()
        buffers = []
        for buffer in pickled.buffers:
            memory = buffer.raw()
            chunks = self._fingerprints.digests(buffer, memory.obj)
            buffers.append(BufferRecord(memory.nbytes, chunks, memory.readonly))
        record = GroupRecord(digest, tuple(buffers), self._describe(group, pickled.filenames))
        before = self._records.get(group.key)
        if before == record:
            return True
        draft.groups[group.key] = record
        known = set() if before is None else set(before.digests())
        if digest not in known:
            draft.pickles[digest] = pickled.data
        for buffer, kept in zip(pickled.buffers, buffers, strict=True):
            draft.chunks += _new_chunks(buffer.raw(), kept.chunks, known)
        return True

    def _describe(self, group: Group, filenames: Iterable[str]) -> str:
        """What a restore needs to know of a group beside its pickle."""
        sources = {name: "".join(linecache.getlines(name)) for name in filenames}
        return json.dumps(
            {
                "names": self.partition.places(group),
                "definitions": self.partition.definitions(group),
                "sources": {name: text for name, text in sorted(sources.items()) if text},
            },
            separators=(",", ":"),
        )

    def _placed(self, names: Iterable[str]) -> Iterator[tuple[str, str]]:
        for name in names:
            place = self.partition.place(name)
            if place is not None:
                yield name, place[0]

    def _unsaved_after(self, values: Collection[str]) -> dict[str, str]:
        unsaved = {n: why for n, why in self._unsaved.items() if n in values and n not in self._due}
        for name in self._due:
            reason = self.partition.refusal(name)
            if reason is not None:
                unsaved[name] = reason
        return unsaved

    def _note(self, snapshot: Snapshot, unsaved: dict[str, str]) -> None:
        self._records, self._bindings = dict(snapshot.groups), dict(snapshot.bindings)
        self._unsaved = unsaved
        self._due = set()


class _Loading:
    """Brings back the groups of one snapshot, each when it is first asked for."""

    def __init__(
        self, store: Store, space: Space, snapshot: Snapshot, partition: Partition
    ) -> None:
        self.lost: dict[str, str] = {}
        self._store = store
        self._space = space
        self._snapshot = snapshot
        self._partition = partition
        self._notes = {key: json.loads(record.note) for key, record in snapshot.groups.items()}
        self._home = {d: key for key, note in self._notes.items() for d in note["definitions"]}
        self._groups: dict[str, tuple[Group, tuple[Any, ...]] | None] = {}

    def value(self, name: str) -> tuple[Any] | None:
        """The value of a name in a tuple; None if it cannot be had, which is noted."""
        key = self._snapshot.bindings[name]
        loaded = self._load(key)
        if loaded is None:
            return None
        value = loaded[1][self._notes[key]["names"][name]]
        if isinstance(value, Lost):
            self.lost[name] = value.reason
            return None
        return (value,)

    def adopt(self) -> None:
        """Tell the partition of the groups, now that all definitions are known."""
        for key, loaded in self._groups.items():
            if loaded is not None:
                group, values = loaded
                places = self._notes[key]["names"]
                self._partition.adopt(group, {name: values[at] for name, at in places.items()})

    def _define(self, key: str) -> Any:
        home = self._home[key]
        loaded = self._load(home)
        if loaded is None:
            raise LookupError(f"what it needs from group {home} is not there")
        return loaded[1][self._notes[home]["definitions"][key]]

    def _load(self, key: str) -> tuple[Group, tuple[Any, ...]] | None:
        if key not in self._groups:
            self._groups[key] = None  # a circle would end here: the partition makes none
            try:
                self._groups[key] = self._read(key)
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                self.lost.update(dict.fromkeys(self._notes[key]["names"], reason))
        return self._groups[key]

    def _read(self, key: str) -> tuple[Group, tuple[Any, ...]]:
        record, note = self._snapshot.groups[key], self._notes[key]
        for filename, text in note["sources"].items():
            linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
        references: set[str] = set()

        def define(wanted: str) -> Any:
            references.add(wanted)
            return self._define(wanted)

        buffers = [self._store.map_buffer(buffer) for buffer in record.buffers]
        data = self._store.read_pickle(record.pickle)
        unpickler = StateUnpickler(data, self._space, define, buffers)
        values = unpickler.load()
        for definition, place in note["definitions"].items():
            self._partition.registry.add(values[place], definition)
        group = Group.restored(key, values, unpickler.memo.copy().values(), references)
        return group, values


def _new_chunks(
    memory: memoryview, digests: Iterable[Digest], known: Collection[Digest]
) -> Iterator[tuple[Digest, memoryview]]:
    for place, digest in enumerate(digests):
        if digest not in known:
            yield digest, memory[place * CHUNK : (place + 1) * CHUNK]
