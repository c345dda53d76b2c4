"""Whether anyone else can get at some objects: all references to them are counted and explained."""

from __future__ import annotations

import ctypes
import gc
import sys
import weakref
from collections import OrderedDict, defaultdict, deque
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from itertools import compress, filterfalse, islice
from types import (
    CellType,
    CodeType,
    FunctionType,
    MappingProxyType,
    MethodType,
    SimpleNamespace,
)
from typing import Any

_IMMUTABLE: frozenset[type] = frozenset({
    int, float, complex, bool, str, bytes, range, type(None), type(...), type(NotImplemented),
    CodeType,
})  # fmt: skip
"""Types whose values nobody can change, and that hold nothing which could be changed."""

_FROZEN = frozenset({tuple, frozenset})

_OPEN: frozenset[type] = frozenset({
    object, list, dict, tuple, set, frozenset, bytearray, deque, defaultdict, OrderedDict,
    FunctionType, CellType, MethodType, partial, property, staticmethod, classmethod, slice,
    SimpleNamespace, MappingProxyType, weakref.ref,
})  # fmt: skip
"""Types written in C that tell the collector every reference they hold, or hold none."""

_FIXED = _IMMUTABLE | _FROZEN
_BATCH = 10_000


def is_sealed(members: Sequence[object], held: Mapping[int, int]) -> bool:
    """Whether every reference to these objects comes from among themselves or is accounted for.

    References are counted by the interpreter, and those among the objects by asking each of them,
    as the collector does. What is left over belongs to someone else: a library's registry, a frame
    of a thread, a C extension. Also False where that cannot be known: an object of a type that does
    not tell what it holds, or to which somebody else has a weak reference. Of values that nobody
    can change (numbers, strings, tuples of these) it does not matter who has them.

    Weak references count as members' own if they are members. True only means something if no
    other thread is running the notebook's code meanwhile.

    Args:
        members: the objects, each once, in a list or tuple that is the only one of its kind.
        held: how many references the caller knows of beside that one, by id: those of the
            namespace, for instance, and the caller's own.
    """
    types = set(map(type, members))
    if not all(map(_is_open, types)):
        return False
    may_be_constant = not types.isdisjoint(_FIXED)
    objects = list(filterfalse(_is_constant, members) if may_be_constant else members)
    ids = set(map(id, objects))
    if _has_watchers(objects, ids, types):
        return False
    # One each is that of `members`.
    outer = len(objects) + sum(count for key, count in held.items() if key in ids)
    hidden = _hidden_dicts(objects, types)
    inner = len(hidden)
    # One of them may be a member itself.
    objects += {id(made): made for made in hidden if id(made) not in ids}.values()
    ids.update(map(id, hidden))
    if any(map(_is_array, types)):
        found = _references_of_arrays(objects, ids)
        if found is None:
            return False
        inner += found
    inner += _references_among(objects, ids)
    del hidden
    # No object has fewer than are known, so the sums tell.
    return _references_to(objects) == inner + outer


def _is_constant(value: object, depth: int = 8) -> bool:
    """Whether nothing in it can ever change."""
    if type(value) in _IMMUTABLE:
        return True
    if type(value) not in _FROZEN or not depth:
        return False
    parts: Collection[object] = value  # type: ignore[assignment]
    return all(_is_constant(part, depth - 1) for part in parts)


def _is_open(cls: type) -> bool:
    """Whether instances tell every reference they hold: what a class adds in Python, they do."""
    if not _COUNTS:
        return False
    return _is_array(cls) or all(
        base in _OPEN or base in _IMMUTABLE or _traverse(base) == _traverse(_Plain)
        for base in cls.__mro__
    )


def _is_array(cls: type) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and cls is getattr(numpy, "ndarray", None)


def _has_watchers(objects: Sequence[object], ids: Collection[int], types: set[type]) -> bool:
    """Whether a weak reference that is not among the objects leads to one."""
    watchable = {cls for cls in types if cls.__weakrefoffset__}
    if not watchable:
        return False
    return any(
        id(reference) not in ids
        for value in objects
        if type(value) in watchable and weakref.getweakrefcount(value)
        for reference in weakref.getweakrefs(value)
    )


def _references_among(objects: Sequence[object], ids: Collection[int]) -> int:
    """How many references to one another the objects hold, as they tell the collector."""
    values = iter(objects)
    count = 0
    types = set(map(type, objects))
    while batch := list(islice(values, _BATCH)):
        referents = gc.get_referents(*batch)
        alike = compress(referents, map(types.__contains__, map(type, referents)))
        count += sum(map(ids.__contains__, map(id, alike)))
    return count


def _hidden_dicts(objects: Sequence[object], types: set[type]) -> list[object]:
    """The `__dict__`s of instances which do not tell of theirs.

    Since Python 3.13 that is the case as long as an instance keeps its attributes in itself.
    """
    keeping = {cls for cls in types if cls.__flags__ & _INLINE_VALUES}
    if sys.version_info < (3, 13) or not keeping:
        return []
    return [
        made
        for value in objects
        if type(value) in keeping
        and (made := _dict_made_for(value)) is not None
        and all(made is not other for other in gc.get_referents(value))
    ]


def _references_of_arrays(objects: Sequence[object], ids: Collection[int]) -> int | None:
    """Arrays tell nothing but can be asked whose memory they have; None if it is another's."""
    arrays: list[Any] = [value for value in objects if _is_array(type(value))]
    if any(array.dtype.hasobject or not _is_accounted(array, ids) for array in arrays):
        return None
    return sum(id(array.base) in ids for array in arrays)


def _is_accounted(array: Any, ids: Collection[int]) -> bool:
    base = array.base
    if base is None:
        return bool(array.flags.owndata)
    return id(base) in ids or type(base) is bytes


def _references_to(objects: Sequence[object]) -> int:
    """References to the objects beside those of this list."""
    return sum(map(sys.getrefcount, objects)) - _OVERHEAD * len(objects)


_OVERHEAD = 0
_OVERHEAD = _references_to([object()])
"""References that counting itself makes, with that of the list."""


class _Plain:
    """A class written in Python."""


class _PlainList(list[object]):
    """One above a builtin."""


_TRAVERSE = object.__basicsize__ + 21 * ctypes.sizeof(ctypes.c_void_p)
"""Where the field `tp_traverse` is in a class (cpython/object.h), after 21 others."""


_INLINE_VALUES = 1 << 2
"""The flag of classes whose instances keep their attributes in themselves."""
_MANAGED_DICT = -3 * ctypes.sizeof(ctypes.c_void_p)
"""Where such an instance has its `__dict__` (cpython/internal/pycore_object.h)."""


def _traverse(cls: type) -> int | None:
    """Address of the function by which the collector asks instances; Python classes share one."""
    return ctypes.c_void_p.from_address(id(cls) + _TRAVERSE).value


def _dict_made_for(instance: object) -> dict[str, Any] | None:
    """The `__dict__` of an instance that keeps its attributes in itself, if it was asked for."""
    place = id(instance) + _MANAGED_DICT
    if not ctypes.c_void_p.from_address(place).value:
        return None
    reference: Any = ctypes.py_object.from_address(place)
    made: dict[str, Any] = reference.value
    return made


def _knows_dicts() -> bool:
    """Whether the place where instances have their `__dict__` is where it is expected."""
    if sys.version_info < (3, 13):
        return True
    plain = _Plain()
    before = _dict_made_for(plain)
    return before is None and plain.__dict__ is _dict_made_for(plain)


def _counts_can_be_trusted() -> bool:
    """Whether this interpreter counts every reference, and lays out classes as is known."""
    if sys.implementation.name != "cpython" or "t" in getattr(sys, "abiflags", ""):
        return False
    return (
        _traverse(object) is None
        and _traverse(_Plain) == _traverse(_PlainList) != _traverse(list)
        and _traverse(list) != _traverse(dict) != _traverse(_Plain)
        and _knows_dicts()
    )


_COUNTS = _counts_can_be_trusted()
