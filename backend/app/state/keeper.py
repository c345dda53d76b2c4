"""One notebook's variables, saved after its cells at the cost of what changed, and brought back."""

from __future__ import annotations

import json
import linecache
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pickle import PickleBuffer
from types import CodeType
from typing import Any

from blake3 import blake3
from pydantic import JsonValue

from .about import about
from .fingerprints import CHUNK, Fingerprints
from .group import Group, Look
from .identity import is_fixed
from .loading import Loading
from .mutation import is_mutated
from .output import UNBOUNDED, Bounds
from .partition import Partition
from .patience import Patience
from .pickling import Pickled, Space
from .records import BufferRecord, Cause, Change, Digest, GroupRecord, Snapshot
from .rounds import Rounds
from .store import Store
from .touch import Touch

_ANYTHING = "anything"
"""Stands in a snapshot if any code may get at any variable."""

Ways = Callable[[], Mapping[str, Collection[str]]]
"""Name -> names by which code gets at its value."""


@dataclass(frozen=True)
class Restored:
    """What came of bringing a snapshot back."""

    values: Mapping[str, Any]
    lost: Mapping[str, str]
    """Names that are not there -> reason."""


@dataclass(frozen=True)
class Scope:
    """What a save has to look at."""

    names: set[str]
    idle: Collection[str] = ()
    """Keys of groups among them that would be spared if they were sealed."""


@dataclass
class _Draft:
    """What a save is going to write."""

    values: Mapping[str, Any]
    groups: dict[str, GroupRecord] = field(default_factory=dict)
    chunks: list[tuple[Digest, memoryview]] = field(default_factory=list)


class Keeper:
    """Saves and restores the namespace of one notebook.

    Args:
        store: where its snapshots lie.
        space: what pickles point at.
        bounds: what the pickle of one value may cost.
    """

    def __init__(self, store: Store, space: Space, bounds: Bounds = UNBOUNDED) -> None:
        self.store = store
        self._patience = Patience(bounds)
        self.partition = Partition(space, self._patience)
        self._space = space
        self._fingerprints = Fingerprints()
        self._records: dict[str, GroupRecord] = {}
        """What the head of the store says of each group."""
        self._bindings: dict[str, str] = {}
        self._unsaved: dict[str, str] = {}
        self._extras: Mapping[str, JsonValue] = {}
        self._in_step = False
        """Whether the head of the store is what the variables are."""
        self.was_in_step = False
        """Whether it was when the cell began that is to be saved."""
        self._knows_head = True
        """Whether that is what is noted here: what failed may have been stored all the same."""
        self._touch = Touch()
        self._rounds = Rounds()
        self.mutated: list[str] = []
        """Names that stand for the same object as in the save before the last, with another
        content; see `is_mutated`."""

    def begin(self) -> None:
        """A cell is about to run: until it is saved, nobody knows what it has done."""
        self.was_in_step, self._in_step = self._in_step, False

    def foresee(self, codes: Iterable[CodeType]) -> bool:
        """This code is about to run; whether it does nothing but bind names."""
        self._touch.enter(codes, self._space.namespace)
        return self._touch.only_binds and not self.partition.ran_code

    def save(
        self,
        values: Mapping[str, Any],
        bound: Iterable[str],
        cause: Cause,
        extras: Mapping[str, JsonValue] | None = None,
        *,
        quiet: bool = True,
        ways: Ways = dict,
    ) -> Snapshot:
        """A new snapshot.

        Args:
            values: the notebook's variables.
            bound: names that are bound anew; those that are new or gone are seen.
            cause: the cell.
            extras: what else belongs to the state; None if it is as before.
            quiet: whether no thread of an earlier cell is running.
            ways: what code says to get at values whose names here are none of its own.

        Raises:
            StorageError: it could not be stored; the next save catches up.
        """
        try:
            self._learn_head()
            scope = self._scope(values, set(bound), ways, quiet=quiet)
            return self._save(values, scope, cause, extras)
        except BaseException:
            self.was_in_step = self._knows_head = False  # half a look is none
            self.partition = Partition(self._space, self._patience)
            raise

    def _save(
        self,
        values: Mapping[str, Any],
        scope: Scope,
        cause: Cause,
        extras: Mapping[str, JsonValue] | None,
    ) -> Snapshot:
        look = self.partition.look(values, scope.names, scope.idle)
        self._fingerprints.keep_only(self.partition.groups)
        draft = _Draft(values)
        names = scope.names.union(*map(self.partition.names, look.pickled.values()))
        refused = {key for key, group in look.pickled.items() if not self._draft(group, draft)}
        kept = self.partition.groups.keys() - refused
        bound = dict(self._placed(names))
        unsaved = self._unsaved_after(values, names)
        change = Change(
            bindings={name: key for name, key in bound.items() if self._bindings.get(name) != key},
            unbound=[name for name in names & self._bindings.keys() if name not in bound],
            groups=draft.groups,
            dropped=self._records.keys() - kept,
            extras=self._news(extras),
            unsaved=None if unsaved == self._unsaved else unsaved,
        )
        mutated = sorted(self._mutated(look, draft.groups))
        snapshot = self.store.commit(change, cause, chunks=draft.chunks)
        self.mutated = mutated
        self._note(snapshot, unsaved)
        return snapshot

    def _mutated(self, look: Look, new: Mapping[str, GroupRecord]) -> Iterator[str]:
        """Names whose values changed in place, as far as they were looked at."""
        for key in new.keys() & look.pickled.keys():
            for name in self.partition.names(look.pickled[key]):
                if name in self._bindings and name not in look.rebound:
                    before = self._records[self._bindings[name]]
                    is_alike = self.partition.is_alike(name, look)
                    if self.partition.is_met(name, look) and not self._touch.reaches([name]):
                        continue  # what came back may be pickled in other words
                    if is_mutated(before, new[key], is_alike=is_alike):
                        yield name

    def _scope(
        self, values: Mapping[str, Any], bound: set[str], ways: Ways, *, quiet: bool
    ) -> Scope:
        """What has to be looked at.

        All of it, but for a cell that only binds names, for what is so large that a look would
        cost something, if nobody can have got at it, and for most of what has no name of its own.
        """
        known = self._bindings.keys() | self._unsaved.keys()
        if not self.was_in_step:
            return Scope(known | values.keys())
        touched = bound | (values.keys() ^ known)
        if self._touch.only_binds and quiet and not self.partition.ran_code:
            return Scope(touched)
        idle = self._idle()
        spared = {n for group in idle if group.sealed for n in self.partition.names(group)}
        if quiet:
            unnamed = self._rounds.spared(self._unnamed(values, ways()))
            spared.update(name for group in unnamed for name in self.partition.names(group))
        return Scope(touched | (values.keys() - spared), {group.key for group in idle})

    def _idle(self) -> list[Group]:
        """Groups that cost something to look at, and that the cell cannot reach by itself."""
        costly = self.partition.costly()
        return [each for each in costly if not self._touch.reaches(self.partition.names(each))]

    def _unnamed(
        self, values: Mapping[str, Any], ways: Mapping[str, Collection[str]]
    ) -> list[Group]:
        """Groups of values that have no names of their own, and that the cell has no way to."""
        reached = {name for name in ways if self._touch.reaches(ways[name])}
        if len(reached) == len(ways):
            return []
        resting = {
            name for name in ways.keys() - reached if self.partition.is_at(name, values[name])
        }
        groups = self.partition.groups.values()
        return [
            g for g in groups if (names := self.partition.names(g)) and resting.issuperset(names)
        ]

    def restore(self, snapshot: Snapshot) -> Restored:
        """The variables as they were; also what the next save starts from.

        What cannot be brought back is left out, and named.
        """
        self.partition = Partition(self._space, self._patience)
        self._note(snapshot, dict(snapshot.unsaved))
        self._touch = Touch(anything=bool(snapshot.extras.get(_ANYTHING)))
        self._patience.begin(())
        loading = Loading(
            snapshot, self.store, self.partition, self._fingerprints, self._touch, self._patience
        )
        values: dict[str, Any] = {}
        for name in snapshot.bindings:
            loaded = loading.value(name)
            if loaded is not None:
                values[name] = loaded[0]
        loading.adopt()
        return Restored(values, {**snapshot.unsaved, **loading.lost})

    def _news(self, extras: Mapping[str, JsonValue] | None) -> Mapping[str, JsonValue] | None:
        """What else belongs to the state, if it is not as before."""
        if extras is None:
            return None
        extras = {**extras, **self._reach()}
        return None if extras == self._extras else extras

    def _reach(self) -> Mapping[str, JsonValue]:
        """What the next process has to know of the code that ran in this one."""
        return {_ANYTHING: True} if self._touch.anything else {}

    def _draft(self, group: Group, draft: _Draft) -> bool:
        """Write down what is new of a group; whether there is anything that can be kept."""
        pickled, group.pickled = group.pickled, None
        if pickled is None:
            return False
        found = self._fingerprints.of_group(group.key, pickled.buffers)
        memories = map(PickleBuffer.raw, pickled.buffers)
        buffers = [
            BufferRecord(memory.nbytes, chunks, memory.readonly, plain)
            for memory, chunks, plain in zip(memories, found, pickled.plain, strict=True)
        ]
        parts = [(blake3(part).digest(), part) for part in pickled.parts()]
        first, *more = (digest for digest, _ in parts)
        note = self._describe(group, pickled, draft.values)
        record = GroupRecord(first, tuple(buffers), note, tuple(more))
        before = self._records.get(group.key)
        if before == record:
            return True
        draft.groups[group.key] = record
        known = set() if before is None else set(before.digests())
        draft.chunks += (part for part in parts if part[0] not in known)
        for buffer, kept in zip(pickled.buffers, buffers, strict=True):
            draft.chunks += _new_chunks(buffer.raw(), kept.chunks, known)
        return True

    def _describe(self, group: Group, pickled: Pickled, values: Mapping[str, Any]) -> str:
        """What a restore, or who only looks, needs to know of a group beside its pickle."""
        sources = {name: "".join(linecache.getlines(name)) for name in pickled.filenames}
        places = self.partition.places(group)
        fixed = [name for name in places if len(places) > 1 and is_fixed(values[name])]
        return json.dumps(
            {
                "names": places,
                **({"fixed": fixed} if fixed else {}),
                "about": {name: about(values[name]) for name in places},
                "bytes": len(pickled.data),
                "definitions": self.partition.definitions(group),
                "sources": dict(sorted(sources.items())),
            },
            separators=(",", ":"),
        )

    def _placed(self, names: Iterable[str]) -> Iterator[tuple[str, str]]:
        for name in names:
            place = self.partition.place(name)
            if place is not None:
                yield name, place[0]

    def _unsaved_after(self, values: Collection[str], looked_at: Collection[str]) -> dict[str, str]:
        unsaved = {n: why for n, why in self._unsaved.items() if n in values and n not in looked_at}
        for name in looked_at:
            reason = self.partition.refusal(name)
            if reason is not None:
                unsaved[name] = reason
        return unsaved

    def _learn_head(self) -> None:
        """Note what the store has, after a save that failed: an interrupt may have come too late.

        Raises:
            SnapshotError: the head cannot be used.
        """
        if self._knows_head:
            return
        head = self.store.head()
        if head is None:
            self._records, self._bindings, self._unsaved, self._extras = {}, {}, {}, {}
        else:
            self._note(head, dict(head.unsaved))
        self._knows_head, self._in_step = True, False

    def _note(self, snapshot: Snapshot, unsaved: dict[str, str]) -> None:
        self._records, self._bindings = dict(snapshot.groups), dict(snapshot.bindings)
        self._unsaved, self._extras = unsaved, snapshot.extras
        self._in_step = True


def _new_chunks(
    memory: memoryview, digests: Iterable[Digest], known: Collection[Digest]
) -> Iterator[tuple[Digest, memoryview]]:
    for place, digest in enumerate(digests):
        if digest not in known:
            yield digest, memory[place * CHUNK : (place + 1) * CHUNK]
