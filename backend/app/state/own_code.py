"""Which objects run code of their notebook when they are saved."""

from __future__ import annotations

import copyreg
from types import GetSetDescriptorType
from typing import Any

_mro = type.__dict__["__mro__"].__get__
_module = type.__dict__["__module__"].__get__
_contents = type.__dict__["__dict__"].__get__

_ASKED = frozenset({
    "__reduce__", "__reduce_ex__", "__getstate__", "__getnewargs__", "__getnewargs_ex__",
    "__getattr__", "__getattribute__", "__class__", "__dict__", "__iter__", "items",
    "__buffer__",
})  # fmt: skip
"""What a pickler, or a reducer in its place, looks up in an object."""


def has_own_code(kind: type) -> bool:
    """Whether a class that a cell defined, or a reducer from one, has a say in how it is saved."""
    if _defines(type(kind)):
        return True
    reducer: Any = copyreg.dispatch_table.get(kind)
    return _defines(kind) or getattr(reducer, "__module__", None) == "__main__"


def _defines(kind: type) -> bool:
    return any(
        type(_contents(base)[name]) is not GetSetDescriptorType  # that of every class
        for base in _mro(kind)
        if _module(base) == "__main__"
        for name in _ASKED.intersection(_contents(base))
    )
