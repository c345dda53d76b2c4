"""The classes of classes: READ_ONLY code may ask them and inherit by them, and make nothing."""

from __future__ import annotations

import abc
import enum
from functools import cache
from typing import Any

from .calls import guarded
from .refusal import refuse
from .watched import is_watched


class _Asked(type):
    """Lets the class that it stands for ask and be asked."""

    kind: type

    def __call__(cls, *args: Any) -> Any:
        if cls.kind is not type or len(args) != 1:
            raise refuse(f"Making a class by a call of {cls.kind.__name__!r}")
        return given(type(args[0]))

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls.kind)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls.kind)

    def __eq__(cls, other: object) -> bool:
        return other is cls or other is cls.kind

    def __hash__(cls) -> int:
        return hash(cls.kind)

    def __repr__(cls) -> str:
        return repr(cls.kind)


class TypeOf(metaclass=_Asked):
    """`type` for READ_ONLY code."""

    kind = type

    def __init_subclass__(cls) -> None:
        raise refuse("A metaclass")


class AbstractTypeOf(metaclass=_Asked):
    """`abc.ABCMeta` for it."""

    kind = abc.ABCMeta
    __init_subclass__ = TypeOf.__init_subclass__


class EnumTypeOf(metaclass=_Asked):
    """`enum.EnumMeta` for it."""

    kind = enum.EnumMeta
    __init_subclass__ = TypeOf.__init_subclass__


_STAND_INS: dict[Any, type] = {_Asked: TypeOf}
for _each in (TypeOf, AbstractTypeOf, EnumTypeOf):
    _each.__name__ = _each.kind.__name__
    _STAND_INS[_each.kind] = _each


def asked(kind: Any) -> Any:
    """The class itself, or what stands for it where its instances are classes.

    Raises:
        ReadOnlyError: nothing does.
    """
    if not issubclass(kind, type):
        return kind
    if isinstance(kind, _Asked):
        return kind
    if kind not in _STAND_INS:
        raise refuse("A metaclass other than ABCMeta and EnumMeta")
    return _STAND_INS[kind]


def given(kind: Any) -> Any:
    """The class of a value: with a look at arguments where a call of it by its name has one."""
    kind = asked(kind)
    if not is_watched(kind.__name__) or kind.__module__ == "__main__":
        return kind
    return _guarded(kind)


@cache
def _guarded(kind: type) -> Any:
    return guarded(None, kind.__name__, kind, str(kind.__module__).partition(".")[0])


def allowed_metaclass(kind: Any) -> Any:
    """The metaclass that a class statement names, if it is one of Python's own.

    Raises:
        ReadOnlyError: it could give classes what their body may not.
    """
    if isinstance(kind, _Asked):
        return kind.kind
    if kind not in _STAND_INS:
        raise refuse("A metaclass other than ABCMeta and EnumMeta")
    return kind
