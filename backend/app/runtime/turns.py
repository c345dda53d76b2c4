"""First come, first served: one cell at a time in a process."""

from __future__ import annotations

from collections import deque
from threading import Lock


class Turns:
    """A fair lock that somebody else may give back when its holder is stuck."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._holder: object | None = None
        self._queue: deque[tuple[object, Lock]] = deque()
        self._lenders: dict[int, object] = {}

    @property
    def holder(self) -> object | None:
        """Whose turn it is."""
        return self._holder

    def take(self, owner: object, lender: object | None = None) -> None:
        """Wait until it is `owner`'s turn; at once if the holder lends it its own."""
        with self._lock:
            if lender is not None and self._holder is lender:
                self._lenders[id(owner)] = lender
                self._holder = owner
                return
            if self._holder is None:
                self._holder = owner
                return
            called = Lock()
            called.acquire()
            self._queue.append((owner, called))
        try:
            called.acquire()
        except BaseException:
            self._leave_queue(owner)
            raise

    def give_back(self, owner: object) -> None:
        """Call the lender or the next one; without effect if the turn is not `owner`'s (any more)."""
        with self._lock:
            if self._holder is not owner:
                return
            if id(owner) in self._lenders:
                self._holder = self._lenders.pop(id(owner))
                return
            self._holder, called = self._queue.popleft() if self._queue else (None, None)
            if called is not None:
                called.release()

    def _leave_queue(self, owner: object) -> None:
        with self._lock:
            self._queue = deque(entry for entry in self._queue if entry[0] is not owner)
        self.give_back(owner)
