"""Types that have to be saved in another way than they would choose."""

from __future__ import annotations

import collections
import enum
import functools
import gc
import logging
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

from .arrays import reduce_array
from .enums import reduce_member
from .exceptions import reduce_exception
from .figures import reduce_callbacks
from .frames import (
    reduce_block,
    reduce_column,
    reduce_frame,
    reduce_index,
    reduce_references,
)
from .functions import reduce_cell
from .generics import GENERICS
from .lost import reason_of, refuse
from .weak import WEAK

Way = Callable[[Any], Any]
"""From an object to what its `__reduce__` would give."""

_LRU = type(functools.lru_cache(maxsize=None)(repr))
_STREAMS = ("stdout", "stderr", "stdin", "__stdout__", "__stderr__", "__stdin__")


def way_of(kind: type) -> Way | None:
    """How objects of this type are saved; None if that is left to them."""
    if kind in _EXACT:
        return _EXACT[kind]
    for base, way in _BASES.items():
        if issubclass(kind, base):
            return way
    names = {f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__}
    found = next((way for name, way in _LIBRARIES.items() if name in names), None)
    if found is not None or kind in {type(getattr(sys, name)) for name in _STREAMS}:
        return found or _reduce_stream
    if (reason := reason_of(names)) is not None:
        return functools.partial(refuse, reason=reason)
    return _reduce_nameless if kind.__module__ == "__main__" and _has_own_way(kind) else None


def _reduce_cached(function: Any) -> tuple[Any, ...]:
    """What `lru_cache` has made of a function; the cache itself starts empty."""
    parameters = function.cache_parameters()
    args = (function.__wrapped__, parameters["maxsize"], parameters["typed"])
    return cached, args, vars(function)


def cached(function: Callable[..., Any], maxsize: int | None, typed: bool) -> Any:
    """A function with its `lru_cache`."""
    return functools.lru_cache(maxsize=maxsize, typed=typed)(function)


def _reduce_cached_property(descriptor: functools.cached_property[Any]) -> tuple[Any, ...]:
    state = {"attrname": descriptor.attrname, "__doc__": descriptor.__doc__}
    return functools.cached_property, (descriptor.func,), state


def _reduce_partial_method(descriptor: functools.partialmethod[Any]) -> tuple[Any, ...]:
    """Since Python 3.14 it is made with its function only."""
    return object.__new__, (type(descriptor),), vars(descriptor)


def _reduce_note(_note: Any) -> tuple[Any, ...]:
    """None for what Python notes down about an abstract class, which is made anew with the class.

    Since Python 3.14 the annotations of methods lead to it.
    """
    return type(None), ()


def _reduce_view(view: Any) -> tuple[Any, ...]:
    """The keys, values or items of a dictionary: they go on showing what is in it."""
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
    """A view of the whole of some memory; a part of it, or of another form, is a copy."""
    whole = memory.nbytes == memoryview(memory.obj).nbytes and memory.format == "B"
    content = memory.obj if whole else memory.tobytes()
    return memoryview, (content,)


def _reduce_stream(stream: Any) -> Any:
    """What cells print to, which every process has; another of the type is an open file."""
    for name in _STREAMS:
        if getattr(sys, name) is stream:
            return getattr, (sys, name)
    reason = reason_of({f"{base.__module__}.{base.__qualname__}" for base in type(stream).__mro__})
    return refuse(stream, reason) if reason else NotImplemented


def _reduce_handler(handler: logging.Handler) -> tuple[Any, ...]:
    """A handler of log records, which gets a lock of its own again; files are opened again."""
    passing = {"lock"} | ({"stream"} if isinstance(handler, logging.FileHandler) else set())
    state = {name: None if name in passing else value for name, value in vars(handler).items()}
    return type(handler).__new__, (type(handler),), state, None, None, fill_handler


def fill_handler(handler: logging.Handler, state: dict[str, Any]) -> None:
    """Give the handler its attributes and a lock."""
    vars(handler).update(state)
    handler.createLock()


def _reduce_nameless(value: Any) -> Any:
    """By value where the object would have itself looked up by its name in a module."""
    reduced = value.__reduce_ex__(5)
    if not isinstance(reduced, str):
        return reduced
    return object.__new__, (type(value),), value.__getstate__()


def _has_own_way(kind: type) -> bool:
    """Whether a class of a notebook says itself how its objects are saved."""
    ways: tuple[Any, ...] = kind.__reduce__, kind.__reduce_ex__
    return ways != (object.__reduce__, object.__reduce_ex__)


def _reduce_enum(member: enum.Enum) -> Any:
    kind = type(member)
    module = sys.modules.get(kind.__module__)
    if kind.__module__ != "__main__" and getattr(module, kind.__name__, None) is kind:
        return NotImplemented
    return reduce_member(member)


_DICTS: tuple[dict[Any, Any], ...] = {}, collections.OrderedDict()
_KEYS = tuple(type(mapping.keys()) for mapping in _DICTS)
_ITEMS = tuple(type(mapping.items()) for mapping in _DICTS)
_VALUES = tuple(type(mapping.values()) for mapping in _DICTS)

_EXACT: Mapping[type, Way] = {
    types.CellType: reduce_cell,
    _LRU: _reduce_cached,
    functools.cached_property: _reduce_cached_property,
    types.MappingProxyType: _reduce_proxy,
    memoryview: _reduce_memory,
    **dict.fromkeys((*_KEYS, *_ITEMS, *_VALUES), _reduce_view),
    **WEAK,
    **GENERICS,
}
_BASES: Mapping[type, Way] = {
    enum.Enum: _reduce_enum,
    BaseException: reduce_exception,
    functools.partialmethod: _reduce_partial_method,
    logging.Handler: _reduce_handler,
}
_LIBRARIES: Mapping[str, Way] = {
    "_abc._abc_data": _reduce_note,
    "matplotlib.cbook.CallbackRegistry": reduce_callbacks,
    "numpy.ndarray": reduce_array,
    "pandas._libs.internals.Block": reduce_block,
    "pandas._libs.internals.BlockValuesRefs": reduce_references,
    "pandas.core.internals.managers.SingleBlockManager": reduce_column,
    "pandas.core.generic.NDFrame": reduce_frame,
    "pandas.Index": reduce_index,
    "pandas.core.indexes.base.Index": reduce_index,
}
"""By the qualified name of a type, so that no library is imported to know what is one of its."""
