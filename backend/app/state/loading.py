"""A snapshot on its way back: its groups, each when it is first asked for."""

from __future__ import annotations

import json
import linecache
from typing import Any

from .fingerprints import Fingerprints
from .group import Group
from .lost import Lost, Refused
from .output import BoundsExceededError
from .partition import Partition
from .patience import Patience
from .pickling import StateUnpickler
from .records import Snapshot
from .saving import ends_all, told
from .store import Store
from .touch import Touch
from .watch import Watch


class Loading:
    """Brings back the groups of one snapshot, each when it is first asked for."""

    def __init__(
        self,
        snapshot: Snapshot,
        store: Store,
        partition: Partition,
        fingerprints: Fingerprints,
        touch: Touch,
        patience: Patience,
    ) -> None:
        self._patience = patience
        self._fingerprints = fingerprints
        self._touch = touch
        self.lost: dict[str, str] = {}
        self._store = store
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
                found = {name: values[at] for name, at in places.items()}
                found = {n: value for n, value in found.items() if not isinstance(value, Lost)}
                if found or self._notes[key]["definitions"]:
                    self._partition.adopt(group, found)

    def _define(self, key: str) -> Any:
        home = self._home[key]
        loaded = self._load(home)
        if loaded is None:
            raise LookupError(f"what it needs from group {home} is not there")
        value = loaded[1][self._notes[home]["definitions"][key]]
        if isinstance(value, Lost):
            raise Refused(f"it needs what was not saved: {value.reason}")
        return value

    def _load(self, key: str) -> tuple[Group, tuple[Any, ...]] | None:
        if key not in self._groups:
            self._groups[key] = None  # a circle would end here: the partition makes none
            try:
                self._groups[key] = self._read(key)
            except BaseException as error:
                if ends_all(error):
                    raise
                reason = str(error) if isinstance(error, Refused) else told(error)
                self.lost.update(dict.fromkeys(self._notes[key]["names"], reason))
        return self._groups[key]

    def _read(self, key: str) -> tuple[Group, tuple[Any, ...]]:
        record, note = self._snapshot.groups[key], self._notes[key]
        for filename, text in note["sources"].items():
            self._touch.learn_source(text)
            linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
        references: set[str] = set()

        def define(wanted: str) -> Any:
            references.add(wanted)
            return self._define(wanted)

        buffers = [self._store.map_buffer(buffer) for buffer in record.buffers]
        for buffer, kept in zip(buffers, record.buffers, strict=True):
            self._fingerprints.adopt(key, buffer, kept.chunks)
        data = b"".join(map(self._store.read_pickle, record.parts))
        unpickler = StateUnpickler(data, self._partition.space, define, buffers)
        values = self._unpickled(unpickler)
        for definition, place in note["definitions"].items():
            self._partition.registry.add(values[place], definition)
        group = Group.restored(key, values, unpickler.memo.copy().values(), references)
        return group, values

    def _unpickled(self, unpickler: StateUnpickler) -> tuple[Any, ...]:
        """What comes out, if it does in time.

        Raises:
            Refused: it does not.
        """
        seconds = self._patience.bounds(1).seconds
        watch = Watch(BoundsExceededError, seconds)
        watch.begin()
        loaded: list[tuple[Any, ...]] = []
        stray = watch.run(lambda: loaded.append(unpickler.load()))
        if watch.rang:
            self._patience.give_up((), BoundsExceededError())
            raise Refused(f"it takes more than {seconds:,.3g} s to come back (pickle_seconds)")
        if stray is not None:
            raise stray
        return loaded[0]
