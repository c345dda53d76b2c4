"""A caller who waits for a worker, and need not wait for ever."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from math import inf
from threading import Lock, Thread
from time import monotonic
from typing import Any, TypeVar

from .ladder import Reason

T = TypeVar("T")
ALLOWANCE = 10.0
"""Seconds that a worker may take to start, whatever the timeout of the cell: they are not its."""


class Waiting:
    """Ends when the worker is there, when it is called off, or when its time is over.

    Args:
        patience: seconds that others may have all the workers there may be.
    """

    def __init__(self, patience: float = inf) -> None:
        self._until = monotonic() + patience
        self._lock = Lock()
        self._called_off: Future[Any] | None = None
        """Done once it is given up, for who waits for that."""
        self._has_begun = False
        self.reason: Reason | None = None
        """Why it was given up; None while it was not."""
        self.is_queued = False
        """Whether others have all workers there may be."""

    @property
    def is_over(self) -> bool:
        """Whether it was given up."""
        return self.reason is not None or monotonic() > self._until

    def call_off(self, reason: Reason) -> bool:
        """Give it up; False if it is too late for that, because the cell has begun."""
        with self._lock:
            if not self._has_begun and self.reason is None:
                self.reason = reason
                if self._called_off is not None:
                    self._called_off.set_result(None)
        return not self._has_begun

    def begin(self) -> bool:
        """The cell begins now; False if it was called off before."""
        with self._lock:
            self._has_begun = self.reason is None
        return self._has_begun

    def for_(self, start: Future[T], timeout: float | None) -> T | None:
        """What comes of the start; None if it was given up, also after so many seconds.

        A worker that starts, once nobody else is waited for, has its own time.

        Raises:
            NbengineError: there is no worker to be had.
        """
        with self._lock:
            called_off = self._called_off = Future[Any]()
            if self.reason is not None:
                called_off.set_result(None)
        either: tuple[Future[Any], ...] = (start, called_off)
        done, _ = wait(either, timeout, FIRST_COMPLETED)
        if timeout is not None and not done and not self.is_queued:
            done, _ = wait(either, max(0.0, ALLOWANCE - timeout), FIRST_COMPLETED)
        if not done:
            self.call_off("timeout")
        return None if self.is_over else start.result()


def begun(work: Callable[[], T]) -> Future[T]:
    """Work that goes on in a thread of its own, whoever waits for it."""
    future = Future[T]()

    def carry_out() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    Thread(target=carry_out, name="nbengine-start", daemon=True).start()
    return future
