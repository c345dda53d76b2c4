"""Tables that a cell showed or left in a variable: a bounded preview, never the whole frame."""

from typing import Literal

from pydantic import JsonValue

from .outputs import Part


class Column(Part):
    """One column of a table."""

    name: str
    dtype: str


class Table(Part):
    """A bounded view of a frame.

    `rows` holds at most the first rows and columns that the settings allow, each cell a strict
    JSON value: NaN, NaT and infinities are `None`, dates ISO 8601 text, bytes and other objects
    bounded text. An index that carries information comes as leading columns.
    """

    name: str | None
    """The variable that holds it, or None for a shown value that has no name."""
    source: Literal["display", "variable"]
    columns: list[Column]
    rows: list[list[JsonValue]]
    total_rows: int | None
    """None where counting them would run a query that the cell has not run."""
    total_columns: int
    truncated: bool
    """Whether rows or columns were left out, or a value of the preview cut short."""
    nulled: int = 0
    """How many values of the preview are `None` because JSON cannot say them (NaN, NaT, ±inf)."""
