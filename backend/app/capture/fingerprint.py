"""What is remembered of a table to tell later whether it changed: no copy, nothing kept alive."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import is_
from typing import Any
from weakref import ref

WHOLE_LIMIT = 1_000_000
"""Values of a table that are hashed whole: two milliseconds for columns of numbers."""
SAMPLE_LIMIT = 20_000
"""Values that are hashed of a larger one."""
AXES = 2
"""How many of a pandas table's parts, the first, label the others."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is remembered of one table."""

    look: Look
    frame: ref[Any]
    parts: tuple[ref[Any], ...]
    """The objects that it is made of."""
    labels: object
    """What says its shape and names without looking at values."""
    values: int
    """Hash of the values looked at."""
    whole: bool
    """Whether that was all of them."""

    @classmethod
    def of(cls, frame: Any) -> Fingerprint:
        """The table as it is now."""
        look = _look_of(frame)
        height, width = frame.shape
        whole = height * width <= WHOLE_LIMIT
        rows = [slice(None)] if whole else list(_spread(height, width))
        return cls(
            look=look,
            frame=ref(frame),
            parts=tuple(map(ref, look.parts(frame))),
            labels=look.labels(frame),
            values=hash(frozenset(look.values(frame, rows))),
            whole=whole,
        )

    def compare(self, frame: Any) -> str:
        """Whether the table is made of the `same` parts, of `changed` ones, or was `regrouped`.

        pandas gathers columns of one type into one block at times of its own choosing: fewer
        blocks under the same labels say nothing about the values.
        """
        if self.look.labels(frame) != self.labels:
            return "changed"
        parts = self.look.parts(frame)
        same = list(map(is_, [old() for old in self.parts], parts))
        if len(parts) == len(self.parts):
            return "same" if all(same) else "changed"
        fewer = len(parts) < len(self.parts)
        return "regrouped" if fewer and all(same[:AXES]) else "changed"


@dataclass(frozen=True)
class Look:
    """How to look at one library's tables."""

    parts: Callable[[Any], Sequence[object]]
    labels: Callable[[Any], object]
    values: Callable[[Any, list[slice]], Iterator[object]]
    """Pieces that differ where the values in these rows do, in any order, each with its place."""


def table_classes() -> tuple[type, ...]:
    """The classes of imported libraries whose instances can be remembered."""
    loaded = sys.modules
    return tuple(
        [
            cls
            for library, name in _LOOKS
            if library in loaded and (cls := getattr(loaded[library], name, None)) is not None
        ]
    )


def _look_of(frame: object) -> Look:
    return next(
        look
        for (library, name), look in _LOOKS.items()
        if issubclass(type(frame), getattr(sys.modules.get(library), name, ()))
    )


def _spread(height: int, width: int) -> Iterator[slice]:
    """The first, the last and evenly spread rows, `SAMPLE_LIMIT` values in all."""
    rows = max(1, SAMPLE_LIMIT // (3 * width))
    yield slice(0, rows)
    yield slice(max(0, height - rows), None)
    yield slice(0, None, max(1, height // rows))


def _pandas_parts(frame: Any) -> list[object]:
    manager = frame._mgr
    blocks = manager.blocks
    arrow = [getattr(block.values, "_pa_array", None) for block in blocks]
    return [*manager.axes, *blocks, *[array for array in arrow if array is not None]]


def _pandas_labels(frame: Any) -> object:
    return [tuple(axis.names) for axis in frame._mgr.axes]


def _pandas_values(frame: Any, rows: list[slice]) -> Iterator[object]:
    for block in frame._mgr.blocks:
        places = block.mgr_locs.as_array.tolist()
        for part, array in enumerate(arrays_behind(block.values)):
            lines = array if array.ndim == 2 else [array]
            for place, line in zip(places, lines, strict=True):
                for number, some in enumerate(rows):
                    yield place, part, number, hash(line[some].tobytes())


def arrays_behind(values: Any) -> Iterator[Any]:
    """The NumPy arrays behind a column or block; of objects they hold the addresses.

    Arrow's are not among them: they never change, and which one it is is among the parts.
    """
    if isinstance(values, sys.modules["numpy"].ndarray):
        yield values
    elif hasattr(values, "dtype") and not hasattr(values, "_pa_array"):
        for name in ("_ndarray", "_data", "_mask", "_left", "_right"):
            yield from arrays_behind(getattr(values, name, None))


def _polars_labels(frame: Any) -> object:
    return frame.shape, frame.columns, frame.dtypes


def _polars_values(frame: Any, rows: list[slice]) -> Iterator[object]:
    for number, some in enumerate(rows):
        for place, column in enumerate(frame[some].iter_columns()):
            yield place, number, _polars_hash(column)


def _polars_hash(column: Any) -> object:
    try:
        return column.hash().to_numpy().tobytes()
    except Exception:  # nested and object columns have no hash in some versions
        return None


def _no_parts(_frame: object) -> Sequence[object]:
    return ()


def _no_labels(_frame: object) -> object:
    return None


def _no_values(_frame: object, _rows: list[slice]) -> Iterator[object]:
    return iter(())


_LOOKS = {
    ("pandas", "DataFrame"): Look(_pandas_parts, _pandas_labels, _pandas_values),
    ("polars", "DataFrame"): Look(_no_parts, _polars_labels, _polars_values),
    # These never change.
    ("pyarrow", "Table"): Look(_no_parts, _no_labels, _no_values),
}
