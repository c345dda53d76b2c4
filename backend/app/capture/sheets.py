"""The first rows and columns of any library's table, at a cost that its size does not change."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import JsonValue

from ..models.tables import Column
from .json_cells import Cells, text

NAME_SEPARATOR = " / "
"""Between the levels of a column's name when it has several."""


@dataclass(frozen=True)
class Corner:
    """The upper left corner of a table, column by column."""

    columns: list[Column]
    values: list[list[JsonValue]]
    """Of each column, as many as there are rows in the corner."""
    rows: int
    total_rows: int | None
    """None where nobody has counted them."""
    total_columns: int
    cells: Cells
    """What said the values, and knows how many it had to null or cut."""
    dtypes: list[Any]
    """The library's own dtype of each column."""
    index_levels: int = 0
    """How many of the columns, from the left, are the index."""

    @property
    def truncated(self) -> bool:
        """Whether the table has more than this corner, in rows, columns or within a value."""
        if self.total_rows is None or self.rows < self.total_rows or self.cells.cut:
            return True
        return len(self.columns) < self.total_columns

    def by_row(self) -> list[list[JsonValue]]:
        """The values row by row; without columns, rows without values."""
        if not self.values:
            return [[] for _ in range(self.rows)]
        return [list(row) for row in zip(*self.values, strict=True)]


Reader = Callable[[Any, int, int], Corner]
"""A table, how many rows, how many columns."""


def read_pandas(frame: Any, rows: int, columns: int, *, default_index: bool = False) -> Corner:
    """A pandas DataFrame, its index in front unless it only counts the rows.

    Args:
        frame: the DataFrame.
        rows: how many rows at most.
        columns: how many columns at most, the index's levels included.
        default_index: whether to read an index that only counts the rows as well.
    """
    levels = _levels(frame.index, default_index)
    width = max(0, columns - levels)
    fits = len(frame) <= rows and frame.shape[1] <= width
    corner = frame if fits else frame.iloc[:rows, :width]  # to slice costs more than all the rest
    return _pandas_corner(corner.index, levels, columns, list(corner.items()), frame.shape)


def read_pandas_series(
    series: Any, rows: int, columns: int, *, default_index: bool = False
) -> Corner:
    """A pandas Series as a table of one column, with its index as `read_pandas` has it."""
    levels = _levels(series.index, default_index)
    head = series if len(series) <= rows else series.iloc[:rows]
    named = [("values" if series.name is None else series.name, head)]
    shape = len(series), 1
    return _pandas_corner(head.index, levels, columns, named[: max(0, columns - levels)], shape)


def _levels(index: Any, default_index: bool) -> int:
    """How many levels of an index are read as columns."""
    return 0 if only_counts(index) and not default_index else index.nlevels


def _pandas_corner(
    index: Any, levels: int, columns: int, parts: list[tuple[Any, Any]], shape: tuple[int, int]
) -> Corner:
    """The corner that these columns, with their names, and this index make of a table."""
    keys = [index.get_level_values(level) for level in range(levels)][:columns]
    names = [*index_names(index)[: len(keys)], *(column_name(name) for name, _ in parts)]
    series = [*keys, *(part for _, part in parts)]
    cells = Cells()
    return Corner(
        columns=[_column(name, part.dtype) for name, part in zip(names, series, strict=True)],
        values=[pandas_values(cells, part) for part in series],
        rows=len(index),
        total_rows=shape[0],
        total_columns=levels + shape[1],
        cells=cells,
        dtypes=[part.dtype for part in series],
        index_levels=len(keys),
    )


def read_styler(styler: Any, rows: int, columns: int) -> Corner:
    """The data behind a pandas Styler."""
    return read_pandas(styler.data, rows, columns)


def read_polars(frame: Any, rows: int, columns: int) -> Corner:
    """A polars DataFrame."""
    corner = frame[:rows, :columns]
    values = [series.to_list() for series in corner.iter_columns()]
    schema = list(corner.schema.items())
    return replace(_python_columns(schema, values, total=frame.shape), rows=corner.height)


def read_polars_series(series: Any, rows: int, columns: int) -> Corner:
    """A polars Series as a table of one column."""
    corner = read_polars(series.head(rows).to_frame(), rows, columns)
    return replace(corner, total_rows=len(series))


def read_lazy(frame: Any, _rows: int, columns: int) -> Corner:
    """The columns of a polars LazyFrame; its query is not run, so it has no rows.

    The schema is found by planning the query; a query that cannot be planned has no columns.
    """
    try:
        schema = list(frame.collect_schema().items())
    except Exception:  # the user's query may be wrong in any way; they learn it on collecting
        schema = []
    corner = _python_columns(schema[:columns], [[] for _ in schema[:columns]], (0, len(schema)))
    return replace(corner, total_rows=None)


def read_arrow(table: Any, rows: int, columns: int) -> Corner:
    """A pyarrow Table or RecordBatch."""
    corner = table.slice(0, rows)
    schema = [(entry.name, entry.type) for entry in table.schema][:columns]
    values = [arrow_values(corner.column(number)) for number in range(len(schema))]
    return _python_columns(schema, values, total=(table.num_rows, table.num_columns))


def read_records(array: Any, rows: int, columns: int) -> Corner:
    """A one-dimensional NumPy array with named fields."""
    head, names = array[:rows], array.dtype.names[:columns]
    schema = [(name, array.dtype[name]) for name in names]
    values = [list(head[name]) for name in names]
    return _python_columns(schema, values, total=(len(array), len(array.dtype.names)))


def column_name(label: Hashable) -> str:
    """A column's label as text; the levels of a MultiIndex joined, empty ones left out."""
    if type(label) is tuple:
        return NAME_SEPARATOR.join(filter(None, map(text, label)))
    return text(label)


def index_names(index: Any) -> list[str]:
    """The names of an index's levels, as pandas itself fills in those that have none."""
    unnamed = ["index"] if index.nlevels == 1 else [f"level_{n}" for n in range(index.nlevels)]
    return [
        given if name is None else column_name(name)
        for name, given in zip(index.names, unnamed, strict=True)
    ]


def only_counts(index: Any) -> bool:
    """Whether an index is the one that pandas makes when nobody asks for any."""
    pandas = sys.modules["pandas"]
    return (
        isinstance(index, pandas.RangeIndex)
        and index.start == 0
        and index.step == 1
        and index.name is None
    )


def pandas_values(cells: Cells, part: Any) -> list[JsonValue]:
    """The values of a pandas Series or Index."""
    values = part.tolist()
    if isinstance(part.dtype, sys.modules["numpy"].dtype) and part.dtype.itemsize <= 8:
        if part.dtype.kind == "f":
            return cells.floats(values)
        if part.dtype.kind in "iub":
            return cells.integers(values)
    return cells.column(values)


def arrow_values(column: Any) -> list[Any]:
    """The values of a pyarrow column, as Python has them."""
    try:
        return list(column.to_pylist())
    except ValueError:  # nanoseconds that Python's own datetime cannot hold
        return list(column.cast("string").to_pylist())


def _python_columns(
    schema: Sequence[tuple[str, Any]], values: list[list[Any]], total: tuple[int, int]
) -> Corner:
    cells = Cells()
    return Corner(
        columns=[_column(text(name), dtype) for name, dtype in schema],
        values=[cells.column(column) for column in values],
        rows=len(values[0]) if values else 0,
        total_rows=total[0],
        total_columns=total[1],
        cells=cells,
        dtypes=[dtype for _, dtype in schema],
    )


def _column(name: str, dtype: Any) -> Column:
    return Column(name=name, dtype=text(dtype))
