"""A second look at small values of Python's own types, at a fraction of the cost of the first."""

from __future__ import annotations

import pickle
from collections.abc import Collection
from io import BytesIO
from typing import Any

from blake3 import blake3

from .identity import shareable_builtins
from .known import PROLOGUE, Space
from .owned import remembered
from .saving import PROTOCOL

_MOST = 64 * 1024
"""Bytes of a pickle that is small."""


class _NotQuickError(Exception):
    """It has to be looked at properly."""


class _PlainPickler(pickle.Pickler):
    """Writes what `StatePickler` does, as long as it meets nothing but Python's own types."""

    __slots__ = ()

    def reducer_override(self, obj: object) -> Any:
        raise _NotQuickError


class _SmallOutput(BytesIO):
    def write(self, data: Any, /) -> int:
        if self.tell() + len(data) > _MOST:
            raise _NotQuickError
        return super().write(data)


class QuickLook:
    """Sees what a pickle would be, and which objects would be in it.

    One pickler does for all. No code of anybody's runs, and nothing is made for the pickle alone.
    """

    def __init__(self, space: Space) -> None:
        self._known = {id(value): (place, value) for place, value in enumerate(space.known)}
        self._output = _SmallOutput()
        self._pickler = _PlainPickler(self._output, PROTOCOL)

    def at(self, values: Collection[Any]) -> tuple[bytes, frozenset[int]] | None:
        """Digest and members of the pickle of some values; None if they are not small and plain."""
        self._output.seek(0)
        self._output.truncate()
        self._output.write(PROLOGUE)
        self._pickler.memo = self._known
        try:
            self._pickler.dump(tuple(values))
            # The pickler's own things are of no type that is shared.
            members = frozenset(map(id, shareable_builtins(remembered(self._pickler))))
        except (_NotQuickError, RecursionError):
            return None
        finally:
            self._pickler.clear_memo()
        return blake3(self._output.getvalue()).digest(), members.difference(self._known)
