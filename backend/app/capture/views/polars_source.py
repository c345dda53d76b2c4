"""polars tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue

from ...models.tables import WindowColumn
from ...runtime.assistance.live import own_dict
from ..json_cells import Cells, text
from .series import from_arrow, from_objects, ordered_categories


class PolarsSource:
    """A polars DataFrame."""

    def __init__(self, frame: Any) -> None:
        import polars

        self._frame = polars.DataFrame._from_pydf(own_dict(frame)["_df"])
        self.height, self.width = self._frame.shape

    def names(self) -> Sequence[str]:
        return list(map(text, self._frame.columns))

    def column(self, position: int) -> WindowColumn:
        column = self._frame.to_series(position)
        return WindowColumn(name=text(column.name), dtype=text(column.dtype), position=position)

    def cells(self, rows: Any, positions: Sequence[int], cells: Cells) -> list[list[JsonValue]]:
        return [cells.column(self._frame.to_series(each)[rows].to_list()) for each in positions]

    def series(self, position: int) -> Any:
        column: Any = self._frame.to_series(position)
        if _type_of(column) == "Enum":
            codes = column.to_physical().cast(int).fill_null(-1).to_numpy()
            return ordered_categories(codes, column.dtype.categories.to_list())
        try:
            return from_arrow(_arrow(column))
        except Exception:  # there is no pyarrow, or Arrow does not know the type
            return from_objects(column.to_list())

    def part(self, rows: Any) -> PolarsSource:
        return PolarsSource(self._frame[rows])

    def arrow(self, position: int) -> Any:
        return _arrow(self._frame.to_series(position))


def _arrow(column: Any) -> Any:
    """The values as Arrow has them.

    Raises:
        TypeError: they are Python objects, of which Arrow would have the addresses.
    """
    if _type_of(column) == "Object":
        raise TypeError
    return column.to_arrow()


def _type_of(column: Any) -> str:
    return str(column.dtype.base_type())


def polars_series_source(series: Any) -> PolarsSource:
    """A Series as a table of one column."""
    import polars

    return PolarsSource(polars.Series._from_pyseries(own_dict(series)["_s"]).to_frame())
