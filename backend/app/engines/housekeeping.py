"""What an engine does beside its calls: in one thread, which exists while there is work for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import TIMEOUT_MAX, Condition, Thread
from time import monotonic

_log = logging.getLogger("nbengine")


class Housekeeping:
    """Runs tasks when they are due, one after another.

    Args:
        name: of the thread.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._due: dict[Callable[[], None], float] = {}
        self._changed = Condition()
        self._open = True
        self._thread: Thread | None = None

    def soon(self, task: Callable[[], None], seconds: float = 0.0) -> None:
        """Run it in so many seconds; sooner, if it was to be run sooner already."""
        due = monotonic() + seconds
        with self._changed:
            if not self._open or self._due.get(task, due + 1) <= due:
                return
            self._due[task] = due
            if self._thread is None:
                self._thread = Thread(target=self._serve, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self) -> None:
        """Run nothing any more; waits for what runs."""
        with self._changed:
            self._open = False
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _serve(self) -> None:
        while (task := self._next()) is not None:
            try:
                task()
            except Exception:
                _log.exception("housekeeping failed")

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while self._open:
                if not self._due:
                    self._changed.wait()
                    continue
                task, due = min(self._due.items(), key=lambda item: item[1])
                if (left := due - monotonic()) <= 0:
                    del self._due[task]
                    return task
                self._changed.wait(min(left, TIMEOUT_MAX))
            return None
