"""Memory in which any bytes are only other numbers: it may come back without having been read.

Elsewhere a byte may be an index, an offset or a length that a library follows without a look:
arrays of sparse matrices, codes of categories, nodes of trees, buffers of Arrow tables. A damaged
one there ends the process.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, cast

from .lost import name_of

_bases = type.__dict__["__bases__"].__get__
_KINDS = "iufcMm"
"""Of dtypes: numbers and times. Not truth values, which NumPy counts by adding up their bytes."""
_MODULES = frozenset({
    "numpy", "numpy.dtypes", "numpy.ma",
    "pandas.core.internals.blocks", "pandas.core.internals.managers", "pandas._libs.internals",
    "pandas._libs.tslibs.offsets",
    "pyarrow.lib",  # it has arrays of its own
})  # fmt: skip
"""All of whose types take the arrays that they hold for numbers."""
_PANDAS = frozenset({
    "DataFrame", "Series", "Index", "RangeIndex", "DatetimeIndex", "TimedeltaIndex",
    "DatetimeArray", "TimedeltaArray", "IntegerArray", "FloatingArray", "BooleanArray",
    "NumpyExtensionArray", "ArrowStringArray", "ArrowExtensionArray",
    "Timestamp", "Timedelta", "NaTType",
})  # fmt: skip
"""Types of pandas that do, wherever in it they stand, beside all its dtypes."""


def holds_numbers(memory: memoryview) -> bool:
    """Whether it is that of an array of numbers, as far as the array knows."""
    numpy, owner = sys.modules.get("numpy"), cast(Any, memory.obj)
    if numpy is None or type(owner) is not numpy.ndarray:
        return False
    array = owner.base  # what the bytes that were made for the pickle are of
    return type(array) is numpy.ndarray and array.dtype.kind in _KINDS


def take_for_numbers(types: Iterable[type]) -> bool:
    """Whether objects of these types do nothing else with arrays of numbers that they hold."""
    return all(map(_takes, types))


def _takes(kind: type) -> bool:
    module, _, name = name_of(kind).rpartition(".")
    root = module.partition(".")[0]
    if root == "__main__":  # Python code, which is told of a wrong index
        return all(map(_takes, _bases(kind)))
    if root == "pandas" and (name in _PANDAS or name.endswith("Dtype")):
        return True
    is_built_in = not root or root in sys.stdlib_module_names
    return is_built_in or module in _MODULES or name == "cython_function_or_method"
