"""Descriptors 1 and 2 while a cell runs: what C code and child processes write is the cell's too.

Each notebook has a pipe for either descriptor, so that a child process which outlives its cell
never writes into another notebook. One thread reads all pipes, because a child that fills one
would wait for ever; the cell's own thread reads too, before each of its prints and displays and at
its end, so that everything keeps its order.
"""

from __future__ import annotations

import codecs
import ctypes
import os
import select
import sys
from _thread import start_new_thread
from collections.abc import Callable
from functools import cache, partial
from selectors import EVENT_READ
from threading import Lock
from typing import Any, Protocol

from ..models.outputs import StreamName
from .selector import Selector

_CHUNK = 65_536
_STANDARD: tuple[tuple[int, StreamName], ...] = ((1, "stdout"), (2, "stderr"))


class Writer(Protocol):
    """Who gets the text."""

    def receive(self, name: StreamName, text: str) -> None:
        """Take text that came through a descriptor."""


class Descriptors:
    """One notebook's pair of pipes."""

    def __init__(self, reader: PipeReader) -> None:
        self._reader = reader
        self._pipes = [_Pipe(fd, name, self._receive) for fd, name in _STANDARD]
        self._writer: Writer | None = None
        self._waiting = _waiting(self._pipes)
        self._locks = [pipe.lock for pipe in self._pipes]
        for pipe in self._pipes:
            reader.add(pipe)

    def enter(self, writer: Writer) -> None:
        """From now on the descriptors lead to `writer`."""
        self._writer = writer
        _flush_buffers()
        for pipe in self._pipes:
            pipe.enter()

    def leave(self) -> None:
        """Give the descriptors back; what comes later still goes to the last writer."""
        _flush_buffers()
        self.drain()
        for pipe in self._pipes:
            pipe.leave()

    def hold_text(self) -> bool:
        """Whether something was written that nobody has taken; costs a microsecond."""
        _fflush(None)
        stdout, stderr = self._locks
        # In this order: the reader takes what waits with the pipe's lock in its hands.
        return bool(self._waiting() or stdout.locked() or stderr.locked())

    def drain(self) -> None:
        """Take everything that has been written so far."""
        if self.hold_text():
            for pipe in self._pipes:
                pipe.drain()

    def close(self) -> None:
        """Give the pipes back; a child that still writes is told that nobody reads."""
        for pipe in self._pipes:
            self._reader.remove(pipe)
            pipe.close()

    def _receive(self, name: StreamName, text: str) -> None:
        if self._writer is not None:
            self._writer.receive(name, text)


class PipeReader:
    """The thread that reads pipes which the cell's own thread is too busy to read."""

    def __init__(self) -> None:
        self._selector = Selector()
        self._lock = Lock()
        self._awake, self._wake = os.pipe()
        self._selector.register(self._awake, EVENT_READ)
        self._running = False

    def add(self, pipe: _Pipe) -> None:
        """Read this pipe from now on."""
        with self._lock:
            self._selector.register(pipe.source, EVENT_READ, pipe)
            if not self._running:
                start_new_thread(self._serve, ())  # which, unlike a `Thread`, is not waited for
                self._running = True
        os.write(self._wake, b".")

    def remove(self, pipe: _Pipe) -> None:
        """Read this pipe no more."""
        with self._lock:
            self._selector.unregister(pipe.source)
        os.write(self._wake, b".")

    def _serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    os.read(self._awake, _CHUNK)
                else:
                    key.data.drain()


@cache
def pipe_reader() -> PipeReader:
    """The process's one reader."""
    return PipeReader()


class _Pipe:
    """What takes the place of one descriptor."""

    def __init__(
        self, descriptor: int, name: StreamName, receive: Callable[[StreamName, str], None]
    ) -> None:
        self._descriptor = descriptor
        self._name = name
        self._receive = receive
        self.lock = Lock()
        """Held by the thread that may have text of it which it has not handed over yet."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self.source, self._sink = os.pipe()
        if sys.platform != "win32":
            os.set_blocking(self.source, False)
        self._outside: int | None = None

    def enter(self) -> None:
        self._outside = os.dup(self._descriptor)
        os.dup2(self._sink, self._descriptor)

    def leave(self) -> None:
        outside, self._outside = self._outside, None
        if outside is not None:
            os.dup2(outside, self._descriptor)
            os.close(outside)

    def drain(self) -> None:
        with self.lock:
            while data := self._read():
                text = self._decoder.decode(data)
                if text:
                    self._receive(self._name, text)

    def close(self) -> None:
        with self.lock:
            os.close(self._sink)
            os.close(self.source)
            self.source = -1

    def _read(self) -> bytes:
        try:
            return os.read(self.source, _CHUNK) if self.source >= 0 else b""
        except BlockingIOError:
            return b""


def _waiting(pipes: list[_Pipe]) -> Callable[[], object]:
    """How to ask at once whether anything waits in one of the pipes."""
    if sys.platform == "win32" or not hasattr(select, "poll"):
        return lambda: True
    poll = select.poll()
    for pipe in pipes:
        poll.register(pipe.source, select.POLLIN)
    return partial(_polled, poll)


def _polled(poll: Any) -> object:
    try:
        return poll.poll(0)
    except RuntimeError:  # another thread asks at this moment
        return True


def _flush_buffers() -> None:
    """Text that waits in buffers of the process belongs to whoever wrote it, so out with it."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None and not stream.closed:
            stream.flush()
    _fflush(None)


def _fflush_of_c() -> Callable[[None], object]:
    try:
        fflush = ctypes.CDLL(None).fflush
    except (AttributeError, OSError, TypeError):
        return lambda _: None
    fflush.argtypes, fflush.restype = [ctypes.c_void_p], ctypes.c_int
    return fflush


_fflush = _fflush_of_c()
"""Empties the buffers of C's own streams, where the C library can be asked to."""
