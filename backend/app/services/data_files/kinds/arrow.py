"""Arrow files (Feather 2) and streams: mapped, so that only what is looked at is read."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import Any

from pydantic import JsonValue

from ....capture.json_cells import Cells
from ....models.files import Contents, FileColumn, FileTable
from ..bounds import CELLS, COLUMNS, ROWS, short
from ..extra import library
from ..source import Source

_MOST_UNPACKED = 64 * 2**20
"""Bytes that the columns of one batch may take, about, for its first rows to be read."""


def describe_arrow(source: Source, form: str) -> Contents:
    """The table of an Arrow file or stream."""
    mapped = mmap.mmap(source.descriptor, source.size, access=mmap.ACCESS_READ)
    data = library("pyarrow").py_buffer(mapped)
    is_file = source.begin.startswith(b"ARROW1")
    table, notes = _Batches(data, source.size).file() if is_file else _stream(data)
    return Contents(kind="arrow", format=form, tables=[table], total_tables=1, notes=notes)


class _Batches:
    """The record batches of an Arrow file."""

    def __init__(self, data: Any, size: int) -> None:
        self._data = data
        self._ipc = library("pyarrow.ipc")
        whole = self._ipc.open_file(data)
        self._schema = whole.schema
        self._count: int = whole.num_record_batches
        self._column_bytes = size / max(1, self._count * len(self._schema))

    def file(self) -> tuple[FileTable, list[str]]:
        """The table, and what a reader should know."""
        if not self._count or not len(self._schema):
            return _table(self._schema, 0, exact=True, head=[]), []
        if self._column_bytes > 4 * _MOST_UNPACKED:
            note = "its record batches are too large to look into"
            return _table(self._schema, None, exact=False, head=[]), [note]
        last = self._count - 1
        first = self._batch(0, range(1)).num_rows
        rows = first if not last else first * last + self._batch(last, range(1)).num_rows
        notes = ["rows are estimated by its first and last record batch"] if last > 1 else []
        return _table(self._schema, rows, exact=last <= 1, head=self._head()), notes

    def _head(self) -> list[list[JsonValue]]:
        """Of as many columns as are cheap to unpack."""
        columns = min(CELLS, len(self._schema))
        if not self._is_mapped(self._batch(0, range(1))):
            columns = min(columns, int(_MOST_UNPACKED / max(1, self._column_bytes)))
        return _rows(self._batch(0, range(columns))) if columns else []

    def _is_mapped(self, batch: Any) -> bool:
        """Whether a batch lies in the file as it is, so that reading it unpacks nothing."""
        begin = self._data.address
        buffers = [buffer for buffer in batch.column(0).buffers() if buffer is not None]
        return all(begin <= buffer.address <= begin + self._data.size for buffer in buffers)

    def _batch(self, place: int, columns: range) -> Any:
        options = self._ipc.IpcReadOptions(included_fields=list(columns), use_threads=False)
        return self._ipc.open_file(self._data, options=options).get_batch(place)


def _stream(data: Any) -> tuple[FileTable, list[str]]:
    reader = library("pyarrow.ipc").open_stream(data)
    first = next(_read(reader), None)
    head = [] if first is None else _rows(first.select(range(min(CELLS, first.num_columns))))
    note = "a stream does not say how many rows it has"
    return _table(reader.schema, None, exact=False, head=head), [note]


def _read(reader: Any) -> Iterator[Any]:
    try:
        yield reader.read_next_batch()
    except StopIteration:
        return


def _table(schema: Any, rows: int | None, *, exact: bool, head: list[list[JsonValue]]) -> FileTable:
    fields = (schema.field(place) for place in range(min(COLUMNS, len(schema))))
    return FileTable(
        rows=rows,
        rows_exact=exact,
        total_columns=len(schema),
        columns=[FileColumn(name=short(field.name), type=short(field.type)) for field in fields],
        head=head,
    )


def _rows(batch: Any) -> list[list[JsonValue]]:
    columns = [column.slice(0, ROWS).to_pylist() for column in batch.columns]
    return [Cells().column(row) for row in zip(*columns, strict=True)]
