"""Where in a value other objects stand, told as one would write it: `data['a'][3].sock`.

Nothing of the user's runs to find out: containers and attributes are read past what their classes
make of that.
"""

from __future__ import annotations

import sys
import types
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from .known import is_importable

MOST = 200_000
"""Objects that are looked at to find what is looked for."""
_ATOMS = frozenset(map(id, (
    type(None), bool, int, float, complex, str, bytes, bytearray, range, type(...),
    types.ModuleType, types.CodeType, types.BuiltinFunctionType,
)))  # fmt: skip
"""Types that have no parts; by id, because the hash of a class may be the user's."""
_LONGEST = 40
"""Characters of a key."""
_Step = tuple[Callable[[Any], str], Any, Any]
"""How to write the way to a part, given its key; the key; the part."""


def places(root: Any, wanted: Collection[int], most: int = MOST) -> dict[int, str]:
    """Of those objects that are found in a value, the shortest way to each, by id.

    Args:
        root: the value; the way to it is empty.
        wanted: ids of the objects.
        most: objects that are looked at.
    """
    came: dict[int, tuple[int, str] | None] = {id(root): None}
    found = {id(root)}.intersection(wanted)
    queue = deque([root])
    parts = _Parts()
    while queue and len(found) < len(wanted) and len(came) < most:
        value = queue.popleft()
        for write, key, part in parts.of(value):
            if id(type(part)) not in _ATOMS and id(part) not in came:
                came[id(part)] = id(value), write(key)
                queue.append(part)
                if id(part) in wanted:
                    found.add(id(part))
    return {each: _way(each, came) for each in found}


def _way(place: int, came: Mapping[int, tuple[int, str] | None]) -> str:
    steps: list[str] = []
    while (step := came[place]) is not None:
        place, text = step
        steps.append(text)
    return "".join(reversed(steps))


class _Parts:
    """What objects are made of."""

    def __init__(self) -> None:
        self._slots: dict[int, list[tuple[str, Any]]] = {}
        """Of each type that was met."""

    def of(self, value: Any) -> Iterator[_Step]:
        """The parts of a value, with the ways to them."""
        kind = type(value)
        for base, steps in _CONTAINERS:
            if issubclass(kind, base):
                yield from steps(value)
                break
        if issubclass(kind, type):
            if not is_importable(value):
                yield from _named(_own(value))
        elif _is_object_array(kind, value):
            yield from ((_item, place, part) for place, part in enumerate(value.flat))
        else:
            yield from self._attributes(value, kind)

    def _attributes(self, value: Any, kind: type) -> Iterator[_Step]:
        try:
            own = object.__getattribute__(value, "__dict__")
        except Exception:
            own = None
        if type(own) is dict:
            yield from _named(own)
        if id(kind) not in self._slots:
            self._slots[id(kind)] = list(_slots(kind))
        for name, slot in self._slots[id(kind)]:
            try:
                yield _attribute, name, slot.__get__(value)
            except AttributeError:
                pass


_own: Callable[[type], Mapping[str, Any]] = vars(type)["__dict__"].__get__
_mro: Callable[[type], tuple[type, ...]] = vars(type)["__mro__"].__get__
"""Both of a class, whatever its metaclass would answer."""


def _is_object_array(kind: type, value: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and kind is numpy.ndarray and value.ndim == 1 and value.dtype.hasobject


def _named(own: Mapping[str, Any]) -> Iterable[_Step]:
    return [(_attribute, name, part) for name, part in own.items() if type(name) is str]


def _slots(kind: type) -> Iterator[tuple[str, Any]]:
    for cls in _mro(kind):
        yield from (pair for pair in _own(cls).items() if _holds(*pair))


def _holds(name: str, descriptor: Any) -> bool:
    """Whether it is one of an attribute that instances keep without a dictionary."""
    if type(descriptor) is types.MemberDescriptorType:
        return name not in _NOT_PARTS
    return type(descriptor) is types.GetSetDescriptorType and name in _PARTS


_NOT_PARTS = frozenset({"__globals__", "__builtins__"})
_PARTS = frozenset({
    "__defaults__", "__kwdefaults__", "cell_contents",
    "args", "__cause__", "__context__", "__traceback__",
})  # fmt: skip
"""Of functions and errors."""


def _item(place: Any) -> str:
    return f"[{place}]"


def _key(key: Any) -> str:
    if id(type(key)) not in _ATOMS:
        return "[…]"
    text = repr(key)
    return f"[{text}]" if len(text) <= _LONGEST else f"[{text[:_LONGEST]}…]"


def _attribute(name: str) -> str:
    return f".{name}"


def _member(_: Any) -> str:
    return "{…}"


def _items(pairs: Callable[[Any], Iterable[Any]]) -> Callable[[Any], Iterator[_Step]]:
    return lambda value: ((_item, place, part) for place, part in enumerate(pairs(value)))


def _members(pairs: Callable[[Any], Iterable[Any]]) -> Callable[[Any], Iterator[_Step]]:
    return lambda value: ((_member, None, part) for part in pairs(value))


def _pairs(value: dict[Any, Any]) -> Iterator[_Step]:
    return ((_key, key, part) for key, part in list(dict.items(value)))


_CONTAINERS: tuple[tuple[type, Callable[[Any], Iterator[_Step]]], ...] = (
    (dict, _pairs),
    (list, _items(list.__iter__)),
    (tuple, _items(tuple.__iter__)),
    (deque, _items(deque.__iter__)),
    (set, _members(set.__iter__)),
    (frozenset, _members(frozenset.__iter__)),
)
