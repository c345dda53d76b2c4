"""The clock that announces text which was written and then left alone."""

from __future__ import annotations

from contextvars import Context
from threading import Condition, Thread
from time import sleep
from typing import Protocol

_PATIENCE = 1.0
"""Seconds without anything to announce after which the thread ends."""


class Reader(Protocol):
    """Something whose waiting text can be announced."""

    def read_pending(self) -> None:
        """Announce what waits, or ask to be called again."""


class Ticker:
    """One thread for all executions that have a listener; none while nothing is written."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._waiting: dict[int, tuple[Reader, float]] = {}
        self._running = False

    def wake(self, execution: Reader, interval: float) -> None:
        """Let `execution` read in `interval` seconds."""
        with self._changed:
            self._waiting[id(execution)] = (execution, interval)
            if self._running:
                self._changed.notify()
                return
            self._running = True
        # An empty context: the thread belongs to no cell, although a cell's print starts it.
        thread = Thread(target=self._tick, name="nbengine-output", daemon=True)
        Context().run(thread.start)

    def _tick(self) -> None:
        while due := self._next():
            sleep(min(interval for _, interval in due))
            for execution, _ in due:
                execution.read_pending()

    def _next(self) -> list[tuple[Reader, float]]:
        with self._changed:
            if not self._waiting:
                self._changed.wait(_PATIENCE)
            due, self._waiting = list(self._waiting.values()), {}
            self._running = bool(due)
            return due


TICKER = Ticker()
"""The process has one: it holds nothing but what waits at the moment."""
