"""`In`, `Out`, `_` and their kin: what a notebook remembers of earlier cells, within bounds."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Mapping
from operator import is_
from pathlib import Path
from types import ModuleType
from typing import Any

Namespace = dict[str, Any]

RECENT = ("_", "__", "___")
"""Names of the values shown last."""
_LISTS = ("Out", "_oh")


class History:
    """Jupyter's history variables in a namespace.

    Older entries of `In` become empty text and those of `Out` disappear once there are too many,
    or once the values hold too many bytes; `_`, `__` and `___` hold the last three always, unless
    the user has given one of these names to something else.
    """

    def __init__(
        self, namespace: Namespace, *, length: int, size: int, folder: Path | None = None
    ) -> None:
        self._namespace = namespace
        self._length = length
        self._size = size
        self._held: deque[tuple[int, int]] = deque()
        self._bytes = 0
        self.inputs: list[str] = [""]
        """The code of each counted cell, as Python."""
        self.sources: list[str] = [""]
        """The same as the user wrote it."""
        self._numbered = range(0)
        """Cells whose source has a variable of its own."""
        self.outputs: dict[int, Any] = {}
        self.folders = [folder]
        """Where `%cd` has been."""
        self._recent: tuple[Any, ...] = ("", "", "")
        self._named = self._recent
        """What `_`, `__` and `___` were when they were last the history's."""
        namespace.update(self.names())
        self._fixed_names = (*self.names(), "get_ipython", "exit", "quit")

    def names(self) -> Namespace:
        """What the history is called in the namespace, with what it starts with."""
        lists = {"In": self.inputs, "_ih": self.inputs, "_dh": self.folders}
        lists |= dict.fromkeys(_LISTS, self.outputs)
        return lists | dict.fromkeys((*RECENT, "_i", "_ii", "_iii"), "")

    def add_input(self, count: int, source: str) -> None:
        """The cell with this execution count is about to run."""
        namespace = self._namespace
        namespace["_iii"], namespace["_ii"] = namespace.get("_ii", ""), namespace.get("_i", "")
        namespace["_i"] = self.sources[-1]
        for entries in (self.inputs, self.sources):
            entries.extend([""] * (count - len(entries)))
            entries.append(source)
        if "_i" in source and any(f"_i{digit}" in source for digit in range(1, 10)):
            self._name_inputs(count)
        if (old := count - self._length) > 0:
            self.inputs[old] = self.sources[old] = ""

    def _name_inputs(self, count: int) -> None:
        """Variables `_i7` for a cell that may speak of them: each would cost every other cell."""
        for number in self._numbered:
            self._namespace.pop(f"_i{number}", None)
        self._numbered = range(max(1, count - self._length + 1), count + 1)
        self._namespace.update((f"_i{number}", self.sources[number]) for number in self._numbered)

    def translate_input(self, count: int, python: str) -> None:
        """The cell's code turned out to be this in Python."""
        self.inputs[count] = python.rstrip("\n")

    def ways(self) -> dict[int, tuple[str, ...]]:
        """By which names code gets at the value that each cell has shown."""
        return {
            number: (f"_{number}", *_LISTS, *(RECENT if self._is_recent(value) else ()))
            for number, value in self.outputs.items()
        }

    def _is_recent(self, value: Any) -> bool:
        return any(value is recent for recent in self._recent)

    def own_names(self) -> frozenset[str]:
        """What is in the namespace because of the history."""
        outputs = (f"_{number}" for number in self.outputs)
        inputs = (f"_i{number}" for number in self._numbered)
        return frozenset((*self._fixed_names, *outputs, *inputs))

    def bring_back(
        self, count: int, sources: Mapping[int, str], outputs: Mapping[int, Any]
    ) -> None:
        """Remember what an earlier process did, up to the cell with this execution count."""
        for number in range(len(self.sources), count + 1):
            self.inputs.append(sources.get(number, ""))
            self.sources.append(sources.get(number, ""))
        for number in sorted(outputs):
            self.add_output(number, outputs[number])

    def forget(self) -> None:
        """Let go of every value that was shown."""
        for count, size in self._held:
            self._forget(count, size)
        self._held.clear()
        self._recent = self._named = ("", "", "")
        self._namespace.update(dict.fromkeys(RECENT, ""))

    def add_output(self, count: int, value: Any) -> None:
        """The cell with this execution count showed this value."""
        if value is self.outputs:
            return
        namespace = self._namespace
        self._recent = (value, *self._recent[:2])
        if all(map(is_, map(namespace.get, RECENT, self._named), self._named)):
            self._named = self._recent
            namespace.update(zip(RECENT, self._named, strict=True))
        self.outputs[count] = namespace[f"_{count}"] = value
        size = approximate_size(value)
        self._held.append((count, size))
        self._bytes += size
        while len(self._held) > self._length or (self._bytes > self._size and len(self._held) > 1):
            self._forget(*self._held.popleft())

    def _forget(self, count: int, size: int) -> None:
        self._bytes -= size
        self.outputs.pop(count, None)
        self._namespace.pop(f"_{count}", None)


def approximate_size(value: Any) -> int:
    """About how many bytes a value holds, at a cost that does not grow with it."""
    try:
        nbytes = getattr(value, "nbytes", None)
        if isinstance(nbytes, int):
            return nbytes
        if isinstance(value, str | bytes | bytearray | list | tuple | dict | set):
            return sys.getsizeof(value) + 64 * (len(value) if not isinstance(value, str) else 0)
        return _frame_size(value)
    except Exception:
        return 64


def _frame_size(value: Any) -> int:
    pandas: ModuleType | None = sys.modules.get("pandas")
    frame = getattr(pandas, "DataFrame", None)
    if frame is None or not isinstance(value, frame):
        return 64
    return sum(int(array.nbytes) for array in value._iter_column_arrays())
