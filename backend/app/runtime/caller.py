"""Whoever asked for a cell to run, while it does."""

from __future__ import annotations

import signal
from collections.abc import Callable
from threading import Lock
from time import monotonic
from types import FrameType
from typing import Any

from .interrupt import SIGINT, Gate, can_be_signalled, on_sigint

_SLICE = 0.05
"""Seconds for which a caller who waits does not notice that he is interrupted."""


class Caller:
    """The calling thread, where KeyboardInterrupt is raised by the cell's own code or not at all.

    In the main thread SIGINT (Ctrl-C too) is the interrupt of the cell that runs there, or else
    is noted for a caller who waits; one that nobody has answered reaches the host at the end.
    A caller who is a cell itself is shielded meanwhile, and interrupted at the end.
    """

    def __init__(self, gate: Gate, cell: Gate | None) -> None:
        self._gate = gate
        self._cell = cell
        self._pressed = False
        self._signals = can_be_signalled()
        self._before: Any = None

    @property
    def in_main_thread(self) -> bool:
        """Whether signals arrive here."""
        return self._signals

    @property
    def interrupted(self) -> bool:
        """Whether the caller was told to stop and has not answered."""
        return self._pressed or (self._cell is not None and self._cell.deferred)

    def answer(self) -> None:
        """What was asked of the caller has been done to the cell for which he waits."""
        self._pressed = False

    def wait(
        self,
        lock: Lock,
        timeout: float | None = None,
        in_vain: Callable[[], bool] | None = None,
    ) -> bool:
        """Acquire the lock; False if time runs out or the caller is interrupted before.

        Args:
            in_vain: whether there is nothing to wait for any more.
        """
        if not self._signals and self._cell is None and in_vain is None:
            return lock.acquire(timeout=-1 if timeout is None else timeout)
        deadline = None if timeout is None else monotonic() + timeout
        while not self.interrupted and not (in_vain is not None and in_vain()):
            left = _SLICE if deadline is None else min(_SLICE, deadline - monotonic())
            if lock.acquire(timeout=max(0.0, left)):
                return True
            if left <= 0:
                return False
        return False

    def __enter__(self) -> Caller:
        if self._cell is not None:
            self._cell.__enter__()
            self._cell.inner = self._gate
        if self._signals:
            self._before = on_sigint(self._handle)
        return self

    def __exit__(self, kind: type[BaseException] | None, *exc: object) -> None:
        if self._signals:
            before = signal.default_int_handler if self._before is None else self._before
            on_sigint(before)
            if self._pressed and kind is None and callable(self._before):
                self._before(SIGINT, None)
        if self._cell is not None:
            self._cell.inner = None
            self._cell.__exit__()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        means_all = self._cell is not None and not self._gate.signalled
        if means_all and callable(self._before):
            self._before(number, frame)
        if not self._gate.on_signal() and self._cell is None:
            self._pressed = True
