"""What a snapshot consists of: names, the groups they stand for, and digests of their content."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from ..models.snapshot import SnapshotInfo

Digest = bytes
"""BLAKE3 of a piece of content, 32 bytes."""


@dataclass(frozen=True, slots=True)
class BufferRecord:
    """Memory that a pickle left outside of itself."""

    length: int
    """Bytes."""
    chunks: tuple[Digest, ...]
    """Content of the pieces that it is cut into, in order."""
    readonly: bool = False
    plain: bool = False
    """Whether it comes back unread: damaged, it would be other numbers."""


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """Variables that were pickled together."""

    pickle: Digest
    """Of its first part, or of the whole."""
    buffers: tuple[BufferRecord, ...] = ()
    """In the order in which the pickle asks for them."""
    note: str = ""
    """Whatever who pickled the group needs to know again; nothing to the store."""
    more: tuple[Digest, ...] = ()
    """The other parts of the pickle, if it is long."""

    @property
    def parts(self) -> tuple[Digest, ...]:
        """The whole pickle, part after part."""
        return self.pickle, *self.more

    def digests(self) -> Iterator[Digest]:
        """Everything that must be there to bring the group back."""
        yield from self.parts
        for buffer in self.buffers:
            yield from buffer.chunks


@dataclass(frozen=True, slots=True)
class Change:
    """How a snapshot differs from the one before; what did not change is not mentioned."""

    bindings: Mapping[str, str] = field(default_factory=dict)
    """Names that stand for another group than before -> key of the group."""
    unbound: Collection[str] = ()
    """Names that are gone."""
    groups: Mapping[str, GroupRecord] = field(default_factory=dict)
    """Groups that are new or have another content."""
    dropped: Collection[str] = ()
    """Keys of groups that are gone."""
    extras: Mapping[str, JsonValue] | None = None
    """What else belongs to the state, in strict JSON; None if it is as before."""
    unsaved: Mapping[str, str] | None = None
    """Names that could not be kept -> reason; None if they are as before."""


@dataclass(frozen=True, slots=True)
class Cause:
    """The cell that a snapshot was taken after."""

    cell_id: str
    execution_count: int
    source: str = ""
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole state after one cell."""

    info: SnapshotInfo
    bindings: Mapping[str, str]
    """Name -> key of its group."""
    groups: Mapping[str, GroupRecord]
    extras: Mapping[str, JsonValue]
    unsaved: Mapping[str, str]
    """Name -> reason."""

    @property
    def id(self) -> int:
        """Its number in the notebook."""
        return self.info.id

    def digests(self) -> Iterator[Digest]:
        """Everything that must be there to bring it back."""
        for group in self.groups.values():
            yield from group.digests()

    def whole(self) -> Change:
        """The same, said without another one before it."""
        return Change(
            bindings=self.bindings, groups=self.groups, extras=self.extras, unsaved=self.unsaved
        )


def after(info: SnapshotInfo, before: Snapshot | None, change: Change) -> Snapshot:
    """The state that a change of another one leads to."""
    bindings = dict(before.bindings) if before else {}
    groups = dict(before.groups) if before else {}
    for name in change.unbound:
        bindings.pop(name, None)
    for key in change.dropped:
        groups.pop(key, None)
    bindings.update(change.bindings)
    groups.update(change.groups)
    extras = change.extras if change.extras is not None else before.extras if before else {}
    unsaved = change.unsaved if change.unsaved is not None else before.unsaved if before else {}
    return Snapshot(info, bindings, groups, extras, unsaved)
