"""Workers that were forked before anybody needed them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Lock

from ..errors import WorkerStartError
from .nursery import Nursery, Worker


class Spares:
    """A few idle workers, and the warm parent that makes more of them.

    Args:
        count: how many are to be ready.
        start: starts a warm parent; called again if that one is gone.
    """

    def __init__(self, count: int, start: Callable[[], Nursery]) -> None:
        self._count = count
        self._start = start
        self._nursery: Nursery | None = None
        self._ready: deque[Worker] = deque()
        self._open = True
        self._lock = Lock()

    @property
    def nursery(self) -> Nursery:
        """The warm parent, started if need be.

        Raises:
            WorkerStartError: there is to be none any more.
        """
        with self._lock:
            if not self._open:
                raise WorkerStartError("The engine is closed.")
            if self._nursery is None or not self._nursery.alive:
                if self._nursery is not None:
                    self._nursery.close()
                self._nursery = self._start()
            return self._nursery

    def take(self) -> Worker:
        """A worker that was nobody's.

        Raises:
            WorkerStartError: there is none, and none can be made.
        """
        while self._ready:
            with suppress(IndexError):
                worker = self._ready.popleft()
                if not worker.ending.done():
                    return worker
                worker.close()
        return self.nursery.fork()

    def fill(self) -> None:
        """Make those that are missing."""
        while len(self._ready) < self._count:
            try:
                self._ready.append(self.nursery.fork(ahead=True))
            except WorkerStartError:
                return  # who needs one hears of it

    def close(self) -> None:
        """End them and the warm parent."""
        with self._lock:
            self._open = False
            nursery, self._nursery = self._nursery, None
        if nursery is not None:
            nursery.close()
        while self._ready:
            self._ready.popleft().close()
