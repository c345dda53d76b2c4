"""pandas tables, read without running code of a class that the user derived from them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from pydantic import JsonValue

from ...models.tables import WindowColumn
from ...runtime.assistance.live import mro, one_of, own_dict
from ..json_cells import Cells, text
from ..sheets import column_name, index_names, only_counts, pandas_values
from .series import standard


class PandasSource:
    """A DataFrame, its index in front unless it only counts the rows.

    Args:
        frame: of pandas' own class.
        levels: of its index that come as columns, if that is known.
    """

    def __init__(self, frame: Any, levels: int | None = None) -> None:
        self._frame = frame
        if levels is None:
            levels = 0 if only_counts(frame.index) else frame.index.nlevels
        self._levels = levels
        self.height = len(frame)
        self.width = self._levels + frame.shape[1]

    def names(self) -> Sequence[str]:
        index = index_names(self._frame.index)[: self._levels]
        return [*index, *map(column_name, self._frame.columns)]

    def column(self, position: int) -> WindowColumn:
        is_index = position < self._levels
        part = self._part(position, slice(0, 0))
        if is_index:
            name = index_names(self._frame.index)[position]
        else:
            name = column_name(self._frame.columns[position - self._levels])
        return WindowColumn(name=name, dtype=text(part.dtype), position=position, is_index=is_index)

    def cells(self, rows: Any, positions: Sequence[int], cells: Cells) -> list[list[JsonValue]]:
        return [pandas_values(cells, self._part(each, rows)) for each in positions]

    def series(self, position: int) -> Any:
        return sys.modules["pandas"].Series(self._part(position, slice(None)).array, copy=False)

    def part(self, rows: Any) -> PandasSource:
        return PandasSource(self._of(rows).iloc[rows], self._levels)

    def arrow(self, position: int) -> Any:
        import pyarrow

        return pyarrow.array(self.series(position), from_pandas=True)

    def _part(self, position: int, rows: Any) -> Any:
        """Some rows of a column, or of a level of the index."""
        if position < self._levels:
            return self._frame.index[rows].get_level_values(position)
        return self._of(rows).iloc[rows, position - self._levels]

    def _of(self, rows: Any) -> Any:
        """The frame that these rows can be taken from."""
        return self._frame if isinstance(rows, slice) else self._native

    @cached_property
    def _native(self) -> Any:
        """The frame with the bytes of numbers in this machine's order: pandas takes no others."""
        types = (block.values.dtype for block in self._frame._mgr.blocks)
        if all(getattr(dtype, "byteorder", "=") != ">" for dtype in types):
            return self._frame
        columns = [standard(column) for _, column in self._frame.items()]
        frame = sys.modules["pandas"].concat(columns, axis=1)
        return frame.set_axis(self._frame.columns, axis=1)


def frame_source(frame: Any) -> PandasSource:
    """A DataFrame, whatever its class."""
    return PandasSource(plain_frame(frame))


def series_source(series: Any) -> PandasSource:
    """A Series as a table of one column."""
    return PandasSource(plain_frame(series))


def styler_source(styler: Any) -> PandasSource:
    """The data behind a Styler."""
    return PandasSource(plain_frame(unstyled(styler)))


def unstyled(value: Any) -> Any:
    """The DataFrame that a Styler styles; anything else itself."""
    cls = getattr(sys.modules.get("pandas.io.formats.style"), "Styler", None)
    return own_dict(value)["data"] if cls is not None and one_of(cls, mro(type(value))) else value


def plain_frame(value: Any) -> Any:
    """A DataFrame of pandas' own class on the same memory, of a DataFrame or a Series.

    While it lives, pandas copies what is changed in the original: what is read hangs together.
    """
    pandas, own = sys.modules["pandas"], own_dict(value)
    manager = own["_mgr"].copy(deep=False)
    if manager.ndim == 2:
        return pandas.DataFrame._from_mgr(manager, manager.axes)
    name = own.get("_name")
    series = pandas.Series._from_mgr(manager, manager.axes)
    return series.to_frame(name="values" if name is None else name)
