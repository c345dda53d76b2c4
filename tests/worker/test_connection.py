"""A worker's ends of its sockets."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from nbengine.engines.frames import Frame, FrameReader, Kind
from nbengine.worker.connection import Connection, Line


class Ends:
    """Both sockets, with what has arrived at the parent's ends."""

    def __init__(self) -> None:
        pairs = socket.socketpair(), socket.socketpair()
        (near_line, self.line), (near_side, self.side) = pairs
        self.sockets = [end for pair in pairs for end in pair]
        self.worker = Line(near_line, Connection(near_side))
        self._wanted = self.worker.frames()

    def ask(self, number: int) -> bytes:
        """Ask for something over the line; gives back its nonce."""
        frame = Frame(Kind.REQUEST, bytes([number]) * 16)
        self.line.sendall(frame.encode())
        assert next(self._wanted) == frame
        return frame.nonce

    def came(self, end: socket.socket) -> list[tuple[Kind, bytes]]:
        """What has come at an end."""
        end.setblocking(False)
        try:
            data = end.recv(1 << 16)
        except BlockingIOError:
            data = b""
        return [(frame.kind, frame.body) for frame in FrameReader(1 << 20).feed(data)]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """Closed after the test."""
    ends = Ends()
    yield ends
    for end in ends.sockets:
        end.close()


def test_where_things_are_said(ends: Ends) -> None:
    """Of what is wanted, on the line, up to its answer; what comes later, or of others, beside."""
    first = ends.ask(1)
    ends.worker.send(Kind.EVENT, first, b"1")
    ends.worker.send(Kind.RESULT, first, b"2")
    ends.worker.send(Kind.EVENT, first, b"3")
    second = ends.ask(2)
    ends.worker.send(Kind.EVENT, first, b"4")
    ends.worker.send(Kind.ASK, second, b"5")
    ends.worker.send(Kind.ERROR, second, b"6")
    ends.worker.send(Kind.EVENT, second, b"7")
    assert ends.came(ends.line) == [
        (Kind.EVENT, b"1"),
        (Kind.RESULT, b"2"),
        (Kind.ASK, b"5"),
        (Kind.ERROR, b"6"),
    ]
    assert [body for _, body in ends.came(ends.side)] == [b"3", b"4", b"7"]
