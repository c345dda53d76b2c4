"""Variables that are pickled together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from .identity import inside_indexes, shareable
from .losses import Losses
from .pickling import Pickled


@dataclass(eq=False)
class Group:
    """Roots that are pickled together, and what is known of their pickle."""

    roots: tuple[int, ...]
    """Ids of the values, in the order in which the pickle has them."""
    key: str = ""
    pickled: Pickled | None = None
    """The pickle, until it is stored; None if there is none."""
    digest: bytes = b""
    """Of the pickle; nothing if it is not known."""
    members: frozenset[int] = frozenset()
    """Ids of the objects in it that others could share."""
    hidden: frozenset[int] = frozenset()
    """The same of those that do not matter if they are hidden in all groups that share them."""
    references: frozenset[str] = frozenset()
    """Keys of the definitions that it points at."""
    defines: frozenset[str] = frozenset()
    """Keys of the definitions that it holds."""
    seconds: float = 0.0
    """What it cost to pickle."""
    sealed: bool = False
    """Whether nobody can get at what is in it but by its names."""
    refusal: str | None = None
    """Why it cannot be saved at all."""
    lost: Mapping[str, str] = field(default_factory=dict)
    """Kind -> reason, of what was left out of the pickle."""
    losses: Mapping[int, Losses] | None = None
    """The same by root, for those that it was in; None if nobody has looked where it was."""

    @classmethod
    def restored(
        cls, key: str, values: Iterable[Any], objects: Iterable[Any], references: Iterable[str]
    ) -> Group:
        """A group as it comes out of its pickle.

        Args:
            objects: everything that came out, the values and their parts.
        """
        group = cls(tuple(map(id, values)), key, references=frozenset(references))
        group.hold(list(objects))
        return group

    def hold(self, objects: Sequence[Any]) -> list[Any]:
        """Note what is in it; those of the objects that others could share."""
        parts = shareable(objects)
        members, inside = frozenset(map(id, parts)), inside_indexes(objects)
        self.members, self.hidden = members.difference(inside), members & inside
        return parts

    def shares_with(self, members: AbstractSet[int], hidden: AbstractSet[int]) -> bool:
        """Whether there is an object here and there, and not hidden in both."""
        return not (
            self.members.isdisjoint(members)
            and self.members.isdisjoint(hidden)
            and self.hidden.isdisjoint(members)
        )

    def why_missing(self, root: int) -> str | None:
        """Why nothing of one of the values is in the pickle; None if something is."""
        return self.losses[root].whole if self.losses and root in self.losses else None

    def has(self, seen: tuple[bytes, frozenset[int]] | None) -> bool:
        """Whether this is its digest, and these are its members; see `QuickLook`."""
        return seen == (self.digest, self.members)

    def is_like(self, other: Group) -> bool:
        """Whether two looks at the same roots have seen the same, their buffers aside."""
        return (
            self.roots == other.roots
            and self.digest == other.digest != b""
            and self.members == other.members
            and self.hidden == other.hidden
            and self.references == other.references
            and self.lost == other.lost
        )


@dataclass
class Look:
    """What came of looking at the namespace."""

    pickled: dict[str, Group] = field(default_factory=dict)
    """Groups that were pickled, by key; what came out may be what is known."""
    gone: set[str] = field(default_factory=set)
    """Keys of groups that are no more."""
    rebound: set[str] = field(default_factory=set)
    """Names that are new, gone, or stand for another value."""
    alike: set[int] = field(default_factory=set)
    """Roots that were grouped anew, and whose pickles by themselves are as they were."""
    unknown: set[int] = field(default_factory=set)
    """Roots of whose pickles by themselves nothing was known, because they were brought back."""


def reached(group: Group, home: Mapping[str, Group]) -> list[Group]:
    """The groups that a group points at, directly or through others.

    Args:
        home: the group that each definition is in, by key.
    """
    found: dict[int, Group] = {}
    queue = [group]
    while queue:
        for key in queue.pop().references:
            other = home.get(key)
            if other is not None and id(other) not in found:
                found[id(other)] = other
                queue.append(other)
    return list(found.values())


def connected(singles: Mapping[int, Group]) -> list[list[int]]:
    """Roots in sets that share no member with another set."""
    shared = _shared(singles.values()) if singles else set[int]()
    if not shared:
        return [[root] for root in singles]
    leader = {root: root for root in singles}

    def lead(root: int) -> int:
        while leader[root] != root:
            leader[root] = root = leader[leader[root]]
        return root

    first: dict[int, int] = {}
    for root, group in singles.items():
        for member in (shared & group.members) | (shared & group.hidden):
            leader[lead(root)] = lead(first.setdefault(member, root))
    sets: dict[int, list[int]] = {}
    for root in singles:
        sets.setdefault(lead(root), []).append(root)
    return list(sets.values())


def _shared(groups: Iterable[Group]) -> set[int]:
    """What is in more than one, and not hidden in all; the largest is only asked."""
    *others, largest = sorted(groups, key=lambda group: len(group.members))
    members, hidden, shared = set[int](), set[int](), set[int]()
    for group in others:
        shared |= _common(group, members, hidden)
        members |= group.members
        hidden |= group.hidden
    return shared | _common(largest, members, hidden)


def _common(group: Group, members: set[int], hidden: set[int]) -> set[int]:
    return (members & group.members) | (hidden & group.members) | (members & group.hidden)
