"""An array as a table: its first axis are the rows, its second or its fields the columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import JsonValue

from ...capture.json_cells import Cells
from ...models.files import FileColumn, FileTable
from .bounds import CELLS, COLUMNS, ROWS, short

MOST_BYTES = 2**20
"""Of the first rows, beyond which they are not read."""


def array_table(
    name: str | None, shape: tuple[int, ...], dtype: Any, first: Callable[[int], Any]
) -> FileTable | None:
    """The table of an array with one or two axes; None for others.

    Args:
        name: of the array.
        shape: its axes.
        dtype: NumPy's.
        first: reads so many rows from the beginning.
    """
    if len(shape) not in (1, 2) or (len(shape) == 2 and dtype.names):
        return None
    columns = _columns(shape, dtype)
    rows = min(ROWS, shape[0])
    row_bytes = dtype.itemsize * (shape[1] if len(shape) == 2 else 1)
    readable = rows and row_bytes * rows <= MOST_BYTES and not dtype.hasobject
    return FileTable(
        name=name,
        rows=shape[0],
        total_columns=len(dtype.names or ()) or (shape[1] if len(shape) == 2 else 1),
        columns=columns,
        head=_head(first(rows)) if readable else [],
    )


def shape_text(shape: tuple[int, ...], dtype: Any) -> str:
    """Type and axes: `float64 3 × 4`."""
    kind = f"{len(dtype.names)} fields" if dtype.names else str(dtype)
    if dtype.hasobject:
        kind = "objects (not read)"
    return short(f"{kind} {' × '.join(map(str, shape)) or 'scalar'}")


def _columns(shape: tuple[int, ...], dtype: Any) -> list[FileColumn]:
    if dtype.names:
        fields = [(str(name), _kind(dtype.fields[name][0])) for name in dtype.names[:COLUMNS]]
    elif len(shape) == 2:
        fields = [(str(place), str(dtype)) for place in range(min(shape[1], COLUMNS))]
    else:
        fields = [("value", str(dtype))]
    return [FileColumn(name=short(name), type=short(kind)) for name, kind in fields]


def _kind(dtype: Any) -> str:
    """Of a field, which may hold an array itself."""
    base, shape = dtype.subdtype or (dtype, ())
    size = " × ".join(map(str, shape))
    return str(base) if size in ("", "1") else f"{base} {size}"


def _head(values: Any) -> list[list[JsonValue]]:
    rows = [list(row) if _is_row(row) else [row] for row in values]
    return [Cells().column(_plain(cell) for cell in row[:CELLS]) for row in rows]


def _is_row(value: Any) -> bool:
    return bool(getattr(getattr(value, "dtype", None), "names", None)) or (
        getattr(value, "ndim", 0) == 1
    )


def _plain(cell: Any) -> Any:
    """Text of fixed length, as HDF5 keeps it, as text; an array of one value as that value."""
    if getattr(cell, "ndim", 0) and cell.size == 1:
        cell = cell.reshape(-1)[0]
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell
