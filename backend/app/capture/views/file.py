"""A table written into a file, whole or as a query chooses its rows and columns."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from ...errors import InvalidInputError, MissingDependencyError, StorageError
from ...models.tables import TableForm, TableQuery
from ...runtime.wording import reason
from ..known_classes import is_known
from ..table_schema import distinct
from .columns import Columns, vector_at
from .quiet_cells import QuietCells
from .vector import Vector
from .window import Sight

_AS_TEXT = ("mixed", "other", "bytes")
"""Kinds of values that CSV can only say as text, nested ones as JSON."""


def write_file(sight: Sight, query: TableQuery, form: TableForm, folder: Path) -> Path:
    """Write the matching rows, in their order; of the columns those named, else all.

    The query's offsets and limits are for windows and mean nothing here. The file has a name that
    nobody can guess; it is there whole or not at all.

    Raises:
        InvalidInputError: there is no such form; or as `window`.
        MissingDependencyError: Parquet and Arrow need pyarrow.
        StorageError: it cannot be written.
    """
    if form not in _WRITERS:
        raise InvalidInputError(f"A table can be written as {', '.join(_WRITERS)}, not {form!r}.")
    columns = Columns(sight.source)
    wanted = query.columns
    places = range(sight.source.width) if wanted is None else columns.positions(wanted)
    matching = sight.matching(columns, query)
    rows = slice(None) if matching is None else matching
    path = folder / f"table-{secrets.token_hex(16)}.{form}"
    scratch = path.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _WRITERS[form](sight, places, rows, scratch)
        scratch.replace(path)
    except OSError as error:
        raise StorageError(f"The table cannot be written: {reason(error)}.") from error
    finally:
        with suppress(OSError):
            scratch.unlink()
    return path


def _write_csv(sight: Sight, places: Sequence[int], rows: Any, path: Path) -> None:
    import pandas

    names = [sight.source.column(place).name for place in places]
    vectors = (vector_at(sight.source, place) for place in places)
    data = {number: _for_csv(vector, rows) for number, vector in enumerate(vectors)}
    height = range(sight.source.height)[rows] if isinstance(rows, slice) else range(len(rows))
    frame = pandas.DataFrame(data, index=pandas.RangeIndex(len(height)), copy=False)
    frame.to_csv(path, index=False, header=names)


def _for_csv(vector: Vector, rows: Any) -> Any:
    import pandas

    series = vector.series.iloc[rows].reset_index(drop=True)
    if vector.kind not in _AS_TEXT:
        return series
    return pandas.Series(_texts(series), dtype=object)


def _write_parquet(sight: Sight, places: Sequence[int], rows: Any, path: Path) -> None:
    table = _arrow_table(sight, places, rows)
    from pyarrow import parquet

    parquet.write_table(table, path)


def _write_arrow(sight: Sight, places: Sequence[int], rows: Any, path: Path) -> None:
    table = _arrow_table(sight, places, rows)
    import pyarrow

    with pyarrow.OSFile(str(path), "wb") as sink, pyarrow.ipc.new_file(sink, table.schema) as file:
        file.write_table(table)


_WRITERS: Mapping[str, Callable[[Sight, Sequence[int], Any, Path], None]] = {
    "csv": _write_csv,
    "parquet": _write_parquet,
    "arrow": _write_arrow,
}


def _arrow_table(sight: Sight, places: Sequence[int], rows: Any) -> Any:
    try:
        import pyarrow
    except ImportError:
        raise MissingDependencyError(
            "Parquet and Arrow files need pyarrow: pip install 'nbengine[files]'. "
            "CSV needs nothing more."
        ) from None
    names = distinct(sight.source.column(place).name for place in places)
    arrays = [_arrow_column(sight, place, rows) for place in places]
    return pyarrow.table(arrays, names=list(names))


def _arrow_column(sight: Sight, place: int, rows: Any) -> Any:
    """A column as Arrow says it; as text where it cannot, or only by the user's own code."""
    import pyarrow

    vector = vector_at(sight.source, place)
    if all(map(is_known, vector.classes)):
        try:
            return sight.source.arrow(place, rows)
        except (pyarrow.ArrowException, TypeError, ValueError):
            pass
    return pyarrow.array(_texts(vector.series.iloc[rows]), pyarrow.string())


def _texts(series: Any) -> list[Any]:
    """Values as text; nested ones as JSON, missing ones None."""
    cells = QuietCells()
    return [
        None if is_missing else _text(cells, value)
        for value, is_missing in zip(series, series.isna(), strict=True)
    ]


def _text(cells: QuietCells, value: Any) -> str:
    said = value if type(value) is str else cells.value(value)
    return said if isinstance(said, str) else orjson.dumps(said).decode()
