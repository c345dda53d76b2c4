"""The thread in which a notebook lives: all its cells run there, whoever asks for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import Context
from threading import Lock, Thread, get_ident

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
        thread = Thread(target=self._serve, name=f"nbengine-{name}", daemon=True)
        Context().run(thread.start)

    def start(self, job: Job) -> None:
        """Run `job` now; it must not raise, and the one before must have ended."""
        self._job = job
        self._work.release()

    def end(self) -> None:
        """Let the thread end once its job has."""
        self._job = None
        self._work.release()

    def _serve(self) -> None:
        with InterruptibleSleep():
            while self._next():
                pass

    def _next(self) -> bool:
        self._work.acquire()
        job, self._job = self._job, None
        if job is None:
            return False
        job()
        return True


_SLICE = 0.05
"""Seconds for which a sleeping home thread does not notice an interrupt."""

_sleep = time.sleep
_homes: set[int] = set()


class InterruptibleSleep:
    """Marks the calling thread: `time.sleep` in it is cut into slices.

    Outside of the main thread nothing else can end a sleep, and cells sleep a lot.
    """

    def __enter__(self) -> None:
        _homes.add(get_ident())
        time.sleep = _sliced_sleep

    def __exit__(self, *exc: object) -> None:
        _homes.discard(get_ident())


def _sliced_sleep(seconds: float, /) -> None:
    """Suspend execution for a given number of seconds (may be a fraction)."""
    if get_ident() not in _homes or not isinstance(seconds, float | int) or seconds <= _SLICE:
        _sleep(seconds)
        return
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        _sleep(min(left, _SLICE))
