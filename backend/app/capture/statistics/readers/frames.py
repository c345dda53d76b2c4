"""pandas and polars: frames of estimates, correlation matrices, group sizes, grouped frames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..evidence import Evidence, Origin
from . import estimates
from .given import Given, bare_tests, called_p, correlations, once
from .reader import MATRIX, OBSERVATIONS, named, numbers
from .roles import normal, role_of
from .tables import PandasTable, Table, label_of, table_of

GROUPS = range(2, 31)
"""How many groups a comparison of groups may have; beyond, it is a list of rare values."""

SIZE_NAMES = frozenset("size sizes count counts n ns groupsize groupsizes".split())
"""Normalised names of a variable that holds group sizes."""


def read(value: Any, origin: Origin) -> Iterator[Evidence]:
    """Frames, pandas series and pandas groupings; anything else of these libraries says nothing."""
    name = type(value).__name__
    if name == "DataFrame":
        yield from _of_frame(value, origin)
    elif name == "Series" and hasattr(value, "index"):
        yield from _of_series(value, origin)
    elif name in ("DataFrameGroupBy", "SeriesGroupBy"):
        yield from _of_grouping(value, origin)


def _of_frame(frame: Any, origin: Origin) -> Iterator[Evidence]:
    table = table_of(frame)
    labels, matrix = _square(table)
    if p := called_p(origin.name, lambda: once(matrix)):
        yield from bare_tests(p, len(p), origin)
        return
    if matrix and (found := correlations(labels, matrix)):
        yield Given("Correlation or similarity matrix", origin, correlations=found)
        return
    yield from estimates.read(table, origin)
    if type(table) is not PandasTable:
        yield from _of_polars_counts(table, frame, origin)


def _square(table: Table) -> tuple[list[str], list[list[float]]]:
    """Labels and numbers of a frame whose rows are called like its columns, else nothing."""
    names = table.names()
    count = len(names)
    if not 2 <= count <= MATRIX or table.total_rows != count:
        return [], []
    columns = [label_of(name[0] if len(name) == 1 else name, i) for i, name in enumerate(names, 1)]
    if table.labels() not in (None, columns):
        return [], []
    if type(table) is PandasTable and not table.frame.index.equals(table.frame.columns):
        return [], []
    values = [table.numbers(place) for place in range(count)]
    return columns, [column for column in values if column is not None]


def _of_series(series: Any, origin: Origin) -> Iterator[Evidence]:
    name = series.name if role_of(series.name) == "p_value" else origin.name
    if found := called_p(name, lambda: numbers(series)):
        yield from bare_tests(found, len(series), origin)
    elif _holds_sizes(series, origin):
        table = PandasTable(series.to_frame())
        yield from _sizes(table.labels(), table.numbers(0), origin)


def _holds_sizes(series: Any, origin: Origin) -> bool:
    """`value_counts()` names its result "count"; `groupby().size()` does not name it at all."""
    if len(series) not in GROUPS or getattr(series.dtype, "kind", "O") not in "iu":
        return False
    index = series.index
    if None in index.names or not index.is_unique:
        return False
    if series.name in ("count", "size"):
        return True
    named_so = origin.name is None or normal(origin.name) in SIZE_NAMES
    return series.name is None and named_so


def _sizes(
    labels: list[str] | None, sizes: list[float] | None, origin: Origin
) -> Iterator[Evidence]:
    if labels and sizes and _are_groups(sizes):
        yield Given("Groups", origin, groups=named(labels, sizes))


def _are_groups(sizes: list[float]) -> bool:
    """A few groups of three or more on average; identifiers and pairs are no groups."""
    return len(sizes) in GROUPS and min(sizes) >= 0 and sum(sizes) >= 3 * len(sizes)


def _of_grouping(grouping: Any, origin: Origin) -> Iterator[Evidence]:
    keys = [part.grouping_vector for part in grouping._grouper.groupings]
    if len(grouping.obj) > OBSERVATIONS or any(map(_is_foreign, keys)):
        return
    sizes = grouping.size()
    if type(sizes).__name__ == "Series" and len(sizes) in GROUPS:
        table = PandasTable(sizes.to_frame())
        yield from _sizes(table.labels(), table.numbers(0), origin)


def _is_foreign(key: Any) -> bool:
    """Whether sizing by this key could call methods of the user's own objects."""
    kind = getattr(key.dtype, "kind", "O")
    return kind == "O" and any(type(label) is not str for label in key.tolist())


def _of_polars_counts(table: Table, frame: Any, origin: Origin) -> Iterator[Evidence]:
    """Polars counts into a last, unsigned column called "count" or "len"."""
    names = frame.columns
    if len(names) < 2 or names[-1] not in ("count", "len") or frame.height not in GROUPS:
        return
    if str(frame.dtypes[-1]) in ("UInt32", "UInt64"):
        labels = table.texts(0) or [str(n) for n in table.numbers(0) or ()]
        yield from _sizes(labels, table.numbers(len(names) - 1), origin)
