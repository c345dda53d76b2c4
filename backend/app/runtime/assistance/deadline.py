"""An answer in time, or none: the work goes on in a thread that nobody waits for any more."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from threading import Event, Lock, Thread
from typing import Generic, TypeVar

MOST = 4
"""Abandoned pieces of work that may be under way; with more, none is begun."""

T = TypeVar("T")


class Deadlines:
    """Runs one piece of work a call, each in a thread of its own. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._abandoned = 0

    def run(self, work: Callable[[], T], seconds: float) -> T | None:
        """What the work gives; None if that takes too long, fails, or too much is under way."""
        if self._abandoned >= MOST:
            return None
        task = _Task(work)
        thread = Thread(target=task.run, name="nbengine-assistance", daemon=True)
        Context().run(thread.start)
        if not task.ended.wait(seconds):
            self._abandon(task)
        return task.result

    def _abandon(self, task: _Task[T]) -> None:
        with self._lock:
            self._abandoned += 1
        task.when_ended(self._came_back)

    def _came_back(self) -> None:
        with self._lock:
            self._abandoned -= 1


class _Task(Generic[T]):
    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._lock = Lock()
        self._callback: Callable[[], None] | None = None
        self.ended = Event()
        self.result: T | None = None

    def run(self) -> None:
        try:
            self.result = self._work()
        finally:
            with self._lock:
                self.ended.set()
                callback = self._callback
            if callback is not None:
                callback()

    def when_ended(self, callback: Callable[[], None]) -> None:
        with self._lock:
            if not self.ended.is_set():
                self._callback = callback
                return
        callback()
