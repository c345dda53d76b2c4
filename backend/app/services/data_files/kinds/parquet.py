"""Parquet: shape, columns and missing values out of the footer, the first rows by themselves."""

from __future__ import annotations

import io
import struct
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pydantic import JsonValue

from ....capture.json_cells import Cells
from ....models.files import Contents, FileColumn, FileTable
from ..bounds import CELLS, COLUMNS, ROWS, short
from ..extra import library
from ..source import Source

_MOST_FOOTER = 16 * 2**20
_MOST_STATISTICS = 100_000
"""Column chunks whose statistics are added up."""
_PAGES = 2 * 2**20
"""Bytes of a column chunk that are read for its first rows, about: its dictionary and one page."""
_MOST_PAGES = 64 * 2**20


def describe_parquet(source: Source, form: str) -> Contents:
    """The table of a Parquet file."""
    (length,) = struct.unpack("<I", source.read(source.size - 8, 4).rjust(4, b"\0"))
    if source.read(source.size - 4, 4) != b"PAR1" or length > source.size:
        told = "This Parquet file has no footer: it is cut, or still being written."
        return Contents(kind="parquet", format=form, problem=told)
    if length > _MOST_FOOTER:
        told = f"The footer of this Parquet file has {length:,} bytes, too many to look into."
        return Contents(kind="parquet", format=form, problem=told)
    file = library("pyarrow.parquet").ParquetFile(
        io.BufferedReader(source.file), pre_buffer=False, buffer_size=64 * 2**10
    )
    meta = file.metadata
    return Contents(
        kind="parquet",
        format=form,
        tables=[_table(file)],
        total_tables=1,
        details={
            "row groups": meta.num_row_groups,
            "written by": short(meta.created_by or "unknown"),
            "compression": _compression(meta),
        },
        notes=["missing values are those that the file's own statistics tell"],
    )


def _table(file: Any) -> FileTable:
    meta, schema = file.metadata, file.schema_arrow
    missing = _missing(meta)
    return FileTable(
        rows=meta.num_rows,
        total_columns=len(schema),
        columns=[
            FileColumn(
                name=short(field.name), type=short(field.type), missing=missing.get(field.name)
            )
            for field in (schema.field(place) for place in range(min(COLUMNS, len(schema))))
        ],
        head=_head(file, schema.names[:CELLS]),
    )


def _missing(meta: Any) -> dict[str, int | None]:
    """Nulls of each flat column with a name of its own, where every row group has counted them."""
    counts: dict[str, int | None] = {}
    columns = min(COLUMNS, meta.num_columns)
    if columns * meta.num_row_groups > _MOST_STATISTICS:
        return counts
    for group in (meta.row_group(place) for place in range(meta.num_row_groups)):
        for chunk in (group.column(place) for place in range(columns)):
            name, known = chunk.path_in_schema, chunk.statistics
            told = known.null_count if known is not None and known.has_null_count else None
            before = counts.get(name, 0)
            counts[name] = None if told is None or before is None else before + told
    names = Counter(meta.schema.column(place).path for place in range(columns))
    return {name: count for name, count in counts.items() if names[name] == 1}


def _head(file: Any, names: list[str]) -> list[list[JsonValue]]:
    """The first rows, of columns that cost little; the others read as text that says so."""
    if not file.metadata.num_row_groups:
        return []
    cheap = _cheap(file.metadata.row_group(0), names)
    batch = next(file.iter_batches(ROWS, row_groups=[0], columns=sorted(cheap)), None)
    if batch is None:
        return []
    read, unread = _by_name(batch), ["(not read)"] * batch.num_rows
    columns = [next(read[name]) if name in read else unread for name in names]
    return [Cells().column(row) for row in zip(*columns, strict=True)]


def _by_name(batch: Any) -> dict[str, Iterator[list[Any]]]:
    """The values of its columns, of those with the same name one after the other."""
    columns: dict[str, list[list[Any]]] = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        columns.setdefault(name, []).append(column.to_pylist())
    return {name: iter(values) for name, values in columns.items()}


def _cheap(group: Any, names: list[str]) -> set[str]:
    """The first columns, as far as their first pages are not too much together."""
    sizes: dict[str, int] = {}
    for place in range(min(group.num_columns, 10 * CELLS)):
        chunk = group.column(place)
        path = chunk.path_in_schema
        top = path if path in names else path.partition(".")[0]
        sizes[top] = sizes.get(top, 0) + min(
            chunk.total_compressed_size, chunk.total_uncompressed_size
        )
    room, cheap = _MOST_PAGES, set()
    for name in names:
        size = sizes.get(name)
        if size is not None and (size := min(size, _PAGES)) <= room:
            room -= size
            cheap.add(name)
    return cheap


def _compression(meta: Any) -> str:
    if not meta.num_row_groups or not meta.num_columns:
        return "none"
    return str(meta.row_group(0).column(0).compression).lower()
