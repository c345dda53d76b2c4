"""The shape of what variables hold: values, types, and which of them are one object."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

_CONSTANTS = (type(None), bool, int, float, str, bytes, types.BuiltinFunctionType, types.CodeType)


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
        self._known: Mapping[Any, Callable[[Any], list[Any]]] = {
            list: list,
            dict: lambda value: [part for item in value.items() for part in item],
            np.ndarray: _array,
            types.FunctionType: _function,
            types.CellType: lambda value: [value.cell_contents],
            types.MethodType: lambda value: [value.__func__, value.__self__],
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
        return [type(value), *self._parts(vars(value))] if hasattr(value, "__dict__") else []

    def _class(self, value: type) -> list[Any]:
        if value.__module__ != "__main__":
            return [value.__module__, value.__qualname__]
        own = {k: v for k, v in vars(value).items() if k not in {"__dict__", "__weakref__"}}
        return [value.__qualname__, *value.__bases__, *self._parts(own)]


def _array(value: np.ndarray[Any, Any]) -> list[Any]:
    """Content, and where it lies in the memory of the array that owns it."""
    root: Any = value
    while isinstance(root.base, np.ndarray):
        root = root.base
    start = value.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    memory = root if root.base is None else root.base
    return [repr(value.tolist()), value.strides, start, memory]


def _function(value: types.FunctionType) -> list[Any]:
    cells = value.__closure__ or ()
    return [value.__code__, value.__qualname__, value.__defaults__, *cells]
