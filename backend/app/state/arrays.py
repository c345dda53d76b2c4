"""NumPy arrays: views with what they are views of, files that are mapped by their name."""

from __future__ import annotations

import pickle
from typing import Any

_PLAIN = ("MaskedArray", "matrix", "recarray")
"""Subclasses that are what the array below them is, and their attributes."""


def reduce_array(array: Any) -> Any:
    """How to save an array so that it still shares its memory with others."""
    import numpy as np

    kind = type(array)
    if kind is np.memmap:
        return _reduce_mapped(array)
    if kind.__name__ in _PLAIN and kind.__module__.partition(".")[0] == "numpy":
        return _reduce_dressed(array)
    base = array.base.obj if isinstance(array.base, memoryview) else array.base
    if kind is not np.ndarray:
        return NotImplemented
    return (view, _place(array, base)) if _has_known_memory(base) else _reduce_owner(array)


def owner(memory: Any, shape: Any, dtype: Any, order: Any) -> Any:
    """An array over memory that is its alone, which its base tells from memory of the user's."""
    import numpy as np

    buffer: Any = pickle.PickleBuffer(memory)
    return np.ndarray(shape, dtype, buffer, order=order)


def view(
    base: Any,
    shape: Any,
    dtype: Any,
    offset: int,
    strides: Any,
    writeable: bool,
) -> Any:
    """An array over the memory of another object."""
    import numpy as np

    if dtype.hasobject:
        flat = base.ravel("K")[offset // dtype.itemsize :]
        made = np.lib.stride_tricks.as_strided(flat, shape, strides)
    else:
        memory = base.T if isinstance(base, np.ndarray) and not base.flags.c_contiguous else base
        made = np.ndarray(shape, dtype, memory, offset, strides)
    if not writeable:
        made.flags.writeable = False
    return made


def dressed(kind: type, plain: Any) -> Any:
    """An array as one of a subclass, over the same memory."""
    return plain.view(kind)


def mapped_part(*place: Any) -> Any:
    """A part of a file that is mapped."""
    import numpy as np

    return view(*place).view(np.memmap)


def _reduce_owner(array: Any) -> Any:
    import numpy as np

    flags, dtype = array.flags, array.dtype
    if dtype.hasobject or not dtype.itemsize or not (flags.c_contiguous or flags.f_contiguous):
        return NotImplemented
    order = "C" if flags.c_contiguous else "F"
    memory = array.reshape(-1, order=order).view(np.uint8)
    return owner, (pickle.PickleBuffer(memory), array.shape, dtype, order)


def _reduce_dressed(array: Any) -> Any:
    import numpy as np

    plain = array.view(np.ndarray)
    if type(plain.base) is not np.ndarray:
        return NotImplemented
    state = {**array.__dict__}
    return dressed, (type(array), plain), state, None, None, put_attributes


def put_attributes(array: Any, state: dict[str, Any]) -> None:
    """Give an array of a subclass its attributes."""
    array.__dict__.update(state)


def _has_known_memory(base: Any) -> bool:
    """Whether a view can be found again in what it is a view of."""
    import numpy as np

    if isinstance(base, bytes | bytearray):
        return True
    if not isinstance(base, np.ndarray):
        return False
    dense = base.flags.c_contiguous or base.flags.f_contiguous
    return type(base) in {np.ndarray, np.memmap} and dense


def _place(array: Any, base: Any) -> tuple[Any, ...]:
    import numpy as np

    start = base if isinstance(base, np.ndarray) else np.frombuffer(base, np.uint8)
    offset = _address(array) - _address(start) if array.size else 0
    return base, array.shape, array.dtype, offset, array.strides, array.flags.writeable


def _reduce_mapped(array: Any) -> Any:
    import numpy as np

    if array.filename is None or array.mode == "c":
        return NotImplemented  # it was changed in memory alone, or is not of a file any more
    if isinstance(array.base, np.memmap):
        return mapped_part, _place(array, array.base)
    order = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    mode = "r+" if array.mode == "w+" else array.mode
    args = (array.filename, array.dtype, mode, array.offset, array.shape, order)
    return np.memmap, args


def _address(array: Any) -> int:
    address: int = array.__array_interface__["data"][0]
    return address
