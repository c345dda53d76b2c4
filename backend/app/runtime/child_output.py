"""Where the output of a child process arrives: a terminal that nobody sees, or a pipe."""

from __future__ import annotations

import os
import selectors
import sys
from contextvars import Context
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Protocol

from .selector import Selector

if sys.platform == "win32":
    termios: Any = None
else:
    import termios

ROWS, COLUMNS = 24, 80
"""The size of the terminal, as Jupyter's."""
_CHUNK = 65_536
_MOST = 1_048_576
"""Bytes after which what has come is handed over, although more is there."""


class ChildOutput(Protocol):
    """The reading end, and until the child has it, the writing end."""

    sink: int
    """Descriptor that is to be the child's stdout and stderr."""
    ended: bool
    """Whether every process that could write has let go of it."""

    def give_away(self) -> None:
        """The child has its own copy of the sink: close ours."""

    def read(self, seconds: float) -> bytes:
        """What has come, after waiting for the first of it for at most so long; maybe nothing."""

    def close(self) -> None:
        """Give the descriptors back; a process that still writes is told that nobody reads."""


def open_terminal() -> ChildOutput:
    """A pseudo-terminal, so that programs write line by line, in colour and for 80 columns.

    It is nobody's controlling terminal: a program that insists on asking for a password finds
    none. Newlines stay as they were written. A pipe where the system has no terminal left.
    """
    if sys.platform == "win32":
        return open_pipe()
    try:
        source, sink = os.openpty()
    except OSError:
        return open_pipe()
    attributes = termios.tcgetattr(sink)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(sink, termios.TCSANOW, attributes)
    termios.tcsetwinsize(sink, (ROWS, COLUMNS))
    return PolledOutput(source, sink)


def open_pipe() -> ChildOutput:
    """A pipe: programs see that what they write is for another program."""
    source, sink = os.pipe()
    return ThreadedOutput(source, sink) if sys.platform == "win32" else PolledOutput(source, sink)


class _Ends:
    """The two descriptors, each closed once."""

    def __init__(self, source: int, sink: int) -> None:
        self.source = source
        self.sink = sink
        self.ended = False

    def give_away(self) -> None:
        sink, self.sink = self.sink, -1
        if sink >= 0:
            os.close(sink)


class PolledOutput(_Ends):
    """For systems that can wait for a descriptor with a limit."""

    def __init__(self, source: int, sink: int) -> None:
        super().__init__(source, sink)
        if sys.platform != "win32":
            os.set_blocking(source, False)
        self._selector = Selector()
        self._selector.register(source, selectors.EVENT_READ)

    def read(self, seconds: float) -> bytes:
        if self.ended or not self._selector.select(seconds):
            return b""
        come = bytearray()
        while len(come) < _MOST and (data := self._read_now()):
            come += data
        return bytes(come)

    def close(self) -> None:
        self.give_away()
        source, self.source = self.source, -1
        if source >= 0:
            self._selector.close()
            os.close(source)

    def _read_now(self) -> bytes:
        try:
            data = os.read(self.source, _CHUNK)
        except BlockingIOError:
            return b""
        except OSError:
            # Linux says EIO once the last process has closed its side of a terminal.
            data = b""
        self.ended = not data
        return data


class ThreadedOutput(_Ends):
    """For systems that cannot: a thread waits, for as long as something may write."""

    def __init__(self, source: int, sink: int) -> None:
        super().__init__(source, sink)
        self._come: SimpleQueue[bytes] = SimpleQueue()
        thread = Thread(target=self._serve, name="nbengine-child", daemon=True)
        Context().run(thread.start)

    def read(self, seconds: float) -> bytes:
        if self.ended:
            return b""
        try:
            data = self._come.get(timeout=seconds)
        except Empty:
            return b""
        self.ended = not data
        return data

    def close(self) -> None:
        """The thread closes the source, because it may be reading there."""
        self.give_away()

    def _serve(self) -> None:
        try:
            while data := os.read(self.source, _CHUNK):
                self._come.put(data)
        finally:
            self._come.put(b"")
            os.close(self.source)
