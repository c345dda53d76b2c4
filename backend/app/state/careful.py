"""The slow way to save: whatever fails half-way is taken back and left out."""

from __future__ import annotations

import pickle
from typing import Any

from .saving import PROTOCOL, Saving, ends_all

_LINKS = 60
"""Objects at the end of a path that tell what it is a chain of."""


class CarefulPickler(Saving, pickle._Pickler):  # the one that is written in Python
    """Saves values of one notebook object by object.

    What an object is made from is saved whole or not at all; what it holds may have gaps. A chain
    that is too long for Python's stack is left out from its first link.
    """

    _path: list[tuple[type, bool]]
    """Types of the objects that are being saved, each within the one before, and whether what it
    is in was made from it or has it as its state."""

    def dump(self, obj: Any) -> None:
        self._path = []
        self._whole: dict[int, Any] = {}
        """Arguments and states, by id: none of them can have anything else in its place."""
        self._cut = 0
        """Where on the path the chain begins that was too long."""
        self.output.write(pickle.PROTO + bytes([PROTOCOL]))
        self.save(obj)
        self.output.write(pickle.STOP)
        self._whole.clear()

    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        mark = self.output.tell(), len(self.memo), len(self.buffers)
        depth = len(self._path)
        self._path.append((type(obj), id(obj) in self._whole))
        try:
            super().save(obj, save_persistent_id)  # type: ignore[misc]  # typeshed leaves it out
        except BaseException as error:
            if ends_all(error) or not self._may_lose(obj, error, depth):
                raise
            self._take_back(*mark)
            super().save_reduce(*self.leave_out(obj, error), obj=obj)  # type: ignore[misc]
        finally:
            del self._path[depth:]

    def save_reduce(
        self, func: Any, args: Any, state: Any = None, *rest: Any, **named: Any
    ) -> None:
        parts = (func, args, state, *(args if isinstance(args, tuple) else ()))
        parts += state if isinstance(state, tuple) else ()
        self._whole.update((id(part), part) for part in parts)
        super().save_reduce(func, args, state, *rest, **named)  # type: ignore[misc]

    def _may_lose(self, obj: Any, error: BaseException, depth: int) -> bool:
        if not depth or id(obj) in self._whole:
            return False
        if not isinstance(error, RecursionError):
            return True
        self._cut = self._cut or self._first_link()
        if depth > self._cut:
            return False
        self._cut = 0
        return True

    def _first_link(self) -> int:
        """How deep the part of the path begins that repeats the kinds of its end."""
        first = len(self._path) - 1
        if first < 2 * _LINKS:
            return first  # it is the object itself that does not come to an end
        repeated = set(self._path[-_LINKS:])
        while first > 1 and self._path[first - 1] in repeated:
            first -= 1
        return first

    def _take_back(self, end: int, known: int, buffers: int) -> None:
        self.output.seek(end)
        self.output.truncate()
        while len(self.memo) > known:
            self.memo.popitem()
        del self.buffers[buffers:]
