"""The namespace in groups of values that share objects: what is pickled together.

Every value that has a name is a *root*. Each is pickled by itself first; roots whose pickles hold
the same mutable object are one group and are pickled again together, so that what they share is
there once. Classes and functions of the notebook are roots that other pickles only point at; those
that point at one another in a circle are one group, too.

Nothing here keeps a value alive: objects are known by their ids, which stay valid as long as a
group is looked at whenever it may have changed.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from time import perf_counter
from types import FunctionType
from typing import Any

from blake3 import blake3

from .definitions import Registry
from .group import Group, Look, connected, reached
from .losses import losses
from .lost import name_of
from .patience import Patience
from .pickling import BoundsExceededError, Space, dump
from .quick_look import QuickLook
from .saving import told
from .seal import is_sealed
from .stack import within_the_stack

COSTLY = 0.002
"""Seconds of pickling from which it pays to find out whether it can be spared."""
_MANY = 1000
"""Members from which a set of them is not copied to be asked."""
_HOLDERS = 2
"""The namespace, and the mapping of values that is looked at; who pickles is one more."""


class Partition:
    """The groups of one notebook's namespace.

    Args:
        space: what pickles point at.
        patience: what each value may cost.
    """

    def __init__(self, space: Space, patience: Patience | None = None) -> None:
        self.space = space
        self.ran_code = False
        """Whether code of the notebook may have run in the last look, and changed anything."""
        self._patience = patience or Patience()
        self.registry = Registry()
        self._quick_look = QuickLook(space)
        self.groups: dict[str, Group] = {}
        self._bound: dict[str, int] = {}
        """Name -> id of its value."""
        self._names: dict[int, set[str]] = {}
        """Names of each root."""
        self._group_of: dict[int, Group] = {}
        self._left: dict[int, str] = {}
        """Keys that the roots to be grouped anew had."""
        self._dissolved: set[str] = set()
        """Keys of the groups that were taken apart in this look."""
        self._alone: dict[int, bytes] = {}
        """Root -> digest of its pickle by itself, when it was last grouped."""
        self._missing: dict[str, str] = {}
        """Keys of definitions that are not saved -> what is told of who needs them."""
        self._numbers = itertools.count(1)
        self._taken: set[str] = set()
        """Keys from a snapshot; a number of our own is not given twice."""

    def look(
        self, values: Mapping[str, Any], touched: Iterable[str], idle: Collection[str] = ()
    ) -> Look:
        """Pickle what these names are bound to, and whatever shares objects with that.

        Args:
            values: the notebook's names with their values.
            touched: those that are new, bound anew, gone, or may have changed in place.
            idle: keys of groups that would not have to be looked at if they were sealed, which
                is found out.
        """
        with within_the_stack():
            return self._look(values, touched, idle)

    def _look(
        self, values: Mapping[str, Any], touched: Iterable[str], idle: Collection[str]
    ) -> Look:
        result = Look()
        self.ran_code = False
        self._patience.begin(values.values())
        self._dissolved.clear()
        bound, kept = self._bind(values, touched, result)
        if kept:  # they lead to definitions that have no name any more
            kept.update(root for group in self._unnamed() for root in group.roots)
        pending = self._leave(bound)
        changed = self._look_again(kept - pending, values, idle, result)
        pending |= self._leave(changed)
        self._settle(pending, changed, values, result)
        self._drop_unused(result)
        self._tell_losses(result.pickled.values(), values)
        result.gone = self._dissolved - self.groups.keys()
        self._left.clear()
        if len(self._alone) > 2 * len(self._group_of):
            self._alone = {root: self._alone[root] for root in self._group_of.keys() & self._alone}
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

    def is_at(self, name: str, value: object) -> bool:
        """Whether a name's value is still the one that was looked at."""
        return self._bound.get(name) == id(value)

    def is_alike(self, name: str, look: Look) -> bool:
        """Whether a name's value was grouped anew, and is by itself, buffers aside, as it was."""
        return self._bound.get(name) in look.alike

    def is_met(self, name: str, look: Look) -> bool:
        """Whether a name's value was grouped for the first time, perhaps after it came back."""
        return self._bound.get(name) in look.unknown

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

    def costly(self) -> list[Group]:
        """Groups of which it pays to find out whether a look can be spared."""
        return [group for group in self.groups.values() if group.seconds >= COSTLY]

    def refusal(self, name: str) -> str | None:
        """Why a name's value is not saved, or not all of it; None if it is."""
        root = self._bound.get(name, 0)
        group = self._group_of.get(root)
        if group is None:
            return None
        if group.refusal is not None:
            others = [each for each in self.names(group) if self._bound[each] != root]
            return _together(others) + group.refusal
        if group.losses and root in group.losses:
            return group.losses[root].told(name)
        return self._missing_for(group) if self._missing else None

    def _missing_for(self, group: Group) -> str | None:
        """Which definition it cannot be without is not saved."""
        home = {key: other for other in self.groups.values() for key in other.defines}
        needed = set().union(*(other.references for other in (group, *reached(group, home))))
        return next((self._missing[key] for key in sorted(needed) if key in self._missing), None)

    def adopt(self, group: Group, values: Mapping[str, Any]) -> None:
        """Take a group as it was restored, under the names that its values have now."""
        for name, value in values.items():
            self._bind_one(name, value)
        group.defines = frozenset(self.definitions(group))
        self._taken.add(group.key)
        self._put(group)

    # ------------------------------------------------ names

    def _bind(
        self, values: Mapping[str, Any], touched: Iterable[str], result: Look
    ) -> tuple[set[int], set[int]]:
        """Note what the names are bound to now: roots whose names are others, and as before."""
        bound, kept = set[int](), set[int]()
        for name in touched:
            before = self._bound.get(name)
            if name in values and before == id(values[name]) and not self._defines(values[name]):
                kept.add(before)
                continue
            result.rebound.add(name)
            if before is not None:
                self._unbind(name, before)
                bound.add(before)
            if name in values:
                bound.add(self._bind_one(name, values[name]))
        return bound, kept - bound

    def _defines(self, value: Any) -> bool:
        """Whether it is a definition that is not known yet: it may have the id of one that was."""
        return issubclass(type(value), type | FunctionType) and self.registry.add(value)

    def _bind_one(self, name: str, value: Any) -> int:
        self.registry.add(value)
        self._bound[name] = id(value)
        self._names.setdefault(id(value), set()).add(name)
        return id(value)

    def _unbind(self, name: str, root: int) -> None:
        del self._bound[name]
        names = self._names[root]
        names.discard(name)
        if not names:
            del self._names[root]

    # ------------------------------------------------ groups

    def _leave(self, roots: Collection[int]) -> set[int]:
        """Dissolve the groups that these are in; all the roots to be grouped anew."""
        groups = {group for root in roots if (group := self._group_of.get(root))}
        for group in groups:
            self._dissolve(group)
        return set(roots).union(*(group.roots for group in groups))

    def _look_again(
        self,
        roots: Iterable[int],
        values: Mapping[str, Any],
        idle: Collection[str],
        result: Look,
    ) -> dict[int, Group]:
        """Pickle the groups of these as they are; what came of those that are not as before.

        What still holds the same objects in the same way shares none with others that it did not
        share before.
        """
        changed: dict[int, Group] = {}
        for group in {self._group_of[root] for root in roots}:
            found = self._found(group.roots, values)
            if group.key not in idle and group.has(self._quick_look.at(found.values())):
                continue
            again = self._pickle(found, seal=group.key in idle)
            if not group.is_like(again):
                changed[group.roots[0]] = again
                continue
            group.seconds, group.sealed = again.seconds, again.sealed
            if again.pickled is not None and again.pickled.buffers:
                group.pickled = again.pickled  # what is in the buffers was not seen
                result.pickled[group.key] = group
        return changed

    def _settle(
        self,
        pending: Collection[int],
        known: Mapping[int, Group],
        values: Mapping[str, Any],
        result: Look,
    ) -> None:
        """Group the roots anew.

        Args:
            known: what came of pickling some of them, if it was alone.
        """
        singles: dict[int, Group] = {}
        while pending:
            found = self._found(pending, values)
            wave = {root: self._single(root, value, known) for root, value in found.items()}
            singles |= wave
            pending = self._leave(self._sharing(wave.values())) - singles.keys()
        alone = {root: single.digest for root, single in singles.items() if single.digest}
        result.alike = {root for root in alone if self._alone.get(root) == alone[root]}
        result.unknown = alone.keys() - self._alone.keys()
        self._alone.update(alone)
        for roots in connected(singles):
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

    def _single(self, root: int, value: Any, known: Mapping[int, Group]) -> Group:
        group = known.get(root)
        return group if group and group.roots == (root,) else self._pickle({root: value})

    def _sharing(self, singles: Iterable[Group]) -> list[int]:
        """A root of each group that has a member of one of these."""
        hidden, few = set[int](), set[int]()
        many: list[AbstractSet[int]] = [few]
        for single in singles:
            hidden |= single.hidden
            if len(single.members) < _MANY:
                few |= single.members
            else:
                many.append(single.members)
        return [
            group.roots[0]
            for group in self.groups.values()
            if any(group.shares_with(members, hidden) for members in many)
        ]

    def _found(self, roots: Iterable[int], values: Mapping[str, Any]) -> dict[int, Any]:
        """The values of those roots that are not gone."""
        return {root: value[0] for root in roots if (value := self._value(root, values))}

    def _value(self, root: int, values: Mapping[str, Any]) -> tuple[Any] | None:
        """The value of a root in a tuple; None if it is gone."""
        for name in self._names.get(root, ()):
            return (values[name],)
        definition = self.registry.at(root)  # others may need it although it has no name any more
        return None if definition is None else (definition,)

    def _joint(self, roots: Iterable[int], values: Mapping[str, Any]) -> Group:
        return self._pickle(self._found(roots, values))

    def _pickle(self, values: Mapping[int, Any], *, seal: bool = False) -> Group:
        group = Group(tuple(values), defines=self.registry.keys(values.values()))
        group.refusal = self._patience.refusal(values.values())
        if group.refusal is not None:
            return group
        self.registry.inside = group.defines
        bounds = self._patience.bounds(len(values))
        began = perf_counter()
        try:
            pickled = dump(tuple(values.values()), self.space, self.registry, bounds=bounds)
        except BoundsExceededError as error:
            self.ran_code = True
            group.refusal = self._patience.give_up(values.values(), error)
            return group
        except Exception as error:
            self.ran_code = True
            group.refusal = told(error)
            return group
        finally:
            group.seconds = perf_counter() - began
            self.registry.inside = frozenset()
        self.ran_code |= pickled.runs_own_code
        group.pickled, group.references = pickled, pickled.references
        group.lost = pickled.lost
        group.digest = blake3(pickled.data).digest()
        parts, pickled.owned = group.hold(pickled.owned), []
        group.sealed = seal and self._is_sealed(group, parts)
        return group

    def _is_sealed(self, group: Group, parts: list[Any]) -> bool:
        """Whether only the namespace, and who looks at it now, have what is in the group."""
        held = {root: 1 + _HOLDERS * len(self._names.get(root, ())) for root in group.roots}
        return is_sealed(parts, held)

    def _tell_losses(self, groups: Iterable[Group], values: Mapping[str, Any]) -> None:
        """Find out where what was left out had stood, and which definitions are not there."""
        for group in groups:
            if group.losses is None and group.pickled is not None:
                group.losses = losses(self._found(group.roots, values), group.pickled.left_out)
            if group.pickled is not None:
                group.pickled.left_out = []
        self._missing = {
            key: f"it needs {self._called(root)}, which is not saved: {why}"
            for group in self.groups.values()
            if group.defines and (group.refusal or group.losses)
            for root in group.roots
            if (why := group.refusal or group.why_missing(root))
            and (key := self.registry.key(self.registry.at(root)))
        }

    def _called(self, root: int) -> str:
        """A name of a definition."""
        value = self.registry.at(root)
        own = name_of(value) if issubclass(type(value), type) else value.__qualname__
        return min(self._names.get(root, ()), default=own)

    def _put(self, group: Group) -> None:
        keys = (self._left.pop(root, "") for root in group.roots)
        group.key = group.key or next((key for key in keys if key), "") or self._new_key()
        self.groups[group.key] = group
        self._group_of.update(dict.fromkeys(group.roots, group))

    def _new_key(self) -> str:
        return next(key for n in self._numbers if (key := f"g{n}") not in self._taken)

    def _dissolve(self, group: Group) -> None:
        if self.groups.pop(group.key, None) is None:
            return
        self._dissolved.add(group.key)
        self._left.update(dict.fromkeys(group.roots[:1], group.key))
        for root in group.roots:
            self._group_of.pop(root, None)

    def _drop_unused(self, result: Look) -> None:
        """Let go of definitions that neither a name nor another group needs any more."""
        while True:
            unnamed = self._unnamed()
            if not unnamed:
                return
            needed = {key for group in self.groups.values() for key in group.references}
            unused = [group for group in unnamed if not group.defines & needed]
            if not unused:
                return
            for group in unused:
                self._dissolve(group)
                result.pickled.pop(group.key, None)

    def _unnamed(self) -> list[Group]:
        """Groups of definitions alone, none of which has a name."""
        return [
            group
            for group in self.groups.values()
            if group.defines and not any(root in self._names for root in group.roots)
        ]

    def _circles(self, groups: Iterable[Group]) -> list[list[Group]]:
        """Groups whose definitions point at one another."""
        home = {key: group for group in self.groups.values() for key in group.defines}
        circles: list[list[Group]] = []
        for group in groups:
            if any(group in circle for circle in circles):
                continue
            after = reached(group, home)
            circle = [other for other in after if group in reached(other, home)]
            if circle and circle != [group]:
                circles.append([group, *(other for other in circle if other is not group)])
        return circles


def _together(others: list[str]) -> str:
    """Said before the reason why several values are not saved."""
    return f"it shares objects with {', '.join(others)}, and together " if others else ""
