"""A window: some rows and columns of a table, in the order that was asked for."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...models.tables import TableQuery, TableWindow
from .columns import Columns
from .quiet_cells import QuietCells
from .rows import RowCache, matching_rows
from .source import Source


class Sight(NamedTuple):
    """A table that is being looked at."""

    handle: str
    source: Source
    revision: str
    rows: RowCache
    """The rows of earlier queries of its notebook."""

    def matching(self, columns: Columns, query: TableQuery) -> Any:
        """Numbers of the rows that a query wants, in its order; None for all as they are."""
        if not (query.sort or query.filter or query.search):
            return None
        wanted = query.model_dump_json(include={"sort", "filter", "search"})
        key = (self.handle, self.revision, self.source.height, wanted)
        return self.rows.get(key, lambda: matching_rows(self.source, columns, query))


def window(sight: Sight, query: TableQuery) -> TableWindow:
    """The rows and columns that a query wants.

    Raises:
        InvalidInputError: a column is unknown, or cannot be sorted or compared that way.
    """
    source, columns, cells = sight.source, Columns(sight.source), QuietCells()
    places = columns.of(query)
    rows = sight.matching(columns, query)
    matching = source.height if rows is None else len(rows)
    first, last = (min(place, matching) for place in (query.offset, query.offset + query.limit))
    page: Any = slice(first, last) if rows is None else rows[first:last]
    values = source.cells(page, places, cells)
    numbers = list(range(first, last)) if rows is None else page.tolist()
    return TableWindow(
        handle=sight.handle,
        columns=[source.column(place) for place in places],
        rows=[list(row) for row in zip(*values, strict=True)] if values else [[] for _ in numbers],
        row_numbers=numbers,
        offset=query.offset,
        total_rows=source.height,
        total_columns=source.width,
        matching_rows=matching,
        revision=sight.revision,
        nulled=cells.nulled,
    )
