"""First come, first served: one cell at a time in a process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

Wait = Callable[[Lock], bool]
"""Acquires a lock; False if whoever waits no longer wants to."""


class _Waiting(NamedTuple):
    owner: object
    lender: object | None
    called: Lock


class Turns:
    """A fair lock whose holder may lend it, and which anybody may give back for its holder.

    Several may want to borrow from one holder: they too get it one after another, before anybody
    who came from elsewhere, because the holder may be waiting for them.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._holders: list[object] = []
        """Each borrowed from the one before it."""
        self._queue: deque[_Waiting] = deque()

    @property
    def holder(self) -> object | None:
        """Whose turn it is."""
        holders = self._holders
        return holders[-1] if holders else None

    @property
    def queued(self) -> list[object]:
        """Who waits, in the order of asking."""
        return [waiting.owner for waiting in self._queue]

    def are_chained(self, one: object | None, other: object | None) -> bool:
        """Whether both have a turn, so that one of them borrowed it from the other."""
        return one in self._holders and other in self._holders

    def take(self, owner: object, wait: Wait, lender: object | None = None) -> None:
        """Wait until it is `owner`'s turn, or until `lender` holds it and lends it.

        Raises:
            KeyboardInterrupt: the wait was given up.
        """
        with self._lock:
            if self._is_free_for(lender):
                self._holders.append(owner)
                return
            waiting = _Waiting(owner, lender, Lock())
            waiting.called.acquire()
            self._queue.append(waiting)
        if not wait(waiting.called):
            self._give_up(waiting)
            raise KeyboardInterrupt

    def give_back(self, owner: object) -> None:
        """Return it to the lender or call the next one; without effect if `owner` has it not."""
        with self._lock:
            if owner in self._holders:
                self._holders.remove(owner)
                self._call_next()

    def _is_free_for(self, lender: object | None) -> bool:
        return not self._holders or self._holders[-1] is lender

    def _call_next(self) -> None:
        for waiting in self._queue:
            if self._is_free_for(waiting.lender):
                self._queue.remove(waiting)
                self._holders.append(waiting.owner)
                waiting.called.release()
                return

    def _give_up(self, waiting: _Waiting) -> None:
        with self._lock:
            if waiting in self._queue:
                self._queue.remove(waiting)
                return
        self.give_back(waiting.owner)
