"""The rows of a table that a query wants, in its order, remembered while nothing can change."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from functools import reduce
from threading import Lock
from typing import Any

from ...models.tables import TableQuery
from .columns import Columns, vector_at
from .conditions import fulfilling, searched
from .source import Source


def matching_rows(source: Source, columns: Columns, query: TableQuery) -> Any:
    """Numbers of the rows that match, sorted; None for all of them as they are.

    Raises:
        InvalidInputError: a column is unknown, or cannot be sorted or compared that way.
    """
    import numpy

    masks = list(_masks(source, columns, query))
    rows = numpy.flatnonzero(reduce(operator.and_, masks)) if masks else None
    for key in reversed(query.sort):
        order = columns.vector(key.column).order(rows, ascending=key.ascending)
        rows = order if rows is None else rows[order]
    return rows if rows is None or source.height >= 2**31 else rows.astype("int32")


def _masks(source: Source, columns: Columns, query: TableQuery) -> Iterator[Any]:
    import numpy

    for condition in query.filter:
        yield fulfilling(columns.vector(condition.column), condition)
    if query.search:
        vectors = (vector_at(source, place) for place in range(source.width))
        found = (searched(vector, query.search) for vector in vectors)
        yield reduce(operator.or_, found, numpy.zeros(source.height, bool))


class RowCache:
    """The rows of the last queries. Thread-safe.

    Args:
        size: bytes that they may take up together, beside the last one.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._held = 0
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._making: dict[Hashable, Lock] = {}
        """Keys whose rows are being made now: whoever else wants them waits."""
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The rows under a key; those that are not remembered are made once, whoever asks."""
        if (known := self._recall(key)) is not None:
            return known
        with self._lock:
            making = self._making.setdefault(key, Lock())
        with making:
            try:
                known = self._recall(key)
                return self._put(key, make()) if known is None else known
            finally:
                with self._lock:
                    self._making.pop(key, None)

    def _recall(self, key: Hashable) -> Any:
        """None for rows that are not remembered."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _put(self, key: Hashable, rows: Any) -> Any:
        with self._lock:
            if key in self._kept:
                return self._kept[key]
            self._kept[key] = rows
            self._held += rows.nbytes
            while self._held > self._size and len(self._kept) > 1:
                self._held -= self._kept.popitem(last=False)[1].nbytes
        return rows
