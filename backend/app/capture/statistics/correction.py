"""Signs that a cell corrected its p values for their number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .readers.reader import library_of
from .readers.roles import is_correction
from .readers.tables import table_of


def is_corrected(cell: Mapping[str, object]) -> bool:
    """Whether a variable, or a column of one, is a correction by its name or by its form.

    A function called so was perhaps only imported.
    """
    return any(
        (is_correction(name) and not callable(value)) or _holds_one(value)
        for name, value in cell.items()
    )


def _holds_one(value: Any) -> bool:
    if type(value) is tuple:
        return _is_multipletests(value)
    if library_of(type(value)) not in ("pandas", "polars"):
        return False
    kind = type(value).__name__
    if kind == "DataFrame":
        return any(is_correction(name[-1]) for name in table_of(value).names() if name)
    return kind == "Series" and is_correction(value.name)


def _is_multipletests(value: tuple[Any, ...]) -> bool:
    """What statsmodels gives back: which tests are significant, corrected p values, and levels."""
    if len(value) not in (2, 4) or {library_of(type(part)) for part in value[:2]} != {"numpy"}:
        return False
    rejected, corrected = value[:2]
    if {type(rejected).__name__, type(corrected).__name__} != {"ndarray"}:
        return False
    kinds = rejected.dtype.kind + corrected.dtype.kind
    return kinds == "bf" and bool(rejected.shape == corrected.shape)
