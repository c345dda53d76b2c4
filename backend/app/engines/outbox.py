"""What is on its way to a worker: one that does not read holds up nobody."""

from __future__ import annotations

import socket
from collections import deque
from contextlib import suppress
from threading import Lock, Thread

MOST = 64 * 2**20
"""Bytes that may wait; whoever leaves more unread does not read at all."""
_MOMENT = 1.0
"""Seconds between looks at whether the reader is still there."""


class Outbox:
    """Sends in order, and never waits. What a socket does not take at once goes out in a thread.

    Args:
        end: the socket, which has a timeout of zero from now on.
    """

    def __init__(self, end: socket.socket) -> None:
        end.settimeout(0)
        self._end = end
        self._waiting: deque[memoryview] = deque()
        self._lock = Lock()

    def send(self, data: bytes) -> bool:
        """Have it sent; False if so much waits already that nothing more is taken.

        That nobody is there any more is noticed by who listens.
        """
        with self._lock:
            if sum(map(len, self._waiting)) > MOST:
                return False
            if self._waiting:
                self._waiting.append(memoryview(data))
            elif rest := _sent(self._end, memoryview(data)):
                self._waiting.append(rest)
                Thread(target=self._send_rest, name="nbengine-outbox", daemon=True).start()
        return True

    def _send_rest(self) -> None:
        """Until nothing waits any more, or nobody is there."""
        try:
            with self._end.dup() as end:
                end.settimeout(_MOMENT)
                while self._waiting:
                    with suppress(TimeoutError):
                        self._take_away(end.send(self._waiting[0]))
        except OSError:
            with self._lock:
                self._waiting.clear()

    def _take_away(self, count: int) -> None:
        """The first bytes have gone out."""
        with self._lock:
            rest = self._waiting.popleft()[count:]
            if rest:
                self._waiting.appendleft(rest)


def _sent(end: socket.socket, data: memoryview) -> memoryview:
    """What is left of it when the socket takes no more, or nobody is there."""
    try:
        while data:
            data = data[end.send(data) :]
    except BlockingIOError:
        return data
    except OSError:
        pass
    return data[:0]
