"""What looks at another object: it goes on showing what is in that."""

from __future__ import annotations

import collections
import gc
import types
from collections.abc import Callable, Mapping
from ctypes import byref, c_ssize_t, c_void_p, py_object, pythonapi
from typing import Any

from .lost import Refused


def _reduce_keys(view: Any) -> tuple[Any, ...]:
    """The keys, values or items of a dictionary."""
    kind = "keys" if isinstance(view, _KEYS) else "items" if isinstance(view, _ITEMS) else "values"
    return view_of, (_seen(view), kind)


def view_of(mapping: Any, kind: str) -> Any:
    """The keys, values or items of a dictionary."""
    return getattr(mapping, kind)()


def _reduce_proxy(proxy: types.MappingProxyType[Any, Any]) -> tuple[Any, ...]:
    owner = getattr(proxy.get("__dict__"), "__objclass__", None)
    if owner is not None and vars(owner) == proxy:
        return vars, (owner,)
    return types.MappingProxyType, (_seen(proxy),)


def _seen(view: Any) -> Any:
    """The mapping that a view looks at, which it does not tell."""
    (mapping,) = gc.get_referents(view)
    return mapping


def _reduce_memory(memory: memoryview) -> tuple[Any, ...]:
    """A view of the memory of an object, or of a part of it that lies in one piece.

    Raises:
        Refused: it lies in pieces, or was released.
    """
    try:
        owner: Any = memory.obj
        place = _address(memory) - _address(memoryview(owner)) if memory.nbytes else 0
        shape = None if memory.ndim == 1 else memory.shape
        args = owner, place, memory.nbytes, memory.format, shape, memory.readonly
        part_of(*args)
    except (ValueError, TypeError, BufferError) as error:
        raise Refused(f"{error}; make it again from what it is a view of") from error
    return part_of, args


def part_of(
    owner: Any, place: int, length: int, form: str, shape: tuple[int, ...] | None, readonly: bool
) -> memoryview:
    """A view of some bytes of an object's memory."""
    memory = memoryview(owner).cast("B")[place : place + length]
    if form != "B" or shape is not None:
        made: Any = memory
        memory = made.cast(form) if shape is None else made.cast(form, shape)
    return memory.toreadonly() if readonly and not memory.readonly else memory


def _address(memory: memoryview) -> int:
    start, length = c_void_p(), c_ssize_t()
    pythonapi.PyObject_AsReadBuffer(py_object(memory), byref(start), byref(length))
    return start.value or 0


_DICTS: tuple[dict[Any, Any], ...] = {}, collections.OrderedDict()
_KEYS = tuple(type(mapping.keys()) for mapping in _DICTS)
_ITEMS = tuple(type(mapping.items()) for mapping in _DICTS)
_VALUES = tuple(type(mapping.values()) for mapping in _DICTS)

VIEWS: Mapping[type, Callable[[Any], Any]] = {
    types.MappingProxyType: _reduce_proxy,
    memoryview: _reduce_memory,
    **dict.fromkeys((*_KEYS, *_ITEMS, *_VALUES), _reduce_keys),
}
