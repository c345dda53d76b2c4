"""Limits that a cell gave to a fit as its `bounds`, in the forms that SciPy takes."""

from __future__ import annotations

import math
from typing import Any

from ..evidence import Bound, Column
from .reader import library_of, number, numbers

NEAR = 1e-8
"""Distance from a limit, in widths of the interval, that counts as lying on it."""

Limits = list[tuple[float, float]]


def pairs(given: Any) -> Limits:
    """Of `minimize` and its kin: one (low, high) a parameter, None for no limit."""
    if _is_object(given):
        return arrays((given.lb, given.ub))
    if not _is_plain(given) or not all(_is_plain(pair) and len(pair) == 2 for pair in given):
        return []
    return [(_end(low, -math.inf), _end(high, math.inf)) for low, high in given]


def arrays(given: Any) -> Limits:
    """Of `curve_fit`: all lower limits and all upper ones, either of them an array or a scalar."""
    if _is_object(given):
        return arrays((given.lb, given.ub))
    if not _is_plain(given) or len(given) != 2:
        return []
    low, high = (numbers(_many(end)) for end in given)
    count = max(len(low), len(high))
    low, high = (end * count if len(end) == 1 else end for end in (low, high))
    return list(zip(low, high, strict=True)) if len(low) == len(high) else []


def lying_on(limits: Limits, estimates: Column) -> list[Bound]:
    """The estimates that lie on their limits; none if the limits are not for so many."""
    if len(limits) != len(estimates):
        return []
    found = []
    for (name, value), (low, high) in zip(estimates, limits, strict=True):
        width = high - low if math.isfinite(high - low) else max(1.0, abs(value))
        if low < high and abs(value - low) <= NEAR * width:
            found.append(Bound(name, value, "lower"))
        elif low < high and abs(value - high) <= NEAR * width:
            found.append(Bound(name, value, "upper"))
    return found


def _is_object(given: object) -> bool:
    return type(given).__name__ == "Bounds" and library_of(type(given)) == "scipy"


def _is_plain(given: object) -> bool:
    return type(given) in (list, tuple)


def _many(value: Any) -> Any:
    return value if hasattr(value, "ravel") or _is_plain(value) else [value]


def _end(value: object, absent: float) -> float:
    return absent if value is None else number(value)
