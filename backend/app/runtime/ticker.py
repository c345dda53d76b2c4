"""The clock that announces text which was written and then left alone."""

from __future__ import annotations

import logging
from contextvars import Context
from threading import Condition, Thread
from time import monotonic
from typing import Protocol

_log = logging.getLogger("nbengine.output")

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
        """Who is to read, and when."""
        self._running = False

    def wake(self, execution: Reader, interval: float) -> None:
        """Let `execution` read in `interval` seconds, whoever else waits for longer."""
        with self._changed:
            self._waiting[id(execution)] = (execution, monotonic() + interval)
            if self._running:
                self._changed.notify()
                return
            self._running = True
        # An empty context: the thread belongs to no cell, although a cell's print starts it.
        thread = Thread(target=self._tick, name="nbengine-output", daemon=True)
        Context().run(thread.start)

    def _tick(self) -> None:
        while (due := self._next()) is not None:
            for execution in due:
                try:
                    execution.read_pending()
                except Exception:
                    _log.exception("text could not be announced")

    def _next(self) -> list[Reader] | None:
        """Whose time has come, perhaps nobody's yet; None if nobody has waited for long."""
        with self._changed:
            if not self._waiting and not self._changed.wait(_PATIENCE):
                self._running = False
                return None
            now = monotonic()
            due = [who for who, time in self._waiting.values() if time <= now]
            for execution in due:
                del self._waiting[id(execution)]
            if not due and self._waiting:
                self._changed.wait(min(time for _, time in self._waiting.values()) - now)
            return due


TICKER = Ticker()
"""The process has one: it holds nothing but what waits at the moment."""
