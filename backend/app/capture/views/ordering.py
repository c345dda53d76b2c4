"""The order of a pandas Series' values: stable, missing values last."""

from __future__ import annotations

from typing import Any

_NARROW = 2**16
"""Different keys up to which NumPy sorts in linear time, given a type that holds no more."""


def order(series: Any, *, ascending: bool) -> Any:
    """Places of the values in sorted order, as a NumPy array.

    Missing values, NaN among them, come last whichever the direction.
    """
    import numpy

    keys = _narrowed(_keys(series))
    if not ascending:
        keys = -keys if keys.dtype.kind == "f" else ~keys  # turns round, and never overflows
    places = numpy.argsort(keys, kind="stable")
    missing = series.isna().to_numpy(bool)
    if not missing.any():
        return places
    is_last = missing[places]
    return numpy.concatenate((places[~is_last], places[is_last]))


def _keys(series: Any) -> Any:
    """Numbers that are ordered as the values are; any number for a missing one."""
    import pandas

    dtype, letter = series.dtype, getattr(series.dtype, "kind", "O")
    if letter in "iuf":
        name = dtype.name.lower()
        return series.to_numpy(name, na_value=0) if letter in "iu" else _floats(series, name)
    if letter == "b":
        return series.to_numpy(bool, na_value=False).view("uint8")
    if hasattr(series.array, "asi8"):
        return series.array.asi8
    if isinstance(dtype, pandas.CategoricalDtype):
        return series.cat.codes.to_numpy()
    return pandas.factorize(series, sort=True)[0]


def _floats(series: Any, name: str) -> Any:
    import numpy

    return series.to_numpy(name, na_value=numpy.nan)


def _narrowed(keys: Any) -> Any:
    if keys.dtype.kind == "f" or keys.dtype.itemsize <= 2 or not len(keys):
        return keys
    low = keys.min()
    return (keys - low).astype("uint16") if int(keys.max()) - int(low) < _NARROW else keys
