"""pandas and polars frames through one small pair of eyes: names, numbers and texts of columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from .reader import COLUMNS, ROWS, library_of, number


class Table(Protocol):
    """A bounded view of a frame; a column is asked for by its place, as names may repeat."""

    total_rows: int

    def names(self) -> Sequence[tuple[object, ...]]:
        """Each column's name, one part a level of the header."""
        ...

    def numbers(self, place: int) -> list[float] | None:
        """A column's first rows, or None if it does not hold numbers."""
        ...

    def texts(self, place: int) -> list[str] | None:
        """A column's first rows, or None if it does not hold text."""
        ...

    def labels(self) -> list[str] | None:
        """The rows' labels, or None if they are mere numbers."""
        ...

    def declared(self) -> object:
        """What the frame itself says under `positive`."""
        ...


class PandasTable:
    """A view of a DataFrame, or of a Series made one."""

    def __init__(self, frame: Any) -> None:
        self.frame = frame
        self.total_rows = len(frame)

    def names(self) -> Sequence[tuple[object, ...]]:
        found = self.frame.columns[:COLUMNS].tolist()
        return [name if type(name) is tuple else (name,) for name in found]

    def numbers(self, place: int) -> list[float] | None:
        column = self.frame.iloc[:ROWS, place]
        if library_of(type(column.dtype)) not in ("numpy", "pandas"):
            return None
        if getattr(column.dtype, "kind", "O") not in "fiu":
            return None
        found: list[float] = column.to_numpy(dtype="float64", na_value=float("nan")).tolist()
        return found

    def texts(self, place: int) -> list[str] | None:
        values = self.frame.iloc[:ROWS, place].tolist()
        return values if all(type(value) is str for value in values) else None

    def labels(self) -> list[str] | None:
        index = self.frame.index
        if type(index).__name__ == "RangeIndex":
            return None
        return [label_of(label, place) for place, label in enumerate(index[:ROWS].tolist(), 1)]

    def declared(self) -> object:
        return self.frame.attrs.get("positive")


class PolarsTable:
    """A view of a polars DataFrame."""

    def __init__(self, frame: Any) -> None:
        self.frame = frame
        self.total_rows = frame.height

    def names(self) -> Sequence[tuple[object, ...]]:
        return [(name,) for name in self.frame.columns[:COLUMNS]]

    def numbers(self, place: int) -> list[float] | None:
        column = self.frame.to_series(place)
        if not column.dtype.is_numeric():
            return None
        return [number(value) for value in column.head(ROWS).to_list()]

    def texts(self, place: int) -> list[str] | None:
        values = self.frame.to_series(place).head(ROWS).to_list()
        return values if all(type(value) is str for value in values) else None

    def labels(self) -> list[str] | None:
        return None

    def declared(self) -> object:
        return None


def table_of(frame: Any) -> Table:
    """The view for the frame's library."""
    return PandasTable(frame) if library_of(type(frame)) == "pandas" else PolarsTable(frame)


def label_of(label: object, place: int) -> str:
    """A row's or column's label in words, without asking an unknown object for its text."""
    if type(label) is str:
        return label
    if type(label) in (int, float, bool):
        return str(label)
    if type(label) is tuple:
        return " / ".join(label_of(part, place) for part in label)
    if library_of(type(label)) in ("numpy", "pandas"):
        return str(label)
    return f"row {place}"
