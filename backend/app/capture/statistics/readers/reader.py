"""What a reader is, how much of a value it may look at, and numbers as plain Python floats."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..evidence import Column, Evidence, Origin

Read = Callable[[Any, Origin], Iterator[Evidence]]
"""A value of one library in, what it says out; nothing for a value without statistical meaning."""

ROWS = 10_000
"""Rows of a frame, or numbers of an array, that are looked at."""
COLUMNS = 1_000
"""Columns of a frame whose names are looked at."""
MATRIX = 200
"""Columns up to which a square frame or array is examined as a correlation matrix."""
OBSERVATIONS = 1_000_000
"""Samples up to which a sum over all of them is taken."""
WORK = 20_000_000
"""Multiplications (samples × parameters²) up to which a condition number is computed anew."""

CONSTANTS = ("const", "Intercept")
"""Names that statsmodels and formulas give to the constant term."""


def number(value: Any) -> float:
    """A scalar as a float; NaN for anything else, whose conversion might be a user's code."""
    if type(value) in (float, int, bool) or library_of(type(value)) in ("numpy", "decimal"):
        try:
            return float(value)
        except (TypeError, ValueError, OverflowError):
            return math.nan
    return math.nan


def integer(value: object) -> int | None:
    """A scalar as an int, or None if it is no finite number."""
    found = number(value)
    return int(found) if math.isfinite(found) else None


def numbers(values: Any, limit: int = ROWS) -> list[float]:
    """The first numbers of an array, a series or a sequence, of any shape, as floats."""
    if hasattr(values, "ravel"):
        values = values.ravel()[:limit].tolist()
    elif hasattr(values, "to_numpy"):
        values = getattr(values, "iloc", values)[:limit].to_numpy().tolist()
    return [number(value) for value in list(values)[:limit]]


def named(names: Iterable[str], values: Any, prefix: str = "") -> Column:
    """Names beside their numbers; as many as there are of both."""
    found = numbers(values)
    return [(f"{prefix}{name}", value) for name, value in zip(names, found, strict=False)]


def numbered(noun: str, values: Any) -> Column:
    """Numbers called by their place: "test 1", "test 2"; a lone number by the noun alone."""
    found = numbers(values)
    if len(found) == 1:
        return [(noun, found[0])]
    return [(f"{noun} {place}", value) for place, value in enumerate(found, 1)]


def library_of(cls: type) -> str:
    """The top-level package of a class, read past any metaclass so that no user code runs."""
    module = _module(cls)
    return module.partition(".")[0] if type(module) is str else ""


def ancestors(value: object) -> set[str]:
    """Names of the value's classes, to know a library's class without importing it."""
    return {cls.__name__ for cls in type(value).__mro__}


_module: Callable[[type], object] = type.__dict__["__module__"].__get__
