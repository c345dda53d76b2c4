"""Output that comes after its cell has ended, brought to whoever asked for the cell."""

from __future__ import annotations

import logging
from queue import Full, Queue
from threading import Lock, Thread

from .frames import Frame
from .link import LateEvent

_log = logging.getLogger("nbengine")
_WAITING = 10_000
_AFFORDABLE = 64 * 2**20
"""Events, and bytes of them, that may wait for a caller who is slow; more are dropped."""


class Courier:
    """Calls back in a thread of its own, which starts with the first late event."""

    def __init__(self) -> None:
        self._bag: Queue[tuple[LateEvent, Frame] | None] = Queue(_WAITING)
        self._waiting = 0
        self._dropped = 0
        self._lock = Lock()
        self._thread: Thread | None = None

    def send(self, late: LateEvent, frame: Frame) -> None:
        """Hand on an event, soon; never waits."""
        with self._lock:
            if not self._take(late, frame):
                return
            if self._thread is None:
                self._thread = Thread(target=self._serve, name="nbengine-courier", daemon=True)
                self._thread.start()

    def _take(self, late: LateEvent, frame: Frame) -> bool:
        try:
            if self._waiting and self._waiting + frame.size > _AFFORDABLE:
                raise Full
            self._bag.put_nowait((late, frame))
        except Full:
            if not self._dropped:  # who sends too much would fill the log, too
                _log.warning("late output of a cell was dropped: nobody takes it")
            self._dropped += 1
            return False
        self._waiting += frame.size
        return True

    def close(self) -> None:
        """End the thread, once all is handed on."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._bag.put(None)
            thread.join(5)

    def _serve(self) -> None:
        while (errand := self._bag.get()) is not None:
            late, frame = errand
            late(frame)
            with self._lock:
                self._waiting -= frame.size
