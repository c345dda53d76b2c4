"""What is done after an answer was given, so that nobody waits for it."""

from __future__ import annotations

import atexit
import logging
import os
from collections.abc import Callable
from contextvars import Context
from threading import Condition, Thread
from time import monotonic
from weakref import WeakSet

_log = logging.getLogger("nbengine.state")

Job = Callable[[], None]

_LINGER = 1.0
"""Seconds for which the thread waits for more before it ends."""
_PATIENCE = 10.0
"""Seconds for which the end of the interpreter waits for a job that is being done."""


class LateWork:
    """Jobs for a thread that is there only while there are some, and for a moment after.

    What is left when the interpreter exits is done then. A forked child has none of it.
    """

    def __init__(self) -> None:
        self._begin()
        _ALL.add(self)

    def put_off(self, job: Job, delay: float) -> None:
        """Do a job in so many seconds; one that waits already is done once, at the later time."""
        self._add(job, monotonic() + delay)

    def within(self, job: Job, seconds: float) -> None:
        """Do a job in so many seconds; one that waits already is done when it was to be."""
        with self._changed:
            self._add(job, self._due.get(job, monotonic() + seconds))

    def _add(self, job: Job, due: float) -> None:
        with self._changed:
            is_first = not self._due
            self._due[job] = due
            if self._thread is None:
                self._start()
            elif is_first:
                self._changed.notify_all()

    def finish(self) -> None:
        """Do now, in this thread, whatever waits."""
        with self._changed:
            jobs = list(self._due)
            self._due.clear()
            self._changed.wait_for(lambda: not self._busy, _PATIENCE)
        for job in jobs:
            _do(job)

    def _begin(self) -> None:
        self._changed = Condition()
        self._due: dict[Job, float] = {}
        self._busy = False
        self._thread: Thread | None = None

    def _start(self) -> None:
        """Start the thread, which belongs to no cell; without one, jobs wait for `finish`."""
        thread = Thread(target=self._serve, name="nbengine-late", daemon=True)
        try:
            Context().run(thread.start)
        except RuntimeError as error:
            _log.debug("no thread for late work: %s", error)
        else:
            self._thread = thread

    def _serve(self) -> None:
        while (job := self._next()) is not None:
            _do(job)
            del job  # it holds a notebook
            with self._changed:
                self._busy = False
                self._changed.notify_all()

    def _next(self) -> Job | None:
        """The next job when it is due; None once there has been none for a while."""
        with self._changed:
            while self._due or self._changed.wait_for(lambda: self._due, _LINGER):
                job, time = min(self._due.items(), key=lambda item: item[1])
                if time <= monotonic():
                    del self._due[job]
                    self._busy = True
                    return job
                del job
                self._changed.wait(time - monotonic())
            self._thread = None
            return None


def _do(job: Job) -> None:
    try:
        job()
    except Exception:
        _log.exception("late work failed")


_ALL: WeakSet[LateWork] = WeakSet()


@atexit.register
def _at_exit() -> None:
    for work in list(_ALL):
        work.finish()


def _in_child() -> None:
    """The thread did not come along, and what it had taken nobody gives back."""
    for work in list(_ALL):
        work._begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
