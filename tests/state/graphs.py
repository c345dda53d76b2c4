"""The shape of what variables hold: values, types, and which of them are one object."""

from __future__ import annotations

import hashlib
import types
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

_CONSTANTS = (type(None), bool, int, float, str, bytes, types.CodeType)
_NOT_OF_A_CLASS = frozenset({"__dict__", "__weakref__", "__slotnames__"})
"""What stands in a class because of its instances, the last as soon as one has been pickled."""


_LIST_ITERATOR: type = type(iter([]))


def graph(variables: Mapping[str, Any]) -> list[Any]:
    """A description that is equal just for variables with the same values and the same sharing.

    Each object is numbered where it is first met; later it is only its number. Tuples are values:
    what is in them counts, and not which of two equal ones it is.
    """
    return _Walk().lines(variables)


class _Walk:
    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._kept: list[Any] = []
        """So that no id is used twice."""
        self._lines: list[Any] = []
        self._memories: dict[int, _Memory] = {}
        self._known: Mapping[Any, Callable[[Any], list[Any]]] = {
            list: list,
            dict: lambda value: [part for item in value.items() for part in item],
            np.ndarray: self._array,
            types.FunctionType: _function,
            types.CellType: lambda value: [value.cell_contents],
            types.MethodType: lambda value: [value.__func__, value.__self__],
            types.BuiltinFunctionType: lambda value: [value.__name__, value.__self__],
            weakref.ref: lambda value: [value()],
            _LIST_ITERATOR: _left,
            bytearray: lambda value: [bytes(value)],
            set: lambda value: sorted(value, key=repr),
            type: self._class,
        }

    def lines(self, variables: Mapping[str, Any]) -> list[Any]:
        for name in sorted(variables):
            self._lines.append((name, self._number(variables[name])))
        for value in self._kept:
            self._lines.append(self._described(value))
        return self._lines

    def _number(self, value: Any) -> Any:
        """A constant itself; the number of anything else, which is described in its turn."""
        if isinstance(value, _CONSTANTS):
            return repr(value) if not isinstance(value, types.CodeType) else value.co_name
        if isinstance(value, tuple):
            return tuple(map(self._number, value))
        if isinstance(value, types.ModuleType):
            return value.__name__
        if id(value) not in self._numbers:
            self._numbers[id(value)] = len(self._kept)
            self._kept.append(value)
        return self._numbers[id(value)]

    def _described(self, value: Any) -> tuple[Any, ...]:
        kind = type(value)
        return (kind.__name__, *map(self._number, self._parts(value)))

    def _parts(self, value: Any) -> list[Any]:
        for kind, parts in self._known.items():
            if isinstance(value, kind):
                return parts(value)
        if type(value).__module__ == "__main__":
            return [type(value), *self._parts(vars(value))]
        return [] if isinstance(value, _Memory) else [value.__reduce_ex__(2)]

    def _class(self, value: type) -> list[Any]:
        if value.__module__ != "__main__":
            return [value.__module__, value.__qualname__]
        own = {k: v for k, v in vars(value).items() if k not in _NOT_OF_A_CLASS}
        ordered = sorted(own.items(), key=lambda item: item[0] if item[0].startswith("__") else "~")
        return [value.__qualname__, *value.__bases__, *self._parts(dict(ordered))]

    def _array(self, value: np.ndarray[Any, Any]) -> list[Any]:
        """Content, and where it lies in the memory of the array that owns it."""
        root: Any = value
        while isinstance(root.base, np.ndarray):
            root = root.base
        start = value.__array_interface__["data"][0] - root.__array_interface__["data"][0]
        owner = root if root.base is None else root.base
        memory = self._memories.setdefault(id(owner), _Memory(owner))
        layout = (value.dtype.str, value.shape, value.strides, start)
        return [*layout, memory, *(value.flat if value.dtype.hasobject else [_digest(value)])]


class _Memory:
    """What owns the memory of arrays, whatever it is."""

    __slots__ = ("owner",)

    def __init__(self, owner: object) -> None:
        self.owner = owner


def _digest(value: np.ndarray[Any, Any]) -> str:
    return hashlib.sha256(value.tobytes()).hexdigest()


def _left(value: Any) -> list[Any]:
    """The list and the place of an iterator; one at its end has lost its own list."""
    _, (items,), *place = value.__reduce__()
    return [items, *(place or [0])]


def _function(value: types.FunctionType) -> list[Any]:
    cells = value.__closure__ or ()
    own = (value.__qualname__, value.__defaults__, value.__kwdefaults__, vars(value))
    return [value.__code__, *own, *cells]
