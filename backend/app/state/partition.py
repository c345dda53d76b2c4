"""The namespace in groups of values that share objects: what is pickled together.

Every value that has a name is a *root*. Each is pickled by itself first; roots whose pickles hold
the same mutable object are one group and are pickled again together, so that what they share is
there once. Classes and functions of the notebook are roots that other pickles only point at; those
that point at one another in a circle are one group, too.

Nothing here keeps a value alive: objects are known by their ids, which stay valid as long as a
group is looked at whenever it may have changed.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import itertools
import pathlib
import re
import sys
import types
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import compress
from time import perf_counter
from typing import Any

from .definitions import Registry
from .pickling import Pickled, Space, dump, is_importable
from .seal import is_sealed

_IMMUTABLE = frozenset({
    type(None), bool, int, float, complex, type(...), type(NotImplemented), range, slice,
    types.BuiltinFunctionType, types.CodeType, types.ModuleType,
    datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone,
    decimal.Decimal, fractions.Fraction, re.Pattern, uuid.UUID,
    type(pathlib.Path()), pathlib.PurePosixPath, pathlib.PureWindowsPath,
})  # fmt: skip
"""Types whose values may be there twice after a restore: nobody can tell but by `is`."""
COSTLY = 0.002
"""Seconds of pickling from which it pays to find out whether a look can be spared."""
_HOLDERS = 2
"""The namespace, and the mapping of values that is looked at."""
_PLAIN = frozenset({list, dict, set, bytearray})
"""Types whose values always matter."""
_SHORT = 1024
"""Length of strings and bytes below which the same holds for them."""


@dataclass(eq=False)
class Group:
    """Roots that are pickled together, and what is known of their pickle."""

    roots: tuple[int, ...]
    """Ids of the values, in the order in which the pickle has them."""
    key: str = ""
    pickled: Pickled | None = None
    """The pickle, until it is stored; None if there is none."""
    members: frozenset[int] = frozenset()
    """Ids of the objects in it that others could share."""
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
    lost: str | None = None
    """What was left out of the pickle, and why."""

    @classmethod
    def restored(
        cls, key: str, values: Iterable[Any], objects: Iterable[Any], references: Iterable[str]
    ) -> Group:
        """A group as it comes out of its pickle.

        Args:
            objects: everything that came out, the values and their parts.
        """
        members = frozenset(_shareable({id(value): value for value in objects}))
        roots = tuple(map(id, values))
        return cls(roots, key, members=members, references=frozenset(references))


@dataclass
class Look:
    """What came of looking at the namespace."""

    pickled: dict[str, Group] = field(default_factory=dict)
    """Groups that were pickled, by key; what came out may be what is known."""
    gone: set[str] = field(default_factory=set)
    """Keys of groups that are no more."""


class Partition:
    """The groups of one notebook's namespace."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.registry = Registry()
        self.groups: dict[str, Group] = {}
        self._bound: dict[str, int] = {}
        """Name -> id of its value."""
        self._names: dict[int, set[str]] = {}
        """Names of each root."""
        self._group_of: dict[int, Group] = {}
        self._owner_of: dict[int, Group] = {}
        """Which group a shareable object is in."""
        self._left: dict[int, str] = {}
        """Keys that the roots to be grouped anew had."""
        self._dissolved: set[str] = set()
        """Keys of the groups that were taken apart in this look."""
        self._numbers = itertools.count(1)
        self._taken: set[str] = set()
        """Keys that groups have, or had: none is given to another."""

    def look(self, values: Mapping[str, Any], touched: Iterable[str]) -> Look:
        """Pickle what these names are bound to, and whatever shares objects with that.

        Args:
            values: the notebook's names with their values.
            touched: those that are new, bound anew, gone, or may have changed in place.
        """
        result = Look()
        self._dissolved.clear()
        pending = self._leave(set(self._bind(values, touched)))
        self._settle(pending, values, result)
        self._drop_unused(result)
        for group in result.pickled.values():
            if group.pickled is not None and group.pickled.owned:
                group.sealed = self._is_sealed(group, group.pickled)
        result.gone = self._dissolved - self.groups.keys()
        self._left.clear()
        return result

    def place(self, name: str) -> tuple[str, int] | None:
        """The key of the group of a name's value, and its place there; None if it is not saved."""
        root = self._bound.get(name)
        group = None if root is None else self._group_of.get(root)
        if root is None or group is None or group.refusal is not None:
            return None
        return group.key, group.roots.index(root)

    def names(self, group: Group) -> list[str]:
        """What the group's values are called."""
        return sorted(name for root in group.roots for name in self._names.get(root, ()))

    def places(self, group: Group) -> dict[str, int]:
        """Names of the group's values -> where they are in it."""
        return {
            name: place
            for place, root in enumerate(group.roots)
            for name in sorted(self._names.get(root, ()))
        }

    def definitions(self, group: Group) -> dict[str, int]:
        """Keys of the definitions that it holds -> where they are in it."""
        keys = {root: self.registry.key(self.registry.at(root)) for root in group.roots}
        return {key: place for place, root in enumerate(group.roots) if (key := keys[root])}

    def refusal(self, name: str) -> str | None:
        """Why a name's value is not saved, or not all of it; None if it is."""
        group = self._group_of.get(self._bound.get(name, 0))
        return None if group is None else group.refusal or group.lost

    def adopt(self, group: Group, values: Mapping[str, Any]) -> None:
        """Take a group as it was restored, under the names that its values have now."""
        for name, value in values.items():
            self._bind_one(name, value)
        group.defines = frozenset(self.definitions(group))
        self._put(group)

    # ------------------------------------------------ names

    def _bind(self, values: Mapping[str, Any], touched: Iterable[str]) -> Iterator[int]:
        """Note what the names are bound to now; the roots to be looked at."""
        for name in touched:
            before = self._bound.pop(name, None)
            if before is not None:
                self._unbind(name, before)
                yield before
            if name in values:
                yield self._bind_one(name, values[name])

    def _bind_one(self, name: str, value: Any) -> int:
        self.registry.add(value)
        self._bound[name] = id(value)
        self._names.setdefault(id(value), set()).add(name)
        return id(value)

    def _unbind(self, name: str, root: int) -> None:
        names = self._names[root]
        names.discard(name)
        if not names:
            del self._names[root]

    # ------------------------------------------------ groups

    def _leave(self, roots: set[int]) -> set[int]:
        """Dissolve the groups that these are in or part of; all the roots to be grouped anew."""
        pending, found = set[int](), list(roots)
        while found:
            root = found.pop()
            if root in pending:
                continue
            pending.add(root)
            for group in (self._group_of.get(root), self._owner_of.get(root)):
                if group is not None:
                    self._dissolve(group)
                    found.extend(group.roots)
        return pending

    def _settle(self, pending: set[int], values: Mapping[str, Any], result: Look) -> None:
        singles: dict[int, Group] = {}
        queue = list(pending)
        while queue:
            root = queue.pop()
            if root in singles or (value := self._value(root, values)) is None:
                continue
            single = singles[root] = self._pickle({root: value[0]})
            shared = single.members & self._owner_of.keys()
            sharing = {self._owner_of[member].roots[0] for member in shared}
            queue.extend(self._leave(sharing))
        for roots in _connected(singles):
            group = singles[roots[0]] if len(roots) == 1 else self._joint(roots, values)
            self._put(group)
            result.pickled[group.key] = group
        for circle in self._circles(result.pickled.values()):
            for group in circle:
                self._dissolve(group)
                result.pickled.pop(group.key, None)
            group = self._joint([root for g in circle for root in g.roots], values)
            self._put(group)
            result.pickled[group.key] = group

    def _value(self, root: int, values: Mapping[str, Any]) -> tuple[Any] | None:
        """The value of a root in a tuple; None if it is gone."""
        for name in self._names.get(root, ()):
            return (values[name],)
        definition = self.registry.at(root)  # others may need it although it has no name any more
        return None if definition is None else (definition,)

    def _is_sealed(self, group: Group, pickled: Pickled) -> bool:
        """Whether only the namespace, and who looks at it now, have what is in the group."""
        members, pickled.owned = pickled.owned, {}
        if len(members) > len(group.members):
            members = {key: members[key] for key in group.members}
        held = {root: _HOLDERS * len(self._names.get(root, ())) for root in group.roots}
        return is_sealed(members, held)

    def _joint(self, roots: Iterable[int], values: Mapping[str, Any]) -> Group:
        found = {root: value[0] for root in roots if (value := self._value(root, values))}
        return self._pickle(found)

    def _pickle(self, values: Mapping[int, Any]) -> Group:
        group = Group(tuple(values), defines=self.registry.keys(values.values()))
        self.registry.inside = group.defines
        began = perf_counter()
        try:
            pickled = dump(tuple(values.values()), self.space, self.registry)
        except Exception as error:
            group.refusal = f"{type(error).__name__}: {error}"
            return group
        finally:
            group.seconds = perf_counter() - began
            self.registry.inside = frozenset()
        group.pickled, group.references = pickled, pickled.references
        lost = (f"without its {kind}: {why}" for kind, why in pickled.lost.items())
        group.lost = "; ".join(lost) or None
        group.members = frozenset(_shareable(pickled.owned))
        if group.seconds < COSTLY:
            pickled.owned = {}
        return group

    def _put(self, group: Group) -> None:
        keys = (self._left.pop(root, "") for root in group.roots)
        group.key = group.key or next((key for key in keys if key), "") or self._new_key()
        self.groups[group.key] = group
        self._taken.add(group.key)
        self._group_of.update(dict.fromkeys(group.roots, group))
        self._owner_of.update(dict.fromkeys(group.members, group))

    def _new_key(self) -> str:
        return next(key for n in self._numbers if (key := f"g{n}") not in self._taken)

    def _dissolve(self, group: Group) -> None:
        if self.groups.pop(group.key, None) is None:
            return
        self._dissolved.add(group.key)
        self._left.update(dict.fromkeys(group.roots[:1], group.key))
        for root in group.roots:
            self._group_of.pop(root, None)
        for member in group.members & self._owner_of.keys():
            del self._owner_of[member]

    def _drop_unused(self, result: Look) -> None:
        """Let go of definitions that neither a name nor another group needs any more."""
        while True:
            unnamed = [
                group
                for group in self.groups.values()
                if group.defines and not any(root in self._names for root in group.roots)
            ]
            if not unnamed:
                return
            needed = {key for group in self.groups.values() for key in group.references}
            unused = [group for group in unnamed if not group.defines & needed]
            if not unused:
                return
            for group in unused:
                self._dissolve(group)
                result.pickled.pop(group.key, None)

    def _circles(self, groups: Iterable[Group]) -> list[list[Group]]:
        """Groups whose definitions point at one another."""
        home = {key: group for group in self.groups.values() for key in group.defines}
        circles: list[list[Group]] = []
        for group in groups:
            if any(group in circle for circle in circles):
                continue
            after = _reached(group, home)
            circle = [other for other in after if group in _reached(other, home)]
            if circle and circle != [group]:
                circles.append([group, *(other for other in circle if other is not group)])
        return circles


def _reached(group: Group, home: Mapping[str, Group]) -> list[Group]:
    """The groups that a group points at, directly or through others."""
    found: dict[int, Group] = {}
    queue = [group]
    while queue:
        for key in queue.pop().references:
            other = home.get(key)
            if other is not None and id(other) not in found:
                found[id(other)] = other
                queue.append(other)
    return list(found.values())


def _connected(singles: Mapping[int, Group]) -> list[list[int]]:
    """Roots in sets that share no member with another set."""
    sizes = (len(group.members) for group in singles.values())
    if len(frozenset().union(*(group.members for group in singles.values()))) == sum(sizes):
        return [[root] for root in singles]
    leader = {root: root for root in singles}

    def lead(root: int) -> int:
        while leader[root] != root:
            leader[root] = root = leader[leader[root]]
        return root

    first: dict[int, int] = {}
    for root, group in singles.items():
        for member in group.members:
            leader[lead(root)] = lead(first.setdefault(member, root))
    sets: dict[int, list[int]] = {}
    for root in singles:
        sets.setdefault(lead(root), []).append(root)
    return list(sets.values())


def _shareable(owned: Mapping[int, Any]) -> Iterator[int]:
    """Ids of the objects of which it matters whether they are the same."""
    # Most objects are of kinds of which nothing has to be asked.
    plain = compress(owned, map(_PLAIN.__contains__, map(type, owned.values())))
    yield from plain
    yield from _more_shareable({k: v for k, v in owned.items() if type(v) not in _PLAIN})


def _more_shareable(owned: Mapping[int, Any]) -> Iterator[int]:
    numpy = sys.modules.get("numpy")
    dtypes = () if numpy is None else (numpy.dtype,)
    for key, value in owned.items():
        kind = type(value)
        if kind is str or kind is bytes or kind is tuple or kind is frozenset:
            if len(value) >= _SHORT:
                yield key
        elif kind is types.FunctionType or issubclass(kind, type):
            if not is_importable(value):  # by value, it has no pickle of its own
                yield key
        elif kind not in _IMMUTABLE and not issubclass(kind, (enum.Enum, *dtypes)):
            yield key
