"""The warm parent: one thread that forks workers, and buries them and whatever they leave."""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING

from ..engines.frames import NO_NONCE, Frame, FrameReader, Kind, dump
from ..engines.ground import sweep
from ..engines.meeting import WAYS
from ..engines.passing import close
from .preload import preload
from .process_tree import adopt_orphans, children, told_of_death

assert sys.platform == "linux" or not TYPE_CHECKING

_LIMIT = 65_536
"""Bytes of one message from the owner."""
_DYING, _PAUSE = 10.0, 0.01
"""Seconds that he may take to end, and between two looks."""


class Nursery:
    """Forks a worker for each request of its owner, tells him of each death, and ends with him.

    Args:
        control: the owner's socket.
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._reader = FrameReader(_LIMIT)
        self._sockets: list[int] = []
        """Descriptors that came and whose request has not been read yet."""
        self._workers: set[int] = set()
        self._bell, self._wakeup = os.pipe()
        self._owner_is_there = True
        self._is_dismissed = False

    def serve(self) -> list[socket.socket]:
        """Until the owner is gone; in a forked worker, the sockets that lead to it."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        owner = os.getppid()
        adopt_orphans()
        preload()
        self._listen_to_deaths()
        signal.signal(signal.SIGTERM, self._be_orphaned)
        told_of_death(signal.SIGTERM)
        self._tell(Kind.READY, NO_NONCE, {"pid": os.getpid()})
        waiting = select.poll()  # the owner may have thousands of files open, and such a number
        for end in (self._control.fileno(), self._bell):
            waiting.register(end, select.POLLIN)
        while self._owner_is_there:
            ready = [number for number, _ in waiting.poll()]
            if self._bell in ready:
                os.read(self._bell, 4096)
                self._bury()
            if self._control.fileno() in ready:
                for frame in self._frames():
                    worker = self._obey(frame)
                    if worker:
                        return worker
        self._end_all()
        if not self._is_dismissed:
            _await_end_of(owner)
            sweep()  # he was killed: nobody else takes away what he has made
        return []

    def _listen_to_deaths(self) -> None:
        os.set_blocking(self._wakeup, False)
        signal.set_wakeup_fd(self._wakeup, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _be_orphaned(self, *_: object) -> None:
        """Its socket does not tell while a process that the owner has forked holds it too."""
        self._owner_is_there = False

    def _frames(self) -> Iterator[Frame]:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, _LIMIT, 16)
        except OSError:
            data, descriptors = b"", []
        self._sockets += descriptors
        if not data:
            self._owner_is_there = False
        yield from self._reader.feed(data)

    def _obey(self, frame: Frame) -> list[socket.socket]:
        """Do what the owner asks for; in a forked worker, its sockets."""
        if frame.kind is Kind.FORK:
            return self._fork(frame)
        if frame.kind is Kind.DISMISS:
            self._is_dismissed, self._owner_is_there = True, False
        elif frame.kind is Kind.KILL:
            asked = frame.load()
            if asked["pid"] in self._workers:  # not buried yet: this is nobody else's number
                with suppress(ProcessLookupError):
                    os.kill(asked["pid"], asked["signal"])
        return []

    def _fork(self, frame: Frame) -> list[socket.socket]:
        ends = [socket.socket(fileno=self._sockets.pop(0)) for _ in range(WAYS["worker"])]
        sys.stderr.flush()
        try:
            pid = os.fork()
        except OSError as error:
            close(ends)
            self._tell(Kind.ERROR, frame.nonce, {"type": "OSError", "message": str(error.strerror)})
            return []
        if pid == 0:
            self._leave_home()
            return ends
        close(ends)
        self._workers.add(pid)
        self._tell(Kind.RESULT, frame.nonce, {"pid": pid})
        return []

    def _leave_home(self) -> None:
        """In a worker: nothing of the nursery is its own."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        for descriptor in (self._bell, self._wakeup, *self._sockets):
            os.close(descriptor)
        self._control.close()
        gc.enable()

    def _bury(self) -> None:
        """Tell of every worker that ended, and end what it has left behind."""
        ended = False
        for pid, code, seconds in _ended():
            ended = True  # an orphan's children are orphans too
            if pid in self._workers:
                self._workers.discard(pid)
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
                news = {"pid": pid, "code": code, "cpu_seconds": seconds}
                self._tell(Kind.ENDED, NO_NONCE, news)
        if ended:
            self._end_orphans()

    def _end_orphans(self) -> None:
        """Processes that lost their worker have become ours; nobody else could end them."""
        for pid in children(os.getpid()) - self._workers:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)

    def _end_all(self) -> None:
        for pid in self._workers:
            for kill in (os.killpg, os.kill):
                with suppress(ProcessLookupError, PermissionError):
                    kill(pid, signal.SIGKILL)
        for pid in self._workers:
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)
        self._end_orphans()

    def _tell(self, kind: Kind, nonce: bytes, what: object) -> None:
        with suppress(OSError):  # he is gone: the next look at the socket says so
            self._control.sendall(Frame(kind, nonce, dump(what)).encode())


def _await_end_of(owner: int) -> None:
    """The parent of this process: its socket is closed a while before it is gone."""
    until = monotonic() + _DYING
    while os.getppid() == owner and monotonic() < until:
        sleep(_PAUSE)


def _ended() -> Iterator[tuple[int, int, float]]:
    """Children that ended: pid, exit code or minus a signal, seconds of processor time."""
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime
