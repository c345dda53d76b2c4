"""What windows, profiles and files are made of: any library's table, column by column."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from pydantic import JsonValue

from ...errors import UnknownTableError
from ...models.tables import WindowColumn
from ...runtime.assistance.live import mro, name_of_class, one_of
from ..json_cells import Cells
from .arrow_source import ArrowSource
from .pandas_source import frame_source, series_source, styler_source
from .polars_source import PolarsSource, polars_series_source
from .records_source import RecordsSource

Rows = Any
"""A slice, or a NumPy array of row numbers."""


class Source(Protocol):
    """A table that can be read in pieces. It holds the table: let it go soon.

    Columns are told by their position; levels of an index come first.
    """

    height: int
    width: int

    def names(self) -> Sequence[str]:
        """What the columns are called; a name may occur twice."""

    def column(self, position: int) -> WindowColumn:
        """One column, without its values."""

    def cells(self, rows: Rows, positions: Sequence[int], cells: Cells) -> list[list[JsonValue]]:
        """The values of these rows in each of these columns."""

    def series(self, position: int) -> Any:
        """A whole column as a pandas Series, copied only if it has to be."""

    def part(self, rows: Rows) -> Source:
        """These rows of it, as a table of their own."""

    def arrow(self, position: int) -> Any:
        """A whole column as a pyarrow array.

        Raises:
            pyarrow.ArrowException, TypeError: Arrow cannot say it.
        """


_SOURCES: tuple[tuple[str, str, Callable[[Any], Source]], ...] = (
    ("pandas", "DataFrame", frame_source),
    ("pandas", "Series", series_source),
    ("pandas.io.formats.style", "Styler", styler_source),
    ("polars", "DataFrame", PolarsSource),
    ("polars", "Series", polars_series_source),
    ("pyarrow", "Table", ArrowSource),
    ("pyarrow", "RecordBatch", ArrowSource.of_batch),
    ("numpy", "ndarray", RecordsSource),
)


def has_windows(value: object) -> bool:
    """Whether there can be a source of this value; a query that has not run has none."""
    return _maker(value) is not None


def source_of(value: object, handle: str) -> Source:
    """The table as a source.

    Raises:
        UnknownTableError: it is none, or a query that has not run.
    """
    maker = _maker(value)
    if maker is None:
        raise UnknownTableError(f"{handle!r} is no table: {_what(value)}.")
    return maker(value)


def _maker(value: object) -> Callable[[Any], Source] | None:
    classes = mro(type(value))
    for library, name, maker in _SOURCES:
        cls = getattr(sys.modules.get(library), name, None)
        if cls is not None and one_of(cls, classes):
            return maker if maker is not RecordsSource or RecordsSource.fits(value) else None
    return None


def _what(value: object) -> str:
    name = name_of_class(type(value))
    if name == "LazyFrame":
        return "a LazyFrame is a query that has not run; collect() it"
    return f"it holds a {name}"
