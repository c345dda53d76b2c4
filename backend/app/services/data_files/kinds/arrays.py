"""NumPy's `.npy` and `.npz`: shape and type by the header, a few values; never unpickled."""

from __future__ import annotations

import ast
import struct
import zipfile
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import JsonValue

from ....models.files import Contents, FileTable
from ..array_table import MOST_BYTES, array_table, shape_text
from ..bounds import NAMES, TABLES, short
from ..extra import library
from ..source import Source
from ..zip_directory import UnreadableArchive, archive

_HEADER = 64 * 2**10
"""Bytes of a header that are read; NumPy itself takes no more than 10,000."""


class _Readable(Protocol):
    def read(self, count: int, /) -> bytes | None: ...


@dataclass(frozen=True)
class _Array:
    """An array of which the header was read, so that its values come next."""

    shape: tuple[int, ...]
    dtype: Any
    by_columns: bool
    file: _Readable

    def table(self, name: str | None) -> FileTable | None:
        """As a table, if it can be one."""
        if self.by_columns and len(self.shape) > 1:
            return array_table(name, self.shape, self.dtype, lambda _rows: ())
        return array_table(name, self.shape, self.dtype, self._first)

    def _first(self, rows: int) -> Any:
        shape = (rows, *self.shape[1:])
        count = self.dtype.itemsize
        for axis in shape:
            count *= axis
        data = self.file.read(min(count, MOST_BYTES)) or b""
        return library("numpy").frombuffer(data, dtype=self.dtype).reshape(shape)


def describe_arrays(source: Source, form: str) -> Contents:
    """One array, or those of an archive."""
    try:
        return _archive(source, form) if source.begin[:2] == b"PK" else _single(source, form)
    except (UnreadableArchive, zipfile.BadZipFile, ValueError, struct.error) as error:
        return Contents(kind="numpy", format=form, problem=f"This {form} is damaged: {error}.")


def _single(source: Source, form: str) -> Contents:
    source.file.seek(0)
    array = _opened(source.file)
    table = array.table(None)
    return Contents(
        kind="numpy",
        format=form,
        tables=[table] if table else [],
        total_tables=1,
        details={"array": shape_text(array.shape, array.dtype)},
        notes=_note(array.dtype.hasobject),
    )


def _archive(source: Source, form: str) -> Contents:
    arrays: dict[str, JsonValue] = {}
    tables: list[FileTable] = []
    has_objects = False
    with archive(source) as members:
        names = members.namelist()
        for member in names[:TABLES]:
            with members.open(member) as file:
                array = _opened(file)
                name = short(member.removesuffix(".npy"))
                table = array.table(name)
            arrays[name] = shape_text(array.shape, array.dtype)
            has_objects |= array.dtype.hasobject
            tables += [table] if table else []
    return Contents(
        kind="numpy",
        format=form,
        tables=tables,
        total_tables=len(names),
        details={"arrays": len(names), "shapes": dict(list(arrays.items())[:NAMES])},
        notes=_note(has_objects),
    )


def _note(has_objects: bool) -> list[str]:
    return ["it holds pickled objects, which are not read"] if has_objects else []


def _opened(file: _Readable) -> _Array:
    """The header. Source: NEP 1, and `numpy.lib.format` for versions 2 and 3."""
    begin = file.read(8) or b""
    if begin[:6] != b"\x93NUMPY" or len(begin) < 8:
        raise ValueError("it does not begin as one")
    form = "<H" if begin[6] == 1 else "<I"
    (length,) = struct.unpack(form, file.read(struct.calcsize(form)) or b"")
    if length > _HEADER:
        raise ValueError(f"its header has {length:,} bytes")
    text = (file.read(length) or b"").decode("latin-1").strip()
    try:
        header = ast.literal_eval(text)
        shape = tuple(int(axis) for axis in header["shape"])
        if any(axis < 0 for axis in shape):
            raise ValueError
        dtype = library("numpy.lib.format").descr_to_dtype(header["descr"])
        return _Array(shape, dtype, bool(header["fortran_order"]), file)
    except (ValueError, TypeError, KeyError, SyntaxError, MemoryError, RecursionError):
        raise ValueError("its header describes no array") from None
