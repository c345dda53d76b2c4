"""pyarrow tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue

from ...models.tables import WindowColumn
from ..json_cells import Cells, text
from ..sheets import arrow_values
from .series import from_arrow


class ArrowSource:
    """A pyarrow Table."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self.height, self.width = table.num_rows, table.num_columns

    @classmethod
    def of_batch(cls, batch: Any) -> ArrowSource:
        """A RecordBatch as the table that it is a part of."""
        import pyarrow

        return cls(pyarrow.Table.from_batches([batch]))

    def names(self) -> Sequence[str]:
        return list(map(text, self._table.schema.names))

    def column(self, position: int) -> WindowColumn:
        field = self._table.schema.field(position)
        return WindowColumn(name=text(field.name), dtype=text(field.type), position=position)

    def cells(self, rows: Any, positions: Sequence[int], cells: Cells) -> list[list[JsonValue]]:
        return [cells.column(arrow_values(self.arrow(each, rows))) for each in positions]

    def series(self, position: int) -> Any:
        return from_arrow(self._table.column(position))

    def arrow(self, position: int, rows: Any) -> Any:
        column = self._table.column(position)
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(self.height)
            return column.slice(start, stop - start)
        return column.take(rows)
