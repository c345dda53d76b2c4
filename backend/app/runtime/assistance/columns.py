"""Column names of tables and keys of dictionaries: what can stand in `x["…`.

The names are the live ones, taken from the library's own structures; a subclass of a table may
override anything that is said of it, so it is not asked.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import MethodDescriptorType
from typing import Any

from .live import (
    MISSING,
    Found,
    imported,
    in_class,
    is_class,
    is_from,
    mro,
    one_of,
    own_dict,
)

MOST = 20_000
"""Names looked at."""

_SLICES = ("loc", "at")


def keys(of: Found) -> list[str | int]:
    """The keys of a dictionary, the columns of a table or the fields of an array."""
    if type(of.value) is dict:
        names = list(dict.keys(of.value))[:MOST]
        return [name for name in names if one_of(type(name), (str, int))]
    return list(columns(of))


def columns(of: Found) -> list[str]:
    """The names of a table's columns."""
    for read in (_of_pandas, _of_polars, _of_numpy):
        names = read(of.value)
        if names is not None:
            return [name for name in list(names)[:MOST] if type(name) is str]
    return []


def column(of: Found) -> Found | None:
    """What one column of a table is."""
    for library, name in (("pandas", "DataFrame"), ("polars", "DataFrame")):
        if _is_a(of.value, library, name):
            return Found(imported(library, "Series"))
    return None


def subscripted_table(of: Found, attribute: str) -> Found | None:
    """The table that `of.loc[…]` or `of.at[…]` takes its columns from."""
    return of if attribute in _SLICES and _is_a(of.value, "pandas", "DataFrame") else None


def _is_a(value: Any, library: str, name: str) -> bool:
    if library not in sys.modules:
        return False
    cls = imported(library, name)
    return is_class(cls) and one_of(cls, mro(type(value)))


def _of_pandas(value: Any) -> Iterable[Any] | None:
    if not _is_a(value, "pandas", "DataFrame"):
        return None
    manager = own_dict(value).get("_mgr", MISSING)
    if not is_from(type(manager), "pandas"):
        return None
    index = manager.axes[0]
    if not is_from(type(index), "pandas"):
        return None
    labels: list[Any] = index.tolist()
    return (label[0] if type(label) is tuple and label else label for label in labels)


def _of_polars(value: Any) -> Iterable[Any] | None:
    if not _is_a(value, "polars", "DataFrame"):
        return None
    rows = own_dict(value).get("_df", MISSING)
    if type(in_class(type(rows), "columns")) is not MethodDescriptorType:
        return None
    names: list[str] = rows.columns()
    return names


def _of_numpy(value: Any) -> Iterable[Any] | None:
    if "numpy" not in sys.modules or type(value) is not imported("numpy", "ndarray"):
        return None
    names: tuple[str, ...] | None = value.dtype.names
    return names
