"""One of the sockets that lead to a worker, seen from its owner."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from selectors import EVENT_READ
from socket import socket
from threading import Lock

from ..runtime.selector import Selector
from .frames import Frame, FrameError, FrameReader
from .outbox import Outbox
from .switchboard import Listener, Switchboard

_UNASKED = 64
"""Pieces of what nobody had asked for that are read before who sends them is ended."""


class Wire:
    """Frames out, at once; frames in, read by the thread that waits for them or by the board.

    To wake another thread takes longer than most small cells: who has nothing else to do reads
    himself.

    Args:
        end: the socket, which has a timeout of zero from now on.
        limit: bytes that one message may have.
        board: reads in the meantime, once it is asked to.
        take: is given each frame; a FrameError that it raises ends the wire.
        lose: told once that nothing more will come, and of what was wrong, if it was.
    """

    def __init__(
        self,
        end: socket,
        limit: int,
        board: Switchboard,
        take: Callable[[Wire, Frame], None],
        lose: Callable[[Wire, FrameError | None], None],
    ) -> None:
        self._end = end
        self._board = board
        self._take = take
        self._frames = FrameReader(limit)
        self._outbox = Outbox(end)
        self._lock = Lock()
        self._listener = Listener(self._receive, partial(lose, self))
        self._is_listened_to = False
        self._selector = Selector()
        self._selector.register(end, EVENT_READ)

    def send(self, frame: Frame) -> bool:
        """Have it sent; False if so much waits unread that nothing more is taken."""
        return self._outbox.send(frame.encode())

    def read(self, patience: float) -> None:
        """Wait so many seconds for something to come, and have it taken.

        By one thread at a time, and not while the board reads: who has the session's turn does.
        """
        if self._selector.select(patience):
            self._listener.read(self._end)

    def is_silent(self) -> bool:
        """Take what came unasked; whether that was something whole, and not without end."""
        for _ in range(_UNASKED):
            if not self._selector.select(0):
                return not self._frames.has_part
            if not self._listener.read(self._end):
                break
        return False

    def listen(self) -> None:
        """Have the board read what comes."""
        self._is_listened_to = True
        self._board.add(self._end, self._listener, lambda: self._is_listened_to)

    def pause(self) -> None:
        """Have the board read no more; to be called by what takes a frame that it has read."""
        self._is_listened_to = False
        self._board.pause(self._end)

    def close(self) -> None:
        """Nobody reads it any more; the socket may be closed after this."""
        self._board.remove(self._end)
        self._selector.close()

    def _receive(self, data: bytes) -> None:
        with self._lock:  # what comes after an answer may still be looked at when the next one does
            for frame in self._frames.feed(data):
                self._take(self, frame)
