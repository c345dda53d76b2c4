"""A table written into a file, whole or as a query chooses its rows and columns."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from ...errors import InvalidInputError, MissingDependencyError, StorageError
from ...models.tables import TableForm, TableQuery
from ...runtime.wording import reason
from .columns import Columns
from .export import Export
from .window import Sight

_CELLS_AT_ONCE = 2**19
"""That CSV makes text of, which takes a hundred bytes each."""


def write_file(sight: Sight, query: TableQuery, form: TableForm, folder: Path) -> Path:
    """Write the matching rows, in their order; of the columns those named, else all.

    The query's offsets and limits are for windows and mean nothing here. The file has a name that
    nobody can guess; it is there whole or not at all. What it takes of memory does not grow with
    the rows, but for columns of Python objects and the order of the rows.

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
    export = Export(sight.source, places, matching)
    path = folder / f"table-{secrets.token_hex(16)}.{form}"
    scratch = path.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _WRITERS[form](export, scratch)
        scratch.replace(path)
    except OSError as error:
        raise StorageError(f"The table cannot be written: {reason(error)}.") from error
    finally:
        with suppress(OSError):
            scratch.unlink()
    return path


def _write_csv(export: Export, path: Path) -> None:
    import pandas

    at_once = max(1, _CELLS_AT_ONCE // max(1, len(export.places)))
    header: list[str] | bool = export.names
    with path.open("w", encoding="utf-8", newline="") as file:
        for values, height in export.columns():
            index = pandas.RangeIndex(height)
            frame = pandas.DataFrame(dict(enumerate(values)), index=index)
            frame.to_csv(file, index=False, header=header, chunksize=at_once)
            header = False


def _write_parquet(export: Export, path: Path) -> None:
    _check_pyarrow()
    from pyarrow import parquet

    schema = export.schema()
    with parquet.ParquetWriter(path, schema) as file:
        for table in export.tables(schema):
            file.write_table(table)


def _write_arrow(export: Export, path: Path) -> None:
    _check_pyarrow()
    import pyarrow

    schema = export.schema()
    with pyarrow.OSFile(str(path), "wb") as sink, pyarrow.ipc.new_file(sink, schema) as file:
        for table in export.tables(schema):
            file.write_table(table)


_WRITERS: Mapping[str, Callable[[Export, Path], None]] = {
    "csv": _write_csv,
    "parquet": _write_parquet,
    "arrow": _write_arrow,
}


def _check_pyarrow() -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise MissingDependencyError(
            "Parquet and Arrow files need pyarrow: pip install 'nbengine[files]'. "
            "CSV needs nothing more."
        ) from None
