"""The thread in which a notebook lives: all its cells run there, whoever asks for them."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from threading import Lock, Thread

from .slices import SlicedWaits

Job = Callable[[], None]


class HomeThread:
    """One daemon thread that runs one job at a time.

    Objects bound to their thread (an sqlite3 connection, an event loop) work from cell to cell,
    and a caller can leave a job that does not end.
    """

    def __init__(self, name: str) -> None:
        self._job: Job | None = None
        self._work = Lock()
        self._work.acquire()
        self._thread = Thread(target=self._serve, name=f"nbengine-{name}", daemon=True)
        Context().run(self._thread.start)

    @property
    def is_gone(self) -> bool:
        """Whether it ended, or stayed behind in the process that this one was forked from."""
        return not self._thread.is_alive()

    def start(self, job: Job) -> None:
        """Run `job` now; it must not raise, and the one before must have ended."""
        self._job = job
        self._work.release()

    def end(self) -> None:
        """Let the thread end once its job has."""
        self._job = None
        self._work.release()

    def _serve(self) -> None:
        with SlicedWaits():
            while self._next():
                pass

    def _next(self) -> bool:
        self._work.acquire()
        job, self._job = self._job, None
        if job is None:
            return False
        job()
        return True
