"""How much memory a table holds, and whether it has that for itself."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, NamedTuple

from ...runtime.assistance.live import mro, one_of, own_dict
from ..fingerprint import arrays_behind
from .pandas_source import plain_frame
from .records_source import plain_array

OBJECT = 64
"""Bytes that a Python object is taken to have beside its address."""

SLACK = 4_096
"""Bytes that memory may have beyond twice the values' before they count as a part of more."""


class Footprint(NamedTuple):
    """The memory of one table."""

    own: int
    """Bytes of its own values."""
    may_be_part: bool
    """Whether it may keep alive more than that: it is, or could be, a part of a larger one."""


def footprint(table: Any) -> Footprint:
    """What a table takes, told in microseconds and without code of the user's."""
    match _library(table):
        case "pandas":
            return _of_pandas(own_dict(table)["_mgr"])
        case "pyarrow":
            return _of_arrow(table)
        case "polars":
            return Footprint(_size_of_polars(table), True)  # a part cannot be told from a whole
    return _of_arrays([plain_array(table)])


def lasting_copy(table: Any) -> Any:
    """The same values in memory of their own."""
    match _library(table):
        case "pandas":
            return plain_frame(table).copy(deep=True)
        case "pyarrow":
            return table.take(list(range(table.num_rows)))
        case "polars":
            return table[list(range(len(table)))]
    return plain_array(table).copy()


def _size_of_polars(table: Any) -> int:
    polars = sys.modules["polars"]
    is_frame = one_of(polars.DataFrame, mro(type(table)))
    cls = polars.DataFrame if is_frame else polars.Series
    return int(cls.estimated_size(table))


def _library(table: Any) -> str:
    for library, names in _CLASSES:
        module = sys.modules.get(library)
        classes = tuple(getattr(module, name) for name in names) if module else ()
        if any(one_of(cls, classes) for cls in mro(type(table))):
            return library
    return "numpy"


_CLASSES = (
    ("pandas", ("DataFrame", "Series")),
    ("pyarrow", ("Table", "RecordBatch")),
    ("polars", ("DataFrame", "Series")),
)


def _of_pandas(manager: Any) -> Footprint:
    sizes = [_of_block(block.values) for block in manager.blocks]
    sizes.append(_of_arrays(_arrays_of_index(manager.axes[-1])))
    return Footprint(sum(size.own for size in sizes), any(size.may_be_part for size in sizes))


def _arrays_of_index(index: Any) -> Any:
    """Not by what would make values of an index that has none yet."""
    match type(index).__name__:
        case "RangeIndex":
            return ()
        case "MultiIndex":
            return index.codes
    return arrays_behind(index._values)


def _of_block(values: Any) -> Footprint:
    arrow = getattr(values, "_pa_array", None)
    return _of_arrays(arrays_behind(values)) if arrow is None else _of_arrow(arrow)


def _of_arrow(data: Any) -> Footprint:
    own, held = data.nbytes, data.get_total_buffer_size()
    return Footprint(own, held > 2 * own + SLACK)


def _of_arrays(arrays: Iterable[Any]) -> Footprint:
    own = held = 0
    for array in arrays:
        objects = OBJECT * array.size if array.dtype == object else 0
        own += array.nbytes + objects
        held += _root(array).nbytes + objects
    return Footprint(own, held > 2 * own + SLACK)


def _root(array: Any) -> Any:
    """The array that has the memory."""
    ndarray = sys.modules["numpy"].ndarray
    while isinstance(array.base, ndarray):
        array = array.base
    return array
