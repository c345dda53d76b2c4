"""A worker's ends of its sockets."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from threading import Lock

from ..engines.frames import ANSWERS, Frame, FrameReader, Kind

LIMIT = 1 << 30
"""Bytes of one message from the parent."""
_CHUNK = 1 << 16


class Connection:
    """Frames to and from the parent; any thread may send."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._process = os.getpid()
        self._reader = FrameReader(LIMIT)
        self._lock = Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=end.close)  # the copy's end would never be over

    def send(self, kind: Kind, nonce: bytes, body: bytes) -> None:
        """Send one frame, whole; not from a copy of this process that a cell has forked."""
        if self.is_copy:
            return
        data = Frame(kind, nonce, body).encode()
        with self._lock:
            self._socket.sendall(data)

    @property
    def is_copy(self) -> bool:
        """Whether this is another process than the one that was connected."""
        return os.getpid() != self._process

    def frames(self) -> Iterator[Frame]:
        """What the parent sends, until it is gone."""
        while data := self._receive():
            yield from self._reader.feed(data)

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(_CHUNK)
        except OSError:
            return b""


class Line(Connection):
    """Where the main thread is told what to do, one thing after the other.

    What it has to say of that goes back on it, up to the answer; then nobody listens there until
    he wants something else, and what comes late goes beside.

    Args:
        end: the socket.
        side: the other way to the parent.
    """

    def __init__(self, end: socket.socket, side: Connection) -> None:
        super().__init__(end)
        self._side = side
        self._asked: bytes | None = None
        """Nonce of what has not been answered."""
        self._answering = Lock()

    def send(self, kind: Kind, nonce: bytes, body: bytes) -> None:
        """Send one frame, whole, where it is listened to."""
        if self.is_copy:
            return  # whoever holds the lock is not here
        with self._answering:
            if nonce != self._asked:
                self._side.send(kind, nonce, body)
                return
            super().send(kind, nonce, body)
            if kind in ANSWERS:
                self._asked = None

    def frames(self) -> Iterator[Frame]:
        """What the parent wants, until it is gone."""
        for frame in super().frames():
            self._asked = frame.nonce
            yield frame
