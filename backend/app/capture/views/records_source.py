"""NumPy arrays of records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue

from ...models.tables import WindowColumn
from ..json_cells import Cells, text
from .series import from_objects


class RecordsSource:
    """A one-dimensional array with named fields."""

    def __init__(self, array: Any) -> None:
        self._array = plain_array(array)
        self._names = self._array.dtype.names
        self.height, self.width = len(self._array), len(self._names)

    @staticmethod
    def fits(array: Any) -> bool:
        """Whether an array is one of records."""
        plain = plain_array(array)
        return bool(plain.ndim == 1 and plain.dtype.names)

    def names(self) -> Sequence[str]:
        return list(map(text, self._names))

    def column(self, position: int) -> WindowColumn:
        name = self._names[position]
        return WindowColumn(name=text(name), dtype=text(self._array.dtype[name]), position=position)

    def cells(self, rows: Any, positions: Sequence[int], cells: Cells) -> list[list[JsonValue]]:
        return [cells.column(list(self._field(each)[rows])) for each in positions]

    def series(self, position: int) -> Any:
        import numpy
        import pandas

        values = self._field(position)
        if values.ndim > 1:
            return from_objects(values.tolist())
        return pandas.Series(numpy.ascontiguousarray(values))

    def part(self, rows: Any) -> RecordsSource:
        return RecordsSource(self._array[rows])

    def arrow(self, position: int) -> Any:
        import pyarrow

        return pyarrow.array(self.series(position), from_pandas=True)

    def _field(self, position: int) -> Any:
        return self._array[self._names[position]]


def plain_array(array: Any) -> Any:
    """The same memory as an array of NumPy's own class."""
    import numpy

    return numpy.ndarray.view(array, numpy.ndarray)
