"""Measured quantities: what a contender needed in each repeat, and how to say it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles

Unit = Callable[[float], str]
"""Says a quantity for a reader."""

OURS = "nbengine"
FLOOR = "floor"


@dataclass(frozen=True)
class Sample:
    """The same quantity, measured again and again."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.values)

    @property
    def p99(self) -> float:
        """What one in a hundred exceeds; the greatest of fewer than a hundred."""
        return quantiles(self.values, n=100)[-1] if len(self.values) >= 100 else max(self.values)


Samples = Mapping[str, Sample]
"""What each contender needed, by its name."""


def scaled(number: int, scale: float) -> int:
    """So many times a number of lines, points or rows, and at least one."""
    return max(1, round(number * scale))


def seconds(value: float) -> str:
    """A time: `44.9 µs`."""
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if value * factor >= 1:
            return f"{_three_digits(value * factor)} {unit}"
    return f"{_three_digits(value * 1e6)} µs"


def size(value: float) -> str:
    """Bytes, in powers of ten: `2.14 MB`."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(value) >= factor:
            return f"{_three_digits(value / factor)} {unit}"
    return f"{value:.0f} B"


def times(value: float) -> str:
    """A ratio: `4.4 ×`."""
    return f"{_three_digits(value)} ×"


def _three_digits(value: float) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"
