"""Windows and profiles of a table, without an engine around."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbengine.capture.views.file import write_file
from nbengine.capture.views.profile import profile
from nbengine.capture.views.rows import RowCache
from nbengine.capture.views.source import source_of
from nbengine.capture.views.window import Sight, window
from nbengine.models.tables import (
    ColumnProfile,
    TableForm,
    TableProfile,
    TableQuery,
    TableWindow,
)

HANDLE = "variable:t"


def sight(table: Any) -> Sight:
    """The table as it is looked at."""
    return Sight(HANDLE, source_of(table, HANDLE), "r", RowCache(2**20))


def look(table: Any, **query: Any) -> TableWindow:
    """A window of it."""
    return window(sight(table), TableQuery.model_validate(query))


def rows(table: Any, **query: Any) -> list[int]:
    """Numbers of the rows in a window of it."""
    return look(table, **query).row_numbers


def kept(table: Any, op: str, value: Any = None, column: Any = 0) -> list[int]:
    """Numbers of the rows that fulfil a condition on a column."""
    return rows(table, filter=[{"column": column, "op": op, "value": value}])


def ordered(table: Any, column: Any = 0, *, ascending: bool = True) -> list[int]:
    """Numbers of the rows in the order of a column."""
    return rows(table, sort=[{"column": column, "ascending": ascending}])


def profiled(table: Any) -> TableProfile:
    """What its columns hold."""
    return profile(sight(table), TableQuery())


def column_profile(values: Any) -> ColumnProfile:
    """What a table of one column holds."""
    (column,) = profiled(values).columns
    return column


def written(table: Any, folder: Path, form: TableForm = "csv", **query: Any) -> Path:
    """A file with it."""
    return write_file(sight(table), TableQuery.model_validate(query), form, folder)
