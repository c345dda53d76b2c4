"""A worker's end of its socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from threading import Lock

from ..engines.frames import Frame, FrameReader, Kind

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

    def send(self, kind: Kind, nonce: bytes, body: bytes, raw: bytes = b"") -> None:
        """Send one frame, whole; not from a copy of this process that a cell has forked."""
        if self.is_copy:
            return
        data = Frame(kind, nonce, body, raw).encode()
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
