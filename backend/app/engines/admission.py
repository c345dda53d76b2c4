"""Who may have a worker: so many at a time, first come, first served."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Condition

from ..errors import CapacityError, WorkerStartError


class Admission:
    """Places for workers. Whoever finds none waits, and is told how many wait before him.

    Args:
        places: workers that may live at a time.
        waiting: callers that may wait for a place.
        make_room: gives up the worker that has been idle longest; whether there was one.
    """

    def __init__(self, places: int, waiting: int, make_room: Callable[[], bool]) -> None:
        self._places = places
        self._waiting = waiting
        self._make_room = make_room
        self._taken = 0
        self._open = True
        self._queue: deque[object] = deque()
        self._changed = Condition()

    @property
    def taken(self) -> int:
        """Places that are taken."""
        return self._taken

    @property
    def queued(self) -> int:
        """Callers that wait."""
        return len(self._queue)

    def enter_at_once(self) -> bool:
        """Take a place, if one is free and nobody waits.

        Raises:
            WorkerStartError: there are to be no workers any more.
        """
        with self._changed:
            return self._enter_at_once()

    def enter(
        self, tell: Callable[[int], None], is_given_up: Callable[[], bool] = lambda: False
    ) -> None:
        """Take a place, when it is there.

        Args:
            tell: called with the place in the queue, from 1, whenever that is another.
            is_given_up: whether whoever asks waits no longer; `look` has it asked at once.

        Raises:
            CapacityError: too many wait already.
            WorkerStartError: there are to be no workers any more, or nobody waits for one.
        """
        ticket = object()
        with self._changed:
            if self._enter_at_once():
                return
            if len(self._queue) >= self._waiting:
                raise CapacityError(
                    f"All {self._places} workers are busy and {self._waiting} callers wait for "
                    "one; try again later, or raise `worker_count` or `queue_length`."
                )
            self._queue.append(ticket)
        try:
            self._await(ticket, tell, is_given_up)
        except BaseException:
            with self._changed:
                self._queue.remove(ticket)
                self._changed.notify_all()
            raise

    def leave(self) -> None:
        """Give the place back."""
        with self._changed:
            self._taken -= 1
            self._changed.notify_all()

    def look(self) -> None:
        """Have everybody who waits look around."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Let nobody in any more, and send away who waits."""
        self._open = False
        self.look()

    def _enter_at_once(self) -> bool:
        self._check_open()
        is_free = not self._queue and self._taken < self._places
        self._taken += is_free
        return is_free

    def _check_open(self) -> None:
        if not self._open:
            raise WorkerStartError("The engine is closed.")

    def _await(
        self, ticket: object, tell: Callable[[int], None], is_given_up: Callable[[], bool]
    ) -> None:
        told = 0
        while True:
            if is_given_up():
                raise WorkerStartError("Nobody waits for a worker any more.")
            with self._changed:
                self._check_open()
                position = self._queue.index(ticket) + 1
                if position == 1 and self._taken < self._places:
                    self._queue.popleft()
                    self._taken += 1
                    self._changed.notify_all()
                    return
            if position == 1 and self._make_room():
                continue
            if position != told:
                tell(told := position)
            with self._changed:
                if not is_given_up():
                    self._changed.wait(1.0)
