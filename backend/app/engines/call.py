"""One request to a worker, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from queue import Empty, SimpleQueue
from threading import Lock
from time import monotonic

from .frames import Frame
from .wire import Wire

AFFORDABLE = 64 * 2**20
"""Bytes that may wait for who is to take them, before the worker has to wait too."""
_SLICE = 0.05
"""Seconds for which who reads himself does not notice that he is woken."""
_SHORT = 1.0
"""Seconds after which a cell is long, and whoever waits for it may sleep."""


class Lost:
    """Stands for every answer that will not come any more."""


LOST = Lost()


class Call:
    """What was asked beside the cells, of which the board brings the answer.

    Args:
        nonce: what each frame that belongs to it repeats.
        wire: where its answer comes.
    """

    def __init__(self, nonce: bytes, wire: Wire) -> None:
        self.nonce = nonce
        self.wire = wire
        self._arrived: SimpleQueue[Frame | Lost | None] = SimpleQueue()
        self.is_answered = False
        """Whether its answer is there, although it may not have been taken yet."""

    def put(self, message: Frame | Lost) -> None:
        """Something came for it."""
        if isinstance(message, Frame) and message.is_answer:
            self.is_answered = True
        self._arrived.put(message)

    def wake(self) -> None:
        """Let the one who waits look around, as after his time."""
        self._arrived.put(None)

    def next(self, timeout: float | None = None) -> Frame | Lost | None:
        """The next frame; None after so many seconds without one, or when woken."""
        try:
            return self._arrived.get(timeout=timeout)
        except Empty:
            return None

    def rest(self) -> Iterator[Frame]:
        """The frames that came and were not taken."""
        while not self._arrived.empty():
            message = self._arrived.get_nowait()
            if isinstance(message, Frame):
                yield message


class LineCall(Call):
    """What was asked over the line, one at a time: who waits for the answer reads it himself.

    Until he has somebody to tell of what comes, or the cell is long: from then on the board does.

    Args:
        nonce: what each frame that belongs to it repeats.
        wire: where they come.
    """

    def __init__(self, nonce: bytes, wire: Wire) -> None:
        super().__init__(nonce, wire)
        self._reads_until = monotonic() + _SHORT
        self._is_read_ahead = self._is_held = False
        self._waiting = 0
        self._late: list[Frame] = []
        self._late_size = 0
        self._lock = Lock()

    def put(self, message: Frame | Lost) -> None:
        """Something came for it."""
        if isinstance(message, Frame):
            self._count(message)
        super().put(message)

    def put_late(self, frame: Frame) -> None:
        """Something came beside the line that is to be looked at after the answer, if much."""
        if self._late_size + frame.size <= AFFORDABLE:
            self._late_size += frame.size
            self._late.append(frame)

    def next(self, timeout: float | None = None) -> Frame | Lost | None:
        """The next frame; None after so many seconds without one, or, soon, when woken."""
        until = inf if timeout is None else monotonic() + timeout
        if not self._is_read_ahead:
            is_there = self.comes_within(min(until, self._reads_until) - monotonic())
            if not is_there and until > self._reads_until:
                self.read_ahead()
        message = super().next(None if until == inf else max(0.0, until - monotonic()))
        if isinstance(message, Frame):
            self._discount(message)
        return message

    def comes_within(self, seconds: float) -> bool:
        """Whether something is there, or comes in that time. Not while it is read ahead."""
        until = monotonic() + seconds
        left = seconds
        while self._arrived.empty():
            self.wire.read(min(max(0.0, left), _SLICE))
            if (left := until - monotonic()) <= 0:
                break
        return not self._arrived.empty()

    def read_ahead(self) -> None:
        """Have what comes read while the one who waits for it does something else."""
        if not self._is_read_ahead and not self.is_answered:
            self._is_read_ahead = True
            self.wire.listen()

    def rest(self) -> Iterator[Frame]:
        """The frames that came and were not taken."""
        yield from super().rest()
        yield from self._late

    def _count(self, frame: Frame) -> None:
        """Once it is answered, or too much waits, nobody reads any more."""
        with self._lock:
            self._waiting += frame.size
            if not self._is_read_ahead:
                return
            if frame.is_answer or self._waiting > AFFORDABLE:
                self._is_held = not frame.is_answer
                self.wire.pause()

    def _discount(self, frame: Frame) -> None:
        """The board reads on if it was held, and not much waits any more."""
        with self._lock:
            self._waiting -= frame.size
            if self._is_held and self._waiting <= AFFORDABLE // 2:
                self._is_held = False
                self.wire.listen()
