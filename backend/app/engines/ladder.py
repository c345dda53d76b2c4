"""Ending a cell that does not end by itself: each rung is harder, and has its time."""

from __future__ import annotations

from collections.abc import Callable
from signal import SIGINT
from time import monotonic
from typing import Literal

from .ending import KILL

Reason = Literal["timeout", "interrupted"]

SLACK = 0.5
"""Seconds beyond the worker's own bounds, before a rung is taken from outside."""


class Ladder:
    """Rungs: the engine in the worker interrupts the cell; SIGINT from outside; SIGKILL.

    A cell that runs into its timeout, or is interrupted, has ended within
    `2 * grace + SLACK` seconds after that, whatever it does.

    Args:
        grace: seconds that the worker's own interrupt may take.
        signal: sends the worker a signal.
    """

    def __init__(self, grace: float, signal: Callable[[int], None]) -> None:
        self._grace = grace
        self._signal = signal
        self._due: float | None = None
        self._rungs: list[int] = []
        self.reason: Reason | None = None
        """Why the cell is being ended, as soon as it is from outside."""
        self._armed_for: Reason | None = None

    @property
    def is_spent(self) -> bool:
        """Whether the last rung was taken."""
        return self.reason is not None and not self._rungs

    def arm(self, seconds: float, reason: Reason) -> None:
        """The worker interrupts the cell in so many seconds; from then on its time counts."""
        if self.reason is not None:
            return
        due = monotonic() + seconds + self._grace + SLACK
        if self._due is None or due < self._due:
            self._due, self._armed_for = due, reason
            self._rungs = [SIGINT, KILL]

    def wait(self) -> float | None:
        """Seconds until the next rung; None without one."""
        return None if self._due is None else max(0.0, self._due - monotonic())

    def climb(self) -> None:
        """Take the next rung if its time has come."""
        if self._due is None or monotonic() < self._due:
            return
        self.reason = self.reason or self._armed_for
        self._signal(self._rungs.pop(0))
        self._due = monotonic() + self._grace if self._rungs else None
