"""Which objects it matters of whether they are the same or only equal."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import pathlib
import re
import sys
import types
import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from typing import Any

from .known import is_importable
from .lost import name_of

_IMMUTABLE = frozenset({
    type(None), bool, int, float, complex, type(...), type(NotImplemented), range, slice,
    types.BuiltinFunctionType, types.CodeType, types.ModuleType,
    datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone,
    decimal.Decimal, fractions.Fraction, re.Pattern, uuid.UUID,
    type(pathlib.Path()), pathlib.PurePosixPath, pathlib.PureWindowsPath,
})  # fmt: skip
"""Types whose values may be there twice after a restore: nobody can tell but by `is`."""
_SIZED = frozenset({str, bytes, tuple, frozenset})
"""Types of which the same holds as long as their values are short."""
_SHORT = 1024
_CONSTANT = (
    ("numpy", "dtype"),
    ("numpy", "number"),
    ("pandas.core.dtypes.base", "ExtensionDtype"),
    ("pyarrow.lib", "DataType"),
)
"""Classes of libraries of whose values the same holds, with the modules that they are in."""
_INDEX = (("pandas.core.indexes.base", "Index"),)
_OF_INDEX = ("_data", "_references")
_PLAIN = frozenset({list, dict, set, bytearray})
"""Types whose values always matter; most values are of one of these."""


def shareable(objects: Sequence[Any]) -> list[Any]:
    """Those that values must have together, because it can be told whether they do."""
    kinds = set(map(type, objects))
    always, asked = kinds & _PLAIN, kinds & _SIZED
    for kind in kinds - always - asked - _IMMUTABLE:
        if _is_definition(kind):
            asked.add(kind)
        elif not issubclass(kind, (enum.Enum, *_loaded(_CONSTANT))):
            always.add(kind)
    found = list(_of(always, objects))
    found += filter(_matters, _of(asked, objects))
    return found


def inside_indexes(objects: Sequence[Any]) -> frozenset[int]:
    """Ids of what indexes of pandas hold, and give away read-only.

    Indexes that were made from one another have it in common, which nobody can tell.
    """
    if not (base := _loaded(_INDEX)):
        return frozenset()
    indexes = _of({kind for kind in set(map(type, objects)) if issubclass(kind, base)}, objects)
    return frozenset(id(vars(each).get(name)) for each in indexes for name in _OF_INDEX)


def shareable_builtins(objects: Iterable[Any]) -> list[Any]:
    """The same of values of Python's own types; all others are passed over."""
    return [
        value
        for value in objects
        if (kind := type(value)) in _PLAIN or (kind in _SIZED and len(value) >= _SHORT)
    ]


def is_fixed(value: Any, depth: int = 8) -> bool:
    """Whether nobody can change it nor anything in it, so that nobody cares who else has it."""
    kind = type(value)
    if kind in {tuple, frozenset}:
        return depth > 0 and all(is_fixed(part, depth - 1) for part in value)
    return kind in {str, bytes} or kind in _IMMUTABLE or not shareable([value])


def _of(kinds: set[type], objects: Sequence[Any]) -> Iterator[Any]:
    """The objects that are of one of these types."""
    return compress(objects, map(kinds.__contains__, map(type, objects))) if kinds else iter(())


def _is_definition(kind: type) -> bool:
    """Whether it is one of classes or functions, those that Cython has made included."""
    if kind is types.FunctionType or issubclass(kind, type):
        return True
    return name_of(kind).endswith(".cython_function_or_method")


def _loaded(names: Iterable[tuple[str, str]]) -> tuple[type, ...]:
    """Those of these classes whose modules are there."""
    found = (getattr(sys.modules.get(module), name, None) for module, name in names)
    return tuple(cls for cls in found if cls is not None)


def _matters(value: Any) -> bool:
    if type(value) in _SIZED:
        return len(value) >= _SHORT
    return not is_importable(value)  # by value, it has no pickle of its own
