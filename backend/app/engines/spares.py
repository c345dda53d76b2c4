"""Workers that were started before anybody needed them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Lock

from ..errors import WorkerStartError
from .starter import Starter, Worker


class Spares:
    """A few idle workers, and the starter that makes more of them.

    Args:
        count: how many are to be ready.
        open_starter: makes a starter; called again if that one is gone.
    """

    def __init__(self, count: int, open_starter: Callable[[], Starter]) -> None:
        self._count = count
        self._open_starter = open_starter
        self._starter: Starter | None = None
        self._ready: deque[Worker] = deque()
        self._open = True
        self._lock = Lock()

    @property
    def starter(self) -> Starter:
        """The starter, made if need be.

        Raises:
            WorkerStartError: there is to be none any more, or none can be made.
        """
        with self._lock:
            if not self._open:
                raise WorkerStartError("The engine is closed.")
            if self._starter is not None and not self._starter.alive:
                self._starter.close()
                self._starter = None
            if self._starter is None:
                self._starter = self._open_starter()
            return self._starter

    def at_hand(self) -> Worker | None:
        """A worker that was nobody's, if there is one already."""
        while self._ready:
            with suppress(IndexError):
                worker = self._ready.popleft()
                if not worker.ending.done():
                    return worker
                worker.close()
        return None

    def take(self) -> Worker:
        """A worker that was nobody's.

        Raises:
            WorkerStartError: there is none, and none can be made.
        """
        worker = self.at_hand()
        if worker is not None:
            return worker
        known, starter = self._starter, self.starter
        try:
            return starter.start()
        except WorkerStartError:
            if starter is not known or starter.alive:
                raise
        return self.starter.start()  # the old one had ended, and nobody had noticed

    def fill(self) -> None:
        """Make those that are missing."""
        while len(self._ready) < self._count:
            try:
                self._keep(self.starter.start(ahead=True))
            except WorkerStartError:
                return  # who needs one hears of it

    def close(self) -> None:
        """End them and the starter."""
        with self._lock:
            self._open = False
            starter, self._starter = self._starter, None
        if starter is not None:
            starter.close()
        while self._ready:
            self._ready.popleft().close()

    def _keep(self, worker: Worker) -> None:
        with self._lock:
            if self._open:
                self._ready.append(worker)
                return
        worker.kill()
        worker.close()
