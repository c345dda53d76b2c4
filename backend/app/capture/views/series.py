"""Columns of other libraries as pandas Series of the few types that views know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_DAYS = "days"


def from_arrow(column: Any) -> Any:
    """A pyarrow array as a Series that loses nothing that has to do with order."""
    import pandas
    import pyarrow

    types, kind = pyarrow.types, column.type
    if types.is_date(kind):
        unit = "s" if types.is_date32(kind) else "ms"
        return as_days(from_arrow(column.cast(pyarrow.timestamp(unit))))
    whole = pandas.Series(pandas.arrays.ArrowExtensionArray(_chunked(column)))
    if types.is_nested(kind):
        return whole
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return whole.astype("str")
    if types.is_boolean(kind):
        return whole.astype("boolean")
    if types.is_integer(kind) and column.null_count:
        return whole.astype(_nullable(kind))
    return column.to_pandas()


def from_objects(values: Sequence[object]) -> Any:
    """Python objects as they are."""
    import pandas

    return pandas.Series(values, dtype=object)


def as_days(series: Any) -> Any:
    """The Series with the note that its moments are days."""
    series.attrs[_DAYS] = True
    return series


def has_days(series: Any) -> bool:
    """Whether it has that note."""
    return _DAYS in series.attrs


def ordered_categories(codes: Any, categories: Sequence[str]) -> Any:
    """Text of few kinds that have an order of their own; -1 is none."""
    import pandas

    return pandas.Series(
        pandas.Categorical.from_codes(codes, pandas.Index(categories), ordered=True)
    )


def standard(series: Any) -> Any:
    """The Series with a type of pandas' own that means the same."""
    import pandas

    if isinstance(series.dtype, pandas.ArrowDtype):
        return from_arrow(series.array._pa_array)
    if isinstance(series.dtype, pandas.SparseDtype):
        return series.sparse.to_dense()
    if getattr(series.dtype, "byteorder", "=") == ">":
        return series.astype(series.dtype.newbyteorder("="))
    return series


def _chunked(column: Any) -> Any:
    import pyarrow

    return column if isinstance(column, pyarrow.ChunkedArray) else pyarrow.chunked_array([column])


def _nullable(kind: Any) -> Any:
    """Pandas' type of integers that may be missing: `Int64` for `int64`."""
    name = str(kind)
    return "UInt" + name[4:] if name.startswith("u") else "Int" + name[3:]
