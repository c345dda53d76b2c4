"""HDF5: groups and data sets with their shapes; nothing of other files, nothing unpickled."""

from __future__ import annotations

import io
import math
from typing import Any

from pydantic import JsonValue

from ....capture.json_cells import Cells
from ....models.files import Contents, FileColumn, FileTable
from ..array_table import array_table, shape_text
from ..bounds import NAMES, ROWS, TABLES, short
from ..extra import library
from ..source import Source
from ..stored_frame import stored_frame

_MOST_OBJECTS = 2_000
_MOST_CHUNK = 16 * 2**20
"""Bytes of a chunk, which is read and unpacked as a whole."""
_INTERNAL = "_i_"
"""Begins the groups in which PyTables keeps indexes."""


def describe_hdf5(source: Source, form: str) -> Contents:
    """The data sets of an HDF5 file, in the order of their names."""
    h5py = library("h5py")
    with h5py.File(io.BufferedReader(source.file), "r") as file:
        found = _Walk(h5py)
        file.visititems(found.visit)
        return Contents(
            kind="hdf5",
            format=form,
            tables=found.tables,
            total_tables=None if found.is_cut else found.count,
            details={"data sets": found.count, "shapes": found.shapes},
            notes=found.notes(),
        )


class _Walk:
    """What was met; links to other places and files are not followed by the walk itself."""

    def __init__(self, h5py: Any) -> None:
        self.tables: list[FileTable] = []
        self.shapes: dict[str, JsonValue] = {}
        self.count = 0
        self.is_cut = False
        self._frames: set[str] = set()
        """Groups that are DataFrames of pandas."""
        self._h5py = h5py
        self._objects = 0
        self._elsewhere = 0

    def visit(self, name: str, item: Any) -> bool | None:
        """One object; True ends the walk."""
        self._objects += 1
        self.is_cut = self._objects > _MOST_OBJECTS
        if self.is_cut:
            return True
        if isinstance(item, self._h5py.Group):
            self._take_frame(name, item)
        elif not self._is_inner(name):
            self._take(name, item)
        return None

    def _is_inner(self, name: str) -> bool:
        """Whether a data set is a part of something that is told as a whole, or of an index."""
        is_index = any(part.startswith(_INTERNAL) for part in name.split("/"))
        return is_index or name.rpartition("/")[0] in self._frames

    def notes(self) -> list[str]:
        """What a reader should know."""
        told = {
            f"it has more than {_MOST_OBJECTS:,} objects, not all were looked at": self.is_cut,
            "some data sets keep their values in other files, which were not opened": (
                self._elsewhere > 0
            ),
        }
        return [sentence for sentence, holds in told.items() if holds]

    def _take_frame(self, name: str, group: Any) -> None:
        if len(self.tables) < TABLES and (frame := stored_frame(name, group, self._first)):
            self._frames.add(name)
            self.count += 1
            self.tables.append(frame)

    def _take(self, name: str, item: Any) -> None:
        self.count += 1
        if item.shape is None:
            return
        is_text = self._h5py.check_string_dtype(item.dtype) is not None
        if len(self.shapes) < NAMES:
            self.shapes[short(name)] = _shape(item, is_text=is_text)
        if len(self.tables) < TABLES:
            table = self._text_table(name, item) if is_text else self._table(name, item)
            self.tables += [table] if table is not None else []

    def _table(self, name: str, item: Any) -> FileTable | None:
        return array_table(
            short(name), item.shape, item.dtype, lambda rows: self._first(item, rows)
        )

    def _text_table(self, name: str, item: Any) -> FileTable | None:
        if len(item.shape) != 1:
            return None
        values = self._first(item, min(ROWS, item.shape[0]), text=True)
        return FileTable(
            name=short(name),
            rows=item.shape[0],
            total_columns=1,
            columns=[FileColumn(name="value", type="text")],
            head=[[cell] for cell in Cells().column(values)],
        )

    def _first(self, item: Any, rows: int, *, text: bool = False) -> Any:
        """The first rows, if they are in this file and cheap."""
        if item.external or item.is_virtual:
            self._elsewhere += 1
            return []
        if not rows or math.prod(item.chunks or ()) * item.dtype.itemsize > _MOST_CHUNK:
            return []
        try:
            return (item.asstr(errors="replace") if text else item)[:rows]
        except (OSError, ValueError, TypeError):  # a filter that is not there, a damaged chunk
            return []


def _shape(item: Any, *, is_text: bool) -> str:
    if is_text:
        return short(f"text {' × '.join(map(str, item.shape)) or 'scalar'}")
    return shape_text(item.shape, item.dtype)
