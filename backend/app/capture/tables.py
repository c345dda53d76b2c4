"""Tables: which values are some, and the bounded preview of one that goes into the result.

| value | becomes |
| --- | --- |
| pandas DataFrame, Styler | its columns, the index in front unless it only counts the rows |
| pandas Series | the same with one column |
| polars DataFrame, Series | its columns |
| polars LazyFrame | its columns without rows; the query is never run |
| pyarrow Table, RecordBatch | its columns |
| NumPy array of records | its fields |

Column names are text, the levels of a MultiIndex joined by ` / `, duplicates kept. How a single
value is said in JSON is `json_cells.Cells`'s promise. `total_columns` counts an index's levels
where they come as columns, so that it compares with `columns`.
"""

from __future__ import annotations

import sys
from typing import Any, Literal

from ..models.tables import Table
from ..settings import Settings
from .sheets import (
    Reader,
    read_arrow,
    read_lazy,
    read_pandas,
    read_pandas_series,
    read_polars,
    read_polars_series,
    read_records,
    read_styler,
)

_READERS: tuple[tuple[str, str, Reader], ...] = (
    ("pandas", "DataFrame", read_pandas),
    ("pandas", "Series", read_pandas_series),
    ("pandas.io.formats.style", "Styler", read_styler),
    ("polars", "DataFrame", read_polars),
    ("polars", "Series", read_polars_series),
    ("polars", "LazyFrame", read_lazy),
    ("pyarrow", "Table", read_arrow),
    ("pyarrow", "RecordBatch", read_arrow),
    ("numpy", "ndarray", read_records),
)


def is_table(value: object) -> bool:
    """Whether `preview` can show this value as a table."""
    return _reader(value) is not None


def preview(
    value: Any,
    settings: Settings,
    *,
    name: str | None,
    source: Literal["display", "variable"],
    handle: str | None = None,
) -> Table:
    """The upper left corner of a table.

    Args:
        value: something for which `is_table` holds.
        settings: how many rows and columns.
        name: the variable that holds it, if any.
        source: whether it was shown or left in a variable.
        handle: by which windows of it can be asked for.

    Raises:
        TypeError: the value is no table.
    """
    reader = _reader(value)
    if reader is None:
        raise TypeError(f"{type(value).__qualname__} is no table")
    corner = reader(value, settings.table_rows, settings.table_columns)
    return (
        Table.model_construct(  # the values are strict JSON already: checking costs as much again
            name=name,
            source=source,
            columns=corner.columns,
            rows=corner.by_row(),
            total_rows=corner.total_rows,
            total_columns=corner.total_columns,
            handle=handle,
            truncated=corner.truncated,
            nulled=corner.cells.nulled,
        )
    )


def _reader(value: object) -> Reader | None:
    for library, name, reader in _READERS:
        cls = getattr(sys.modules.get(library), name, None)
        if cls is not None and issubclass(type(value), cls):
            return reader if reader is not read_records or _has_fields(value) else None
    return None


def _has_fields(array: Any) -> bool:
    return bool(array.ndim == 1 and array.dtype.names)
