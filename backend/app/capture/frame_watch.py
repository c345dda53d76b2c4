"""Which variables hold a table that a cell made or changed, also in place.

Nothing is copied and nothing is kept alive. Of each table three things are remembered:

- which object it is, and of which objects it is made (pandas: axes and blocks; polars: names, types
  and shape). Assigning, inserting, dropping, renaming or sorting replaces some of them.
- a hash of its values: of all of them up to `fingerprint.WHOLE_LIMIT`, else of the first, the last
  and evenly spread rows. It is looked at again only if the cell can have reached the table: through
  its name, another name of it, or a container, closure or object that holds it.
- for tables too large to be hashed whole, whether the cell's code assigns to an item or attribute
  of them. That counts as a change without looking.

What can be missed: single values of a large table, set through something else than its own name
in the cell's code and outside of the rows that are looked at; a mutable object inside a table that
changes itself; an array that was handed to pandas without a copy and is changed from outside; a
table that only deeply nested objects, or a C extension, hold.
What can be listed needlessly: a large table, where code that assigns to it was not reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .fingerprint import Fingerprint, table_classes
from .reach import reached_from

_NOTHING: frozenset[str] = frozenset()


class FrameWatch:
    """One notebook's tables as they were at the end of the last cell."""

    def __init__(self) -> None:
        self._names: dict[str, int] = {}
        self._prints: dict[int, Fingerprint] = {}

    @property
    def names(self) -> Mapping[str, object]:
        """Variables that held a table at the end of the last cell."""
        return self._names

    def changed(
        self,
        namespace: Mapping[str, object],
        *,
        touched: frozenset[str] = _NOTHING,
        stored: frozenset[str] = _NOTHING,
        rebound: Iterable[str] | None = None,
    ) -> list[str]:
        """Names whose table is new under this name or changed since the last call.

        Names with a leading underscore are private to the notebook and not listed.

        Args:
            namespace: the notebook's variables.
            touched: global names that the cell mentions, also in functions that it calls.
            stored: names at the root of the cell's assignments to items and attributes.
            rebound: names that may be bound to another object than before; None looks at all.
        """
        frames = self._frames(namespace, namespace if rebound is None else rebound)
        if not frames:
            self._names, self._prints = {}, {}
            return []
        wanted = {id(frame) for frame in frames.values()}
        reached = reached_from(
            (namespace[name] for name in touched if name in namespace), wanted, namespace
        )
        written = {id(frames[name]) for name in stored if name in frames}
        news = {
            id(frame): self._look(frame, id(frame) in reached, id(frame) in written)
            for frame in frames.values()
        }
        before, self._names = self._names, {name: id(frame) for name, frame in frames.items()}
        self._prints = {key: fingerprint for key, (fingerprint, _) in news.items()}
        return [
            name for name, key in self._names.items() if news[key][1] or before.get(name) != key
        ]

    def _frames(self, namespace: Mapping[str, object], names: Iterable[str]) -> dict[str, Any]:
        classes = table_classes()
        if not classes:
            return {}
        frames = {}
        for name in (*self._names, *names):
            value = namespace.get(name)
            if issubclass(type(value), classes) and name[:1] != "_":
                frames[name] = value
        return frames

    def _look(self, frame: Any, reached: bool, written: bool) -> tuple[Fingerprint, bool]:
        """The table as it is now, and whether it is another or changed."""
        known = self._prints.get(id(frame))
        if known is None or known.frame() is not frame:
            return Fingerprint.of(frame), True
        structure = known.compare(frame)
        if structure == "same" and not reached and not written:
            return known, False
        now = Fingerprint.of(frame)
        if structure == "same":
            return now, now.values != known.values or (written and not now.whole)
        return now, structure == "changed" or now.values != known.values
