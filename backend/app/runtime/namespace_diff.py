"""What a cell did to its namespace: names added, bound anew, removed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from operator import is_
from types import CodeType, FunctionType
from typing import Any

from ..models.notebook import StateChange
from .cell_names import bound_names
from .execution import speakable

_UNLISTED = frozenset(
    {
        "__annotate__",
        "__annotations__",
        "__conditional_annotations__",
        "__doc__",
        "__loader__",
        "__package__",
        "__spec__",
        "__warningregistry__",
    }
)
"""Names that Python itself binds when a cell is run, or a module is made."""
_OF_HISTORY = re.compile(r"_{1,3}|_i{1,3}|_i?\d+|_[dio]h|In|Out")
"""Names that count where the cell itself binds them: `%reset` renews them, too."""
UNCHANGED = StateChange()
"""What most cells that only look do."""

_SIMPLE = frozenset({int, float, str, bytes, bool, type(None), complex})


class _Released:
    """Stands for the old value of a name that the cell binds itself, so that it can be freed."""


_RELEASED = _Released()


def is_name(key: object) -> bool:
    """Whether a key of a namespace can be told as a name: cells may put anything there."""
    return isinstance(key, str) and speakable(key) is key


def resized_names(code: CodeType, namespace: Mapping[str, Any]) -> frozenset[str]:
    """Names in code, and in functions that it names, that has to do with `ndarray.resize`."""
    values = [namespace[name] for name in code.co_names if name in namespace]
    codes = [code, *(value.__code__ for value in values if type(value) is FunctionType)]
    return frozenset(n for each in codes if "resize" in each.co_names for n in each.co_names)


class NamespaceDiff:
    """The namespace before the cell, to be compared with what it is after.

    Old values are held so that a new object at an old address is told from it; those that the
    cell's own code binds anew are let go, or a cell could not make room for a new big value. So
    are those that it may resize: NumPy refuses to where anybody else holds the array.
    """

    def __init__(self, namespace: Mapping[str, Any], codes: Iterable[CodeType]) -> None:
        before = self._before = dict(namespace)
        self._codes = tuple(codes)
        for code in self._codes:
            if any(type(before[name]) not in _SIMPLE for name in code.co_names if name in before):
                for name in (bound_names(code) | resized_names(code, before)) & before.keys():
                    if type(before[name]) not in _SIMPLE:
                        before[name] = _RELEASED

    def change(self, namespace: Mapping[str, Any]) -> StateChange:
        """Names in the order in which the namespace has them."""
        before = self._before
        if len(before) == len(namespace) and all(map(is_, before.values(), namespace.values())):
            return UNCHANGED
        added = [n for n in namespace if n not in before]
        removed = [n for n in before if n not in namespace]
        changed = [n for n, value in before.items() if namespace.get(n, value) is not value]
        return StateChange(
            added=self._told(added), changed=self._told(changed), removed=self._told(removed)
        )

    def _told(self, names: Iterable[Any]) -> list[str]:
        return [n for n in names if is_name(n) and n not in _UNLISTED and self._is_own(n)]

    def _is_own(self, name: str) -> bool:
        """Whether it is a variable of the notebook's, not of its history."""
        return _OF_HISTORY.fullmatch(name) is None or name in self._bound

    @cached_property
    def _bound(self) -> set[str]:
        """Names that the cell's own code binds; most cells need not be asked."""
        return set().union(*map(bound_names, self._codes))
