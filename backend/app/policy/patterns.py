"""Patterns of classes: what they take out of what they match goes through the guards, too.

Python reads the attributes itself, past every guard, once it was told that a value is an instance.
So a class that has attributes taken out gets a stand-in for that pattern, whose answer to this
question is the look at what will be taken.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import local
from types import MappingProxyType, ModuleType
from typing import Any
from weakref import ReferenceType, WeakKeyDictionary, ref

from . import vocabulary
from .attributes import read
from .refusal import refuse
from .watched import is_watched

SELF_MATCHING = (
    bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple,
)  # fmt: skip
"""Classes whose one position is the value itself."""


def check_taken(name: str) -> None:
    """Refuse a name of which only a guard may say what to make of it.

    Raises:
        ReadOnlyError: it is one.
    """
    if name.startswith("_") or is_watched(name) or not vocabulary.may_read_attribute(name):
        raise refuse(f"Taking the attribute {name!r} out of a pattern")


class _Taking(type):
    """Stands for a class whose instances have attributes taken out by a pattern."""

    kind: ReferenceType[type]
    names: tuple[str, ...]

    def __instancecheck__(cls, instance: Any) -> bool:
        kind = cls.kind()
        if kind is None or not isinstance(instance, kind):
            return False
        for name in cls.names:
            _check_value(instance, name)
        return True


class Patterns:
    """The stand-ins that the next pattern of this thread asks for, under its own names."""

    def __init__(self) -> None:
        self._held = local()

    def hold(self, key: str, find: Callable[[], Any], positions: int, *names: str) -> bool:
        """Make a stand-in known; never true, as it is asked in place of a condition.

        Args:
            key: of the stand-in.
            find: gives the class; what it raises is raised where the pattern asks for it.
            positions: how many attributes are taken out without a name.
            names: of the others.
        """
        try:
            found = _taking(find(), positions, names)
        except Exception as error:
            found = error.with_traceback(None)
        vars(self._held)[key] = found
        return False

    def __getattr__(self, key: str) -> Any:
        found = vars(self._held)[key]
        if isinstance(found, Exception):
            raise found
        return found


def _taking(kind: Any, positions: int, names: tuple[str, ...]) -> Any:
    """What stands for the class; the class itself where nothing is taken out, or it is none."""
    if not isinstance(kind, type):
        return kind
    numbered = getattr(kind, "__match_args__", None)
    if numbered is None and issubclass(kind, SELF_MATCHING) and positions == 1 and not names:
        return kind
    known = _KNOWN.setdefault(kind, {})
    numbered = tuple(numbered or ())
    asked = (numbered, positions, names)
    if asked not in known:
        taken = (*numbered[:positions], *names)
        for name in taken:
            check_taken(name)
        about = {"kind": ref(kind), "names": taken, "__match_args__": numbered}
        known[asked] = _Taking(kind.__name__, (), about)
    return known[asked]


_KNOWN: WeakKeyDictionary[type, dict[Any, _Taking]] = WeakKeyDictionary()


def _check_value(instance: Any, name: str) -> None:
    """Refuse what a guard would not give away as it is."""
    if isinstance(instance, ModuleType):
        raise refuse(f"Taking {name!r} out of a module by a pattern")
    try:
        found = read(instance, name)
    except AttributeError:
        return  # the pattern will see that itself
    if type(found) is MappingProxyType:
        raise refuse(f"Taking {name!r} out of a pattern")
