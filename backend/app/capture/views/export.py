"""The rows and columns that go into a file, some at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import orjson

from ..known_classes import is_known
from ..table_schema import distinct
from .columns import vector_at
from .quiet_cells import QuietCells
from .series import standard
from .source import Source

_CELLS = 2**20
_LEAST_ROWS = 1_000
"""However many columns there are: each block costs something by itself."""
_AS_TEXT = ("mixed", "other", "bytes")
"""Kinds of values that CSV can only say as text, nested ones as JSON."""


class Export:
    """What of a table goes into a file, in blocks of rows of which one is in memory at a time.

    Args:
        source: the table.
        places: its columns, by position.
        matching: numbers of its rows, in their order; None for all as they are.
    """

    def __init__(self, source: Source, places: Sequence[int], matching: Any) -> None:
        self.places = places
        self.names = [source.column(place).name for place in places]
        self._source = source
        self._matching = matching
        self._types: dict[int, Any] = {}

    def columns(self) -> Iterator[tuple[list[Any], int]]:
        """Of each block the columns as CSV says them, and how many rows they have."""
        as_text = {place: self._is_text_in_csv(place) for place in self.places}
        for block in self._blocks():
            yield [_for_csv(block, *each) for each in as_text.items()], block.height

    def schema(self) -> Any:
        """The names, made distinct, and the types that Arrow has for the columns."""
        import pyarrow

        types = (self._arrow_type(place) or pyarrow.string() for place in self.places)
        return pyarrow.schema(list(zip(distinct(self.names), types, strict=True)))

    def tables(self, schema: Any) -> Iterator[Any]:
        """The blocks as pyarrow tables of this schema."""
        import pyarrow

        for block in self._blocks():
            arrays = [
                _in_arrow(block, place, field.type, is_text=self._arrow_type(place) is None)
                for place, field in zip(self.places, schema, strict=True)
            ]
            yield pyarrow.table(arrays, schema=schema)

    def _blocks(self) -> Iterator[Source]:
        """At least one, so that a table without rows has its columns."""
        height = self._source.height if self._matching is None else len(self._matching)
        step = max(_LEAST_ROWS, _CELLS // max(1, len(self.places)))
        for start in range(0, max(1, height), step):
            rows = slice(start, min(start + step, height))
            yield self._source.part(rows if self._matching is None else self._matching[rows])

    @cached_property
    def _first(self) -> Source:
        return next(self._blocks())

    def _has_objects(self, place: int) -> bool:
        """Whether only a look at all values tells what a column holds."""
        return bool(self._first.series(place).dtype == object)

    def _is_text_in_csv(self, place: int) -> bool:
        whole = self._source if self._has_objects(place) else self._first
        return vector_at(whole, place).kind in _AS_TEXT

    def _arrow_type(self, place: int) -> Any:
        """The type that all blocks have in common; None where text has to do.

        That is what Arrow cannot say, or only by the user's own code.
        """
        if place not in self._types:
            self._types[place] = self._found_type(place)
        return self._types[place]

    def _found_type(self, place: int) -> Any:
        import pyarrow

        has_objects = self._has_objects(place)
        if has_objects and not all(map(is_known, vector_at(self._source, place).classes)):
            return None
        blocks = self._blocks() if has_objects else iter((self._first,))
        try:
            found = {block.arrow(place).type for block in blocks}
            schemas = [pyarrow.schema([("", each)]) for each in found]
            joint = pyarrow.unify_schemas(schemas, promote_options="permissive").field(0).type
        except (pyarrow.ArrowException, TypeError, ValueError):
            return None
        if pyarrow.types.is_dictionary(joint) and not self._has_same_categories(place):
            return joint.value_type
        return joint

    def _has_same_categories(self, place: int) -> bool:
        """Whether all blocks have them, as one file of Arrow can only say them once."""
        arrays = (block.arrow(place) for block in self._blocks())
        chunks = (chunk for array in arrays for chunk in getattr(array, "chunks", [array]))
        categories = [chunk.dictionary for chunk in chunks]
        return all(each.equals(categories[0]) for each in categories)


def _for_csv(block: Source, place: int, is_text: bool) -> Any:
    import pandas

    if is_text:
        return pandas.Series(_texts(block.series(place)), dtype=object)
    return vector_at(block, place).series


def _in_arrow(block: Source, place: int, wanted: Any, *, is_text: bool) -> Any:
    import pyarrow

    if is_text:
        return pyarrow.array(_texts(block.series(place)), wanted)
    array = block.arrow(place)
    return array if array.type == wanted else array.cast(wanted)


def _texts(series: Any) -> list[Any]:
    """Values as text; nested ones as JSON, missing ones None."""
    cells, series = QuietCells(), standard(series)
    return [
        None if is_missing else _text(cells, value)
        for value, is_missing in zip(series, series.isna(), strict=True)
    ]


def _text(cells: QuietCells, value: Any) -> str:
    said = value if type(value) is str else cells.value(value)
    return said if isinstance(said, str) else orjson.dumps(said).decode()
