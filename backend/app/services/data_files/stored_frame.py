"""DataFrames as pandas' `to_hdf` stores them in its fixed format: blocks of columns of one type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import JsonValue

from ...capture.json_cells import Cells
from ...models.files import FileColumn, FileTable
from .array_table import MOST_BYTES
from .bounds import CELLS, COLUMNS, ROWS, short
from .extra import library

_MOST_COLUMNS = 10_000
_UNREAD = "(not read)"


def stored_frame(name: str, group: Any, first: Callable[[Any, int], Any]) -> FileTable | None:
    """The frame that an HDF5 group is; None if it is none, or not one as pandas writes it.

    Args:
        name: of the group.
        group: h5py's.
        first: reads so many rows from the beginning of a data set.
    """
    if _text(group.attrs.get("pandas_type", "")) != "frame":
        return None
    try:
        return _Frame(group, first).table(short(name))
    except (KeyError, IndexError, OSError, ValueError, TypeError, AttributeError):
        return None


class _Frame:
    """One group.

    `axis0` are the columns, `axis1` is the index, `block0_items` and `block0_values` are some of
    the columns and their values. An empty array is one value with an attribute `shape`.
    """

    def __init__(self, group: Any, first: Callable[[Any, int], Any]) -> None:
        self._group = group
        self._first = first
        self._types: dict[str, str] = {}
        self._heads: dict[str, list[JsonValue]] = {}
        index = group["axis1"] if "axis1" in group else group["axis1_label0"]
        self._rows = 0 if "shape" in index.attrs else int(index.shape[0])

    def table(self, name: str) -> FileTable | None:
        """Its columns in their order; None if several bear one name."""
        names = self._names("axis0")
        if len(set(names)) < len(names):
            return None
        for block in range(int(self._group.attrs["nblocks"])):
            self._take(self._names(f"block{block}_items"), self._group[f"block{block}_values"])
        unread: list[JsonValue] = [_UNREAD] * min(ROWS, self._rows)
        heads = [self._heads.get(each, unread) for each in names[:CELLS]]
        return FileTable(
            name=name,
            rows=self._rows,
            total_columns=len(names),
            columns=[FileColumn(name=short(n), type=self._types[n]) for n in names[:COLUMNS]],
            head=[list(row) for row in zip(*heads, strict=True)],
        )

    def _names(self, key: str) -> list[str]:
        axis = self._group[key]
        if axis.shape[0] > _MOST_COLUMNS:
            raise ValueError
        return [_text(each) for each in axis[:]]

    def _take(self, names: list[str], values: Any) -> None:
        """The type and the first values of the columns of a block; not of Python objects."""
        kind = _text(values.attrs.get("value_type", values.dtype))
        self._types |= dict.fromkeys(names, short(kind))
        row_bytes = values.dtype.itemsize * len(names)
        if values.dtype.hasobject or not self._rows or row_bytes * ROWS > MOST_BYTES:
            return
        head = library("numpy").asarray(self._first(values, min(ROWS, self._rows)))
        if kind.startswith(("datetime64", "timedelta64")):
            head = head.view(kind if "[" in kind else f"{kind}[ns]")
        for place, name in enumerate(names):
            self._heads[name] = Cells().column(head[:, place])


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
