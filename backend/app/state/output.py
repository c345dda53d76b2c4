"""Where a pickle is written to, and what it may cost."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from time import monotonic
from typing import Any

from .known import PROLOGUE


@dataclass(frozen=True)
class Bounds:
    """What one pickle may cost, its buffers aside."""

    size: float = inf
    """In bytes."""
    seconds: float = inf

    @property
    def too_large(self) -> str:
        """What is said of a pickle that has no room."""
        return f"it takes more than {self.size:,.0f} bytes (setting pickle_bytes)"

    @property
    def too_slow(self) -> str:
        """What is said of a pickle that does not come to its end in time."""
        return f"it takes more than {self.seconds:,.3g} s to save (setting pickle_seconds)"


UNBOUNDED = Bounds()
PART = 1 << 20
"""Bytes of a part of a long pickle."""


class BoundsExceededError(BaseException):
    """A pickle costs more than it may.

    No `Exception`, so that objects which catch those while they are saved let it pass.
    """


class Output(io.BytesIO):
    """Where a pickle is written to, within its bounds."""

    def __init__(self, bounds: Bounds) -> None:
        super().__init__()
        self._bounds = bounds
        self._deadline = monotonic() + bounds.seconds
        self.start()

    @property
    def time_left(self) -> float:
        """Seconds."""
        return self._deadline - monotonic()

    def start(self) -> None:
        """Forget an attempt that failed; the time that it took counts."""
        self.seek(0)
        self.truncate()
        self.cuts = [0]
        """Where what was written may be cut: picklers write long bytes and texts at once."""
        self.write(PROLOGUE)

    def write(self, data: Any, /) -> int:
        self.check_time()
        start = self.tell()
        if start + len(data) > self._bounds.size:
            raise BoundsExceededError(self._bounds.too_large)
        if start + len(data) - self.cuts[-1] >= PART:
            self._cut(start, start + len(data))
        return super().write(data)

    def _cut(self, start: int, stop: int) -> None:
        """Before what is long by itself, and after it."""
        if stop - start >= PART:
            self.cuts.append(start)
        self.cuts.append(stop)

    def check_time(self) -> None:
        """Give up when it takes too long."""
        if self.time_left < 0:
            raise BoundsExceededError(self._bounds.too_slow)


def parts(data: bytes, cuts: Iterable[int]) -> Iterator[memoryview]:
    """A pickle in parts of about the same length, those of large values in it apart from others.

    A change of one of them leaves the parts of the others as they are.

    Args:
        data: all that was written.
        cuts: where it may be cut, in any order.
    """
    whole = memoryview(data)
    for start, stop in pairwise(sorted({*cuts, len(data)})):
        count = max(1, (stop - start) // PART)
        places = [start + number * PART for number in range(count)]
        yield from (whole[one:other] for one, other in pairwise([*places, stop]))
