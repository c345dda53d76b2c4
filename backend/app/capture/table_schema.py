"""A table as `application/vnd.dataresource+json`: Table Schema and rows, as pandas writes it.

Sources: https://specs.frictionlessdata.io/table-schema/ and
https://pandas.pydata.org/docs/user_guide/io.html#table-schema
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..models.notebook import OWN_METADATA
from .sheets import Corner

DATA_RESOURCE = "application/vnd.dataresource+json"
PANDAS_VERSION = "1.4.0"
"""The version of pandas' own dialect of Table Schema that is written here."""

NUMPY_TYPES = {
    "b": "boolean",
    "f": "number",
    "i": "integer",
    "m": "duration",
    "M": "datetime",
    "u": "integer",
}
"""NumPy's letter for a kind of values -> Table Schema's name; the others depend on the values."""

Field = Mapping[str, Any]
"""What the schema says of a column beside its name: `type`, and what qualifies it."""


def data_resource(corner: Corner, fields: Sequence[Field], *, key: bool = False) -> dict[str, Any]:
    """Schema and rows. Names that occur twice get a number, because rows are keyed by name.

    Args:
        corner: the rows and columns to write.
        fields: what the schema says of each column.
        key: whether the index identifies the rows.
    """
    names = list(distinct(column.name for column in corner.columns))
    schema: dict[str, Any] = {
        "fields": [{"name": name, **field} for name, field in zip(names, fields, strict=True)],
        "pandas_version": PANDAS_VERSION,
    }
    if key:
        schema["primaryKey"] = names[: corner.index_levels]
    return {
        "schema": schema,
        "data": [dict(zip(names, row, strict=True)) for row in corner.by_row()],
    }


def table_metadata(kind: str, corner: Corner) -> dict[str, Any]:
    """What a bundle's metadata says about the table of which it holds a corner."""
    return {
        OWN_METADATA: {
            "kind": kind,
            "total_rows": corner.total_rows,
            "total_columns": corner.total_columns,
            "truncated": corner.truncated,
        }
    }


def type_of_objects(values: Iterable[Any]) -> str:
    """Table Schema's name for a column whose type says nothing: what its values have in common."""
    return "string" if all(value is None or type(value) is str for value in values) else "any"


def distinct(names: Iterable[str]) -> Iterator[str]:
    """The names, those that occur again with a number."""
    used: set[str] = set()
    counts: dict[str, int] = {}
    for name in names:
        own = name
        while own in used:
            counts[name] = counts.get(name, 0) + 1
            own = f"{name}.{counts[name]}"
        used.add(own)
        yield own
