"""Types of `ctypes`, those of a notebook and those derived from others, and their values."""

from __future__ import annotations

import ctypes
import operator
from typing import Any

from .known import is_importable
from .lost import ADDRESS, refuse


class _Sample(ctypes.Structure):
    _fields_ = (("n", ctypes.c_int),)


FIELD = type(vars(_Sample)["n"])
"""What a structure has for each field, once it is told of its fields."""
FIELDS = "_fields_"
AT_BIRTH = ("_type_", "_length_", "_flags_", "_restype_", "_argtypes_")
"""Attributes that a type of C cannot be made without."""
_Array, _Pointer, _Simple = ctypes.Array, ctypes._Pointer, ctypes._SimpleCData
_Function: Any = ctypes.CFUNCTYPE(None).__base__
_Data: Any = ctypes.c_int.__mro__[-2]
_StructType: Any = type(ctypes.Structure)
_BASES = (ctypes.Structure, ctypes.Union, _Array, _Pointer, _Simple, _Function)
_HIDDEN: dict[type, tuple[Any, ...]] = {
    _Data: (getattr, (ctypes.Structure, "__base__")),
    _StructType.__base__: (getattr, (_StructType, "__base__")),  # `type` itself until Python 3.13
    **{type(base): (type, (base,)) for base in _BASES},
}
_USE_ERRNO = 8
_ORDERS = (("__ctype_le__", "__ctype_be__"), ("__ctype_be__", "__ctype_le__"))


def is_c_type(cls: type) -> bool:
    """Whether its values are memory of C."""
    return issubclass(cls, _Data)


def reduce_hidden(cls: type) -> tuple[Any, ...] | None:
    """How to find a class of `ctypes` that no module has; None of any other."""
    return _HIDDEN.get(cls)


def reduce_derived(cls: Any) -> tuple[Any, ...] | None:
    """How to have a type again that `ctypes` makes of others; None if it is one of its own."""
    if issubclass(cls, _Array) and cls is cls._type_ * cls._length_:
        return operator.mul, (cls._type_, cls._length_)
    if issubclass(cls, _Pointer) and cls is ctypes.POINTER(getattr(cls, "_type_", None)):
        return ctypes.POINTER, (cls._type_,)
    if issubclass(cls, _Simple):
        return _reduce_swapped(cls)
    if issubclass(cls, _Function):
        args = (cls._restype_, cls._argtypes_, bool(cls._flags_ & _USE_ERRNO))
        return (function_type, args) if cls is function_type(*args) else None
    return None


def function_type(result: Any, arguments: tuple[Any, ...], use_errno: bool) -> Any:
    """A type of functions of C."""
    return ctypes.CFUNCTYPE(result, *arguments, use_errno=use_errno)


def _reduce_swapped(cls: Any) -> tuple[Any, ...] | None:
    """A number whose bytes are in the order of other machines."""
    for name, other in _ORDERS:
        native = getattr(cls, other, cls)
        if native is not cls and is_importable(native) and getattr(native, name) is cls:
            return getattr, (native, name)
    return None


def reduce_data(value: Any) -> Any:
    """A copy of the memory, unless that is a part of another value's."""
    base = value._b_base_
    if base is not None:
        return part_of, (type(value), base, ctypes.addressof(value) - ctypes.addressof(base))
    try:
        reduced = value.__reduce__()
    except ValueError:  # there are addresses in it
        return refuse(value, ADDRESS)
    return reduced if value._b_needsfree_ else refuse(value, ADDRESS)


def part_of(kind: Any, base: Any, offset: int) -> Any:
    """A value in the memory of another one."""
    return kind.from_buffer(base, offset)
