"""What a snapshot holds, told from its records alone: nothing is unpickled to look at it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..models.snapshot import (
    ComparedVariable,
    Comparison,
    SavedVariable,
    SnapshotContents,
    SnapshotDiff,
)
from .records import GroupRecord, Snapshot


class Contents:
    """The variables of one snapshot; names that begin with a dot are the engine's own."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._notes = {key: json.loads(group.note) for key, group in snapshot.groups.items()}

    def told(self) -> SnapshotContents:
        """Everything that one may want to know before going back."""
        snapshot = self._snapshot
        unsaved = {name: why for name, why in snapshot.unsaved.items() if name not in self}
        return SnapshotContents(
            info=snapshot.info,
            variables=tuple(map(self.variable, self)),
            unsaved={name: unsaved[name] for name in _own(unsaved)},
            bytes=sum(map(self._bytes, snapshot.groups)),
        )

    def __iter__(self) -> Iterator[str]:
        return iter(_own(self._snapshot.bindings))

    def __contains__(self, name: str) -> bool:
        return name in self._snapshot.bindings

    def variable(self, name: str) -> SavedVariable:
        """What is known of a name's value."""
        key = self._snapshot.bindings[name]
        return SavedVariable(
            name=name,
            about=self._notes[key].get("about", {}).get(name, ""),
            bytes=self._bytes(key),
            shares_with=tuple(_own(self._sharing(name, self._notes[key]))),
            incomplete=self._snapshot.unsaved.get(name),
        )

    def _sharing(self, name: str, note: Mapping[str, Any]) -> set[str]:
        """Names whose values have an object in common with this one's that can change."""
        fixed = note.get("fixed", ())
        return set() if name in fixed else set(note["names"]).difference(fixed, {name})

    def content(self, name: str) -> tuple[Any, ...]:
        """What is the same for the same value, byte by byte: digests, and the place among them."""
        key = self._snapshot.bindings[name]
        group = self._snapshot.groups[key]
        return group.parts, group.buffers, self._notes[key]["names"][name]

    def _bytes(self, key: str) -> int:
        return int(self._notes[key].get("bytes", 0)) + _buffered(self._snapshot.groups[key])


def compared(before: Snapshot, after: Snapshot) -> SnapshotDiff:
    """The variables of both, and which of them are the same."""
    old, new = Contents(before), Contents(after)
    variables = (_compared(name, old, new) for name in sorted({*old, *new}))
    return SnapshotDiff(before=before.id, after=after.id, variables=tuple(variables))


def _compared(name: str, old: Contents, new: Contents) -> ComparedVariable:
    return ComparedVariable(
        name=name,
        comparison=_comparison(name, old, new),
        before=old.variable(name) if name in old else None,
        after=new.variable(name) if name in new else None,
    )


def _comparison(name: str, old: Contents, new: Contents) -> Comparison:
    if name not in old:
        return "added"
    if name not in new:
        return "removed"
    return "equal" if old.content(name) == new.content(name) else "changed"


def _own(names: Iterable[str]) -> list[str]:
    """The user's, in order."""
    return sorted(name for name in names if not name.startswith("."))


def _buffered(group: GroupRecord) -> int:
    return sum(buffer.length for buffer in group.buffers)
