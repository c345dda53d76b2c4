"""Members of enumerations, which are there before the class can be asked for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

_BARE = "_bare_"
"""Where a class has its members between the making of it and its filling in."""


def reduce_member(member: Enum) -> tuple[Any, ...]:
    """A member of an enumeration that is saved by value."""
    return find_member, (type(member), _key(member))


def find_member(cls: type[Enum], key: Any) -> Enum:
    """The member of this name; the combination of flags that has this value."""
    bare: Mapping[Any, Enum] = vars(cls).get(_BARE, {})
    if key in bare:
        return bare[key]
    return cls[key] if isinstance(key, str) else cls(key)


def members(cls: type[Enum]) -> Mapping[Any, Enum]:
    """All members by key, with the combinations of flags that were asked for so far."""
    named = {_key(member): member for member in cls._member_map_.values()}
    met = cls._value2member_map_.values()
    return named | {_key(member): member for member in met}


def bare_members(own: Mapping[Any, Enum]) -> list[tuple[Any, ...]]:
    """What `put_members` needs to know of each."""
    return [(key, _mixed_in(member), *_content(member)) for key, member in own.items()]


def put_members(cls: type, bare: Iterable[tuple[Any, ...]]) -> None:
    """Make the members, whose attributes follow with those of the class."""
    made = {key: base.__new__(cls, *content) for key, base, *content in bare}
    if made:
        type.__setattr__(cls, _BARE, made)


def _key(member: Enum) -> Any:
    name = member._name_
    return name if type(member)._member_map_.get(name) is member else member._value_


def _mixed_in(member: Enum) -> Any:
    """The type that gives a member its value, such as `int`; `object` if there is none."""
    return vars(type(member))["_member_type_"]


def _content(member: Enum) -> tuple[Any, ...]:
    """What the type that is mixed in makes its part of a member of."""
    base = _mixed_in(member)
    if hasattr(base, "__getnewargs__"):
        return tuple(base.__getnewargs__(member))
    if base.__reduce__ is object.__reduce__:
        return ()
    return tuple(base.__reduce__(member)[1])
