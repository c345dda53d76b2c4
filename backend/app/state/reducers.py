"""Types that have to be saved in another way than they would choose."""

from __future__ import annotations

import enum
import functools
import io
import logging
import random
import struct
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

from .arrays import reduce_array
from .c_types import reduce_data
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
from .loggers import reduce_handler, reduce_logger
from .lost import reason_of, refuse
from .views import VIEWS
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


def _reduce_stream(stream: Any) -> Any:
    """What cells print to, which every process has; another of the type is an open file."""
    for name in _STREAMS:
        if getattr(sys, name) is stream:
            return getattr, (sys, name)
    reason = reason_of({f"{base.__module__}.{base.__qualname__}" for base in type(stream).__mro__})
    return refuse(stream, reason) if reason else NotImplemented


def _reduce_struct(layout: struct.Struct) -> tuple[Any, ...]:
    return struct.Struct, (layout.format,)


def _reduce_system_random(source: random.SystemRandom) -> tuple[Any, ...]:
    """It has no state, and says so when it is asked for one."""
    return type(source), ()


def _reduce_text_or_bytes(stream: io.StringIO | io.BytesIO) -> Any:
    """A closed one holds nothing any more."""
    if not stream.closed:
        return NotImplemented
    if type(stream) not in {io.StringIO, io.BytesIO}:
        return refuse(stream, "it is closed, and what was in it is gone; make a new one")
    return closed, (type(stream),)


def closed(kind: type[io.StringIO] | type[io.BytesIO]) -> Any:
    """A stream in memory that was closed."""
    stream = kind()
    stream.close()
    return stream


def _reduce_limits(limits: Any) -> tuple[Any, ...]:
    """What NumPy says of a type of numbers."""
    return type(limits), (limits.dtype,)


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


_EXACT: Mapping[type, Way] = {
    types.CellType: reduce_cell,
    _LRU: _reduce_cached,
    functools.cached_property: _reduce_cached_property,
    random.SystemRandom: _reduce_system_random,
    struct.Struct: _reduce_struct,
    **VIEWS,
    **WEAK,
    **GENERICS,
}
_BASES: Mapping[type, Way] = {
    enum.Enum: _reduce_enum,
    BaseException: reduce_exception,
    functools.partialmethod: _reduce_partial_method,
    logging.Logger: reduce_logger,
    logging.Handler: reduce_handler,
    io.StringIO: _reduce_text_or_bytes,
    io.BytesIO: _reduce_text_or_bytes,
}
_LIBRARIES: Mapping[str, Way] = {
    "_abc._abc_data": _reduce_note,
    "_ctypes._CData": reduce_data,
    "matplotlib.cbook.CallbackRegistry": reduce_callbacks,
    "numpy.finfo": _reduce_limits,
    "numpy.ndarray": reduce_array,
    "pandas._libs.internals.Block": reduce_block,
    "pandas._libs.internals.BlockValuesRefs": reduce_references,
    "pandas.core.internals.managers.SingleBlockManager": reduce_column,
    "pandas.core.generic.NDFrame": reduce_frame,
    "pandas.Index": reduce_index,
    "pandas.core.indexes.base.Index": reduce_index,
}
"""By the qualified name of a type, so that no library is imported to know what is one of its."""
