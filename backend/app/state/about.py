"""What is told of a saved variable to those who only look: its type, and how much of it there is.

Nothing of the user's runs: lengths and shapes are only asked of values whose type is exactly one
of Python's or of a known library's.
"""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict, defaultdict, deque
from typing import Any

from ..runtime.assistance.live import is_class, is_module, name_of_class

_MOST = 80
"""Characters."""
_BITS = 64
"""Up to which a whole number is written out."""
_PLAIN = frozenset(map(id, (bool, float, complex, type(None))))
_SIZED = frozenset(map(id, (
    str, bytes, bytearray, list, tuple, set, frozenset, dict, range,
    deque, OrderedDict, defaultdict, Counter,
)))  # fmt: skip
"""Types whose values have a length; by id, because the hash of a class may be the user's."""
_SHAPED = {
    "ndarray": ("numpy",),
    "DataFrame": ("pandas", "polars"),
    "Series": ("pandas", "polars"),
    "Table": ("pyarrow",),
    "RecordBatch": ("pyarrow",),
    "Tensor": ("torch",),
}
"""Types whose values have a shape -> libraries that have one of this name."""


def about(value: Any) -> str:
    """A few words: `list of 3`, `DataFrame 344 × 7`, `float 0.5`, `class`."""
    return _words(value)[:_MOST]


def _words(value: Any) -> str:
    kind = type(value)
    if id(kind) in _SIZED:
        return f"{kind.__name__} of {len(value)}"
    if id(kind) in _PLAIN or (kind is int and value.bit_length() <= _BITS):
        return "None" if value is None else f"{kind.__name__} {value!r}"
    if is_module(value):
        return f"module {object.__getattribute__(value, '__dict__').get('__name__')}"
    if is_class(value):
        return "class"
    name = name_of_class(kind)
    return f"{name} {_shape(value)}" if _has_shape(kind, name) else name


def _has_shape(kind: type, name: str) -> bool:
    """Whether it is the very type that a library, being loaded, has under this name."""
    homes = [sys.modules[home] for home in _SHAPED.get(name, ()) if home in sys.modules]
    return any(vars(home).get(name) is kind for home in homes)


def _shape(value: Any) -> str:
    """Rows × columns; `-` of what has no dimension, or does not tell."""
    try:
        return " × ".join(map(str, value.shape)) or "-"
    except Exception:
        return "-"
