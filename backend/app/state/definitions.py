"""Classes and functions of a notebook that have a name: pickles point at them by a key."""

from __future__ import annotations

import itertools
import types
import weakref
from collections.abc import Iterable
from typing import Any

from .known import is_importable


class Registry:
    """The notebook's named classes and functions, by identity; none is kept alive."""

    def __init__(self) -> None:
        self._keys: dict[int, tuple[str, weakref.ref[Any]]] = {}
        self._taken: set[str] = set()
        """Keys from a snapshot; a number of our own is not given twice."""
        self._numbers = itertools.count(1)
        self.inside: frozenset[str] = frozenset()
        """Keys of those that are saved now, and so are not pointed at."""

    def key(self, value: type | types.FunctionType) -> str | None:
        """What pickles point at; None for what is saved now, or never had a name."""
        found = self._keys.get(id(value))
        if found is None or found[1]() is not value or found[0] in self.inside:
            return None
        return found[0]

    def keys(self, values: Iterable[Any]) -> frozenset[str]:
        """The keys of those values that are known."""
        found = ((value, self._keys.get(id(value))) for value in values)
        return frozenset(known[0] for value, known in found if known and known[1]() is value)

    def at(self, place: int) -> Any:
        """The class or function that has this id; None if there is none, or none any more."""
        found = self._keys.get(place)
        return None if found is None else found[1]()

    def add(self, value: Any, key: str | None = None) -> bool:
        """Make a value known if it is a class or function that cannot be imported.

        Returns:
            Whether it was not known before.
        """
        # Of its type, because what an object says of its class may be anything.
        if not issubclass(type(value), type | types.FunctionType) or is_importable(value):
            return False
        if key is None and self.key(value) is not None:
            return False
        if key is not None:
            self._taken.add(key)
        self._keys[id(value)] = key or self._new_key(), weakref.ref(value)
        return True

    def _new_key(self) -> str:
        return next(key for n in self._numbers if (key := f"d{n}") not in self._taken)
