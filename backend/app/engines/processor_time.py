"""Seconds of processor time that a cell takes, seen from outside its process."""

from __future__ import annotations

import os
import sys
import time

_CLOCK_OF_PROCESS = 2
"""The kind of clock that counts what all threads of a process took (clock_getcpuclockid(3))."""

_SOON = 0.01
"""Seconds between two looks, at least: who has next to nothing left may never take it."""


class ProcessorTime:
    """What a process has taken since this was made, held against a limit.

    Args:
        pid: of the process; what it starts counts for itself.
        limit: seconds; None sets none.
    """

    def __init__(self, pid: int, limit: float | None) -> None:
        self._clock = ~pid << 3 | _CLOCK_OF_PROCESS
        self._limit = limit if sys.platform == "linux" else None
        self._began = 0.0 if self._limit is None else self._seconds()

    def left(self) -> float | None:
        """Seconds after which to look again: it can be reached then; None without a limit."""
        if self._limit is None:
            return None
        return max(_SOON, (self._limit - self._taken()) / (os.cpu_count() or 1))

    @property
    def is_used_up(self) -> bool:
        """Whether the limit is reached."""
        return self._limit is not None and self._taken() >= self._limit

    def _taken(self) -> float:
        return self._seconds() - self._began

    def _seconds(self) -> float:
        if sys.platform == "win32":
            return 0.0
        try:
            return time.clock_gettime(self._clock)
        except OSError:
            return 0.0  # it has ended
