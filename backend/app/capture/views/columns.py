"""Columns as they are asked for, by name or position, found in a table."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from ...errors import InvalidInputError
from ...models.tables import ColumnRef, TableQuery
from .source import Source
from .vector import Vector


class Columns:
    """The columns of one table."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._vectors: dict[int, Vector] = {}

    @cached_property
    def _names(self) -> Sequence[str]:
        return self._source.names()

    @cached_property
    def _places(self) -> Mapping[str, list[int]]:
        """Name -> where columns of this name are."""
        places: dict[str, list[int]] = {}
        for place, name in enumerate(self._names):
            places.setdefault(name, []).append(place)
        return places

    def position(self, ref: ColumnRef) -> int:
        """Where a column is.

        Raises:
            InvalidInputError: there is none, or several; the message names the nearest or them.
        """
        if isinstance(ref, int):
            if not 0 <= ref < self._source.width:
                raise InvalidInputError(
                    f"There is no column {ref}: the table has {self._source.width:,}, from 0 on."
                )
            return ref
        places = self._places.get(ref, [])
        if len(places) > 1:
            listed = ", ".join(map(str, places[:10]))
            raise InvalidInputError(
                f"Several columns are called {ref!r}: ask by position, which are {listed}."
            )
        if not places:
            raise InvalidInputError(f"There is no column {ref!r}{self._nearest(ref)}.")
        return places[0]

    def positions(self, refs: Iterable[ColumnRef]) -> list[int]:
        """The same of several."""
        return [self.position(ref) for ref in refs]

    def of(self, query: TableQuery) -> Sequence[int]:
        """Those that a window shows."""
        if query.columns is not None:
            return self.positions(query.columns)
        return range(self._source.width)[query.column_offset :][: query.column_limit]

    def vector(self, ref: ColumnRef) -> Vector:
        """The values of a column, to be compared."""
        place = self.position(ref)
        if place not in self._vectors:
            self._vectors[place] = vector_at(self._source, place)
        return self._vectors[place]

    def _nearest(self, name: str) -> str:
        """The column that may be meant, as the end of a message."""
        lowered = {each.lower(): each for each in reversed(self._names)}
        near = difflib.get_close_matches(name.lower(), lowered, n=1)
        return f"; the nearest is {lowered[near[0]]!r}" if near else ""


def vector_at(source: Source, place: int) -> Vector:
    """The values of the column at a position."""
    return Vector(source.series(place), source.column(place))
