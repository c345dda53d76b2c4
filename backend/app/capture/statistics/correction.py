"""Signs that a cell corrected its p values for their number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .readers.reader import library_of
from .readers.roles import normal, role_of
from .readers.tables import table_of

WORDS = "padj adjp adjusted corrected fdr bonf holm sidak qval reject".split()
"""Parts of names that only corrected p values bear."""


def is_corrected(cell: Mapping[str, object]) -> bool:
    """Whether a variable, or a column of one, is a correction by its name or by its form.

    A function called so was perhaps only imported.
    """
    return any(
        (says_so(name) and not callable(value)) or _holds_one(value)
        for name, value in cell.items()
    )


def says_so(name: object) -> bool:
    """Whether a name is one of corrected p values."""
    role = role_of(name)
    if role is None and type(name) is str:
        return any(word in normal(name) for word in WORDS)
    return role == "corrected"


def _holds_one(value: Any) -> bool:
    if type(value) is tuple:
        return _is_multipletests(value)
    if library_of(type(value)) not in ("pandas", "polars"):
        return False
    kind = type(value).__name__
    if kind == "DataFrame":
        return any(says_so(name[-1]) for name in table_of(value).names() if name)
    return kind == "Series" and says_so(value.name)


def _is_multipletests(value: tuple[Any, ...]) -> bool:
    """What statsmodels gives back: which tests are significant, corrected p values, and levels."""
    if len(value) not in (2, 4) or {library_of(type(part)) for part in value[:2]} != {"numpy"}:
        return False
    rejected, corrected = value[:2]
    kinds = rejected.dtype.kind + corrected.dtype.kind
    return kinds == "bf" and bool(rejected.shape == corrected.shape)
