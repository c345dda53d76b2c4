"""Classes by value, made again without a run of the code that watches their making."""

from __future__ import annotations

import abc
import enum
import operator
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from .c_types import AT_BIRTH, FIELD, FIELDS, is_c_type
from .enums import bare_members, members, put_members

_AT_BIRTH = ("__slots__", "__module__")
"""Attributes that only mean something when the class is made."""
_NOTES = ("_abc_impl", "__slotnames__")
"""What Python notes down about a class."""
_HOOK = "__init_subclass__"
_HEAP_TYPE, _IMMUTABLE_TYPE = 1 << 9, 1 << 8
_NOT_GENERIC: Mapping[str, Any] = {"origin": None}
_SET_BY_ANOTHER_NAME = {
    "__annotate_func__": "__annotate__",
    "__annotations_cache__": "__annotations__",
}


def reduce_class(cls: type) -> tuple[Any, ...]:
    """A class that is filled in once it is known, so that it may refer to itself."""
    generic = vars(cls).get("__pydantic_generic_metadata__", _NOT_GENERIC)
    if generic["origin"] is not None:
        return operator.getitem, (generic["origin"], generic["args"])
    attributes = _attributes(cls)
    needed = (*_AT_BIRTH, *AT_BIRTH) if is_c_type(cls) else _AT_BIRTH
    at_birth = {name: attributes.pop(name) for name in needed if name in attributes}
    at_birth["__qualname__"] = cls.__qualname__
    own = members(cls) if issubclass(cls, enum.Enum) else {}
    args = (type(cls), cls.__name__, cls.__bases__, at_birth, bare_members(own))
    state = (attributes, _registered(cls), [vars(member) for member in own.values()])
    return make_class, args, state, None, None, fill_class


def make_class(
    metaclass: type,
    name: str,
    bases: tuple[type, ...],
    at_birth: Mapping[str, Any],
    bare: Sequence[tuple[Any, ...]],
) -> type:
    """A class without its attributes; neither metaclass nor bases are told of it.

    They were told when it was made first: what they made of that is in their own state.
    """
    own, at_birth = _own_way(metaclass), dict(at_birth)
    with _hushed(bases):
        cls: type = own.__new__(metaclass, name, bases, at_birth)
        own.__init__(cls, name, bases, at_birth)
    put_members(cls, bare)
    return cls


def fill_class(cls: type, state: tuple[Mapping[str, Any], list[type], list[Any]]) -> None:
    """Give the class its attributes past whatever its metaclass does when one is set."""
    attributes, registered, members_state = state
    put = _own_way(type(cls)).__setattr__
    if members_state:
        for member, own in zip(vars(cls)["_bare_"].values(), members_state, strict=True):
            member.__dict__.update(own)
        type.__delattr__(cls, "_bare_")
    for name, value in attributes.items():
        put(cls, _SET_BY_ANOTHER_NAME.get(name, name), value)
    for subclass in registered:
        abc.ABCMeta.register(cls, subclass)  # type: ignore[arg-type]  # only ABCs have any


def is_built_in(cls: type) -> bool:
    """Whether a class was not made by Python code, and cannot be by any."""
    return cls.__flags__ & (_HEAP_TYPE | _IMMUTABLE_TYPE) != _HEAP_TYPE


def _own_way(metaclass: type) -> Any:
    """The class of classes that does what Python code cannot, and nothing else."""
    return next(cls for cls in metaclass.__mro__ if cls is abc.ABCMeta or is_built_in(cls))


def _attributes(cls: type) -> dict[str, Any]:
    """What the class itself has, without what belongs to its place in memory.

    Fields of a structure come last: what else stands in it says how they lie.
    """
    own = {name: value for name, value in vars(cls).items() if not _is_layout(cls, name, value)}
    fields = {FIELDS: own.pop(FIELDS)} if FIELDS in own and is_c_type(cls) else {}
    return own | fields


def _is_layout(cls: type, name: str, value: Any) -> bool:
    descriptor = isinstance(value, types.GetSetDescriptorType | types.MemberDescriptorType)
    return name in _NOTES or type(value) is FIELD or (descriptor and value.__objclass__ is cls)


def _registered(cls: type) -> list[type]:
    """Classes that were declared to be subclasses."""
    if not isinstance(cls, abc.ABCMeta):
        return []
    references, *_ = abc._get_dump(cls)  # type: ignore[attr-defined]
    return [found for reference in references if (found := reference()) is not None]


@contextmanager
def _hushed(bases: Iterable[type]) -> Iterator[None]:
    """The bases do not hear of subclasses meanwhile."""
    with ExitStack() as stack:
        for owner in {_hook_owner(base) for base in bases} - {object}:
            stack.enter_context(_without_hook(owner))
        yield


def _hook_owner(base: type) -> type:
    return next(cls for cls in base.__mro__ if _HOOK in vars(cls))


@contextmanager
def _without_hook(owner: type) -> Iterator[None]:
    own = vars(owner)[_HOOK]
    type.__setattr__(owner, _HOOK, classmethod(_hear_nothing))
    try:
        yield
    finally:
        type.__setattr__(owner, _HOOK, own)


def _hear_nothing(_: type, /, **__: Any) -> None:
    """In place of a hook."""
