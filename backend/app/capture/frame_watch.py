"""Which variables hold a table that a cell made or changed, also in place.

Nothing is copied and nothing is kept alive. Of each table three things are remembered:

- which object it is, and of which objects it is made (pandas: axes and blocks; polars: names, types
  and shape). Assigning, inserting, dropping, renaming or sorting replaces some of them.
- a hash of its values: of all of them up to `fingerprint.WHOLE_LIMIT`, else of the first, the last
  and evenly spread rows. It is looked at again only if the cell can have reached the table: through
  its name, another name of it, a container, closure or object that holds it, or a function such as
  `exec` or `vars`, which reaches all.
- for tables too large to be hashed whole, whether the cell's code is written to change them in
  place under a name of theirs (`cell_names.mutated_names`). That counts as a change without
  looking.

A change is listed by the first cell that reaches the table after it. Mostly that is the cell that
made it; where it was made out of sight (by a thread, by an extension) it is a later one, even one
that only reads: late is better than never.

What can be missed: single values of a large table, set outside of the rows that are looked at and
not under a name of the table's own (in a function that was handed it, in the text of an `exec`); a
mutable object inside a table that changes itself; an array that was handed to pandas without a copy
and is changed from outside; a table that only deeply nested objects, or a C extension, hold.
What can be listed needlessly: a large table, where code that changes it was not reached or changed
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..runtime.cell_names import DYNAMIC
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
            stored: names whose object the cell's code is written to change in place.
            rebound: names that may be bound to another object than before; None looks at all.
        """
        frames = self._frames(namespace, namespace if rebound is None else rebound)
        if not frames:
            self._names, self._prints = {}, {}
            return []
        wanted = {id(frame) for frame in frames.values()}
        reached = wanted if touched & DYNAMIC else self._reached(namespace, touched, wanted)
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

    @staticmethod
    def _reached(
        namespace: Mapping[str, object], touched: frozenset[str], wanted: set[int]
    ) -> set[int]:
        values = (namespace[name] for name in touched if name in namespace)
        return reached_from(values, wanted, namespace)

    def _look(self, frame: Any, reached: bool, written: bool) -> tuple[Fingerprint, bool]:
        """The table as it is now, and whether it is another or changed."""
        known = self._prints.get(id(frame))
        if known is None or known.frame() is not frame:
            return Fingerprint.of(frame), True
        structure = known.compare(frame)
        if structure == "same" and not reached:
            return known, False
        now = Fingerprint.of(frame)
        if structure == "same":
            return now, now.values != known.values or (written and not now.whole)
        return now, structure == "changed" or now.values != known.values
