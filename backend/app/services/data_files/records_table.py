"""A table made of records, as JSON has them: what the keys hold, of which type, how often not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue

from ...capture.json_cells import Cells
from ...models.files import FileColumn, FileTable
from .bounds import CELLS, COLUMNS, ROWS, short

_MOST_KEYS = 10_000
_LOOKED_AT = 20_000
"""Records whose values are looked at."""
_TYPES = {
    "bool": "boolean", "int": "integer", "float": "number", "str": "text", "dict": "object",
    "list": "array", "NoneType": "null",
}  # fmt: skip


def records_table(records: Sequence[Any], rows: int | None, *, exact: bool) -> FileTable:
    """The table of these records, the first of `rows` in all."""
    looked_at = records[:_LOOKED_AT]
    keys = _keys(looked_at)
    shown = keys[:COLUMNS]
    is_all = exact and len(looked_at) == len(records)
    return FileTable(
        rows=rows,
        rows_exact=exact,
        total_columns=len(keys) if len(keys) < _MOST_KEYS else None,
        columns=[_column(key, looked_at) for key in shown],
        counted=None if is_all else len(looked_at),
        head=[_row(record, shown[:CELLS]) for record in records[:ROWS]],
    )


def type_name(value: object) -> str:
    """JSON's word for the type of a value."""
    return _TYPES.get(type(value).__name__, type(value).__name__)


def joint_type(names: set[str]) -> str:
    """One word for values of these types."""
    names = names - {"null"} or names
    if names == {"integer", "number"}:
        return "number"
    return " or ".join(sorted(names)) or "empty"


def _keys(records: Sequence[Any]) -> list[str]:
    keys: dict[str, None] = {}
    for record in records:
        keys.update(dict.fromkeys(record if isinstance(record, dict) else ("value",)))
        if len(keys) >= _MOST_KEYS:
            break
    return list(keys)


def _column(key: str, records: Sequence[Any]) -> FileColumn:
    values = [_value(record, key) for record in records]
    missing = sum(value is None for value in values)
    types = {type_name(value) for value in values if value is not None}
    return FileColumn(name=short(key), type=joint_type(types), missing=missing)


def _value(record: Any, key: str) -> Any:
    return record.get(key) if isinstance(record, dict) else record


def _row(record: Any, keys: Sequence[str]) -> list[JsonValue]:
    return Cells().column(_value(record, key) for key in keys)
