"""A worker that says what a test wants it to say: the far end of a real link is the test's."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from signal import SIGINT
from threading import Thread

from nbengine.engines.courier import Courier
from nbengine.engines.ending import Ending
from nbengine.engines.frames import Frame, FrameReader, Kind
from nbengine.engines.ground import Ground
from nbengine.engines.link import Link
from nbengine.engines.passing import pairs
from nbengine.engines.starter import Worker
from nbengine.engines.switchboard import Switchboard
from nbengine.models.session import ExecutionMode
from nbengine.settings import Settings

Say = Callable[[Frame], None]


class _Hand:
    """Signals reach the scripted worker, which they end unless it heeds SIGINT."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.heed: Callable[[], None] | None = None
        self.worker: Worker | None = None
        self.far: list[socket.socket] = []

    def signal(self, number: int) -> None:
        self.sent.append(number)
        if number == SIGINT and self.heed is not None:
            self.heed()
            return
        _shut(self.far)
        self.end(-number)

    def end(self, code: int) -> None:
        assert self.worker is not None
        if not self.worker.ending.done():
            self.worker.ending.set_result(Ending(code))


class ScriptedWorker:
    """Answers each frame that comes as `script` does.

    Args:
        script: called with each frame, and with what sends one the way that it came.
        folder: of its notebook.
        limit: bytes that one of its messages may have.
    """

    def __init__(
        self, script: Callable[[Frame, Say], None], folder: Path, limit: int = 10_000_000
    ) -> None:
        (line, side), self._far = pairs(2)
        self._script = script
        self._board = Switchboard()
        self._courier = Courier()
        self._hand = _Hand()
        self._hand.far = self._far
        self._hand.worker = Worker(0, line, side, None, self._hand.signal)
        settings = Settings(workspace_dir=folder / "workspace", key_file=folder / "key")
        ground = Ground(settings, "n", ExecutionMode.WRITE_ENABLED, None, None)
        self.link = Link(self._hand.worker, ground, self._board, limit, self._courier.send)
        self._threads = [Thread(target=self._serve, args=(end,)) for end in self._far]
        for thread in self._threads:
            thread.start()

    @property
    def signals(self) -> list[int]:
        """What it was sent."""
        return self._hand.sent

    def heed_interrupts(self, heed: Callable[[], None]) -> None:
        """From now on this happens instead when it is sent SIGINT."""
        self._hand.heed = heed

    def say_beside(self, frame: Frame) -> None:
        """Send a frame where no cell is talked of."""
        with suppress(OSError):
            self._far[1].sendall(frame.encode())

    def leave(self, code: int = 0) -> None:
        """End as a process does."""
        _shut(self._far)
        self._hand.end(code)

    def close(self) -> None:
        """Give everything back."""
        self._hand.signal(9)
        self.link.close()
        self.link.clear()
        self._board.close()
        self._courier.close()
        for thread, end in zip(self._threads, self._far, strict=True):
            thread.join()
            end.close()

    def _serve(self, end: socket.socket) -> None:
        def say(frame: Frame) -> None:
            with suppress(OSError):
                end.sendall(frame.encode())

        reader = FrameReader(1 << 30)
        with suppress(OSError):
            while data := end.recv(1 << 16):
                for frame in reader.feed(data):
                    if frame.kind in (Kind.REQUEST, Kind.ANSWER):
                        self._script(frame, say)


def _shut(ends: list[socket.socket]) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
