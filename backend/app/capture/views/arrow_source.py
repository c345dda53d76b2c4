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
        page = self._table.select(positions)
        return [cells.column(arrow_values(column)) for column in _taken(page, rows).columns]

    def series(self, position: int) -> Any:
        return from_arrow(self._table.column(position))

    def part(self, rows: Any) -> ArrowSource:
        return ArrowSource(_taken(self._table, rows))

    def arrow(self, position: int) -> Any:
        return self._table.column(position)


def _taken(table: Any, rows: Any) -> Any:
    if isinstance(rows, slice):
        start, stop, _ = rows.indices(table.num_rows)
        return table.slice(start, stop - start)
    return table.take(rows)
