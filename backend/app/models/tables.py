"""Tables that a cell showed or left in a variable: bounded previews, windows and profiles."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue, StrictInt, StrictStr

from .outputs import Part

ROW_LIMIT = 1_000
"""Rows of one window."""
COLUMN_LIMIT = 200
"""Columns of one window or profile."""

ColumnRef = StrictStr | StrictInt
"""A column's name; or its position from 0, where several bear the name or none is known."""
Operator = Literal[
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "contains",
    "starts_with",
    "in",
    "between",
    "is_null",
    "not_null",
]
TableForm = Literal["csv", "parquet", "arrow"]
"""What a table can be written as: CSV, Parquet, or an Arrow IPC file (also called Feather)."""


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
    handle: str | None = None
    """By which windows of the whole can be asked for: `variable:<name>`, or `shown:…` of one that
    no variable holds; None for a query that has not run."""
    nulled: int = 0
    """How many values of the preview are `None` because JSON cannot say them (NaN, NaT, ±inf)."""


class SortKey(Part):
    """One column to sort by."""

    column: ColumnRef
    ascending: bool = True


class Condition(Part):
    """What a row has to fulfil. A missing value fulfils `is_null` and nothing else.

    `contains` heeds no case, `starts_with` does; both are for text. `in` takes a list, `between`
    a list of two, both ends included. Values are read by the column's type: dates, times and
    durations are ISO 8601 text, times without a zone are in that of the column.
    """

    column: ColumnRef
    op: Operator
    value: JsonValue = None


class TableQuery(Part):
    """Which rows and columns of a table, in which order."""

    offset: int = Field(default=0, ge=0)
    """Matching rows to pass over."""
    limit: int = Field(default=100, ge=0, le=ROW_LIMIT)
    columns: Annotated[list[ColumnRef], Field(max_length=COLUMN_LIMIT)] | None = None
    """Which; None takes a window of their positions."""
    column_offset: int = Field(default=0, ge=0)
    column_limit: int = Field(default=50, ge=0, le=COLUMN_LIMIT)
    sort: list[SortKey] = Field(default_factory=list, max_length=16)
    """The first key decides; rows that are equal in all keep their order, missing values are last
    whichever the direction."""
    filter: list[Condition] = Field(default_factory=list, max_length=64)
    """Conditions that all have to hold."""
    search: str = Field(default="", max_length=1_000)
    """Text that some column has to contain, or a number or date that it has to equal."""


class WindowColumn(Column):
    """One column of a window, and where it stands in the table."""

    position: int
    """From 0; levels of an index come first."""
    is_index: bool = False


class TableWindow(Part):
    """Some rows and columns of a table, the cells said as in a `Table`."""

    handle: str
    columns: list[WindowColumn]
    rows: list[list[JsonValue]]
    row_numbers: list[int]
    """Of each row its number in the table as it is, from 0."""
    offset: int
    total_rows: int
    total_columns: int
    matching_rows: int
    revision: str
    """Another one whenever the table may have changed."""
    nulled: int = 0
    """How many values are `None` because JSON cannot say them (NaN, NaT, ±inf)."""


class Histogram(Part):
    """How many values lie where: in bin `i` those from edge `i` on, below edge `i + 1`.

    The last bin has its upper edge too.
    """

    edges: list[JsonValue]
    counts: list[int]


class TopValue(Part):
    """A value, and how often it occurs."""

    value: JsonValue
    count: int


class ColumnProfile(WindowColumn):
    """What a column holds."""

    count: int
    """Values that are not missing."""
    missing: int
    distinct: int | None = None
    """Different values; None where they cannot be compared."""
    distinct_is_estimate: bool = False
    minimum: JsonValue = None
    maximum: JsonValue = None
    mean: JsonValue = None
    quantiles: dict[str, JsonValue] = Field(default_factory=dict)
    """Of numbers, dates and durations: `0.25`, `0.5` and `0.75`."""
    histogram: Histogram | None = None
    top: list[TopValue] = Field(default_factory=list)
    """The most frequent values, the first the most frequent."""


class TableProfile(Part):
    """What the columns of a table hold."""

    handle: str
    columns: list[ColumnProfile]
    total_rows: int
    total_columns: int
    sampled_rows: int | None = None
    """How many rows, chosen at random, quantiles, histograms, top values and `distinct` come of;
    None if of all. The rest is always of all rows."""
    revision: str
