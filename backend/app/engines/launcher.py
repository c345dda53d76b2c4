"""Workers that are fresh interpreters: for systems on which no warm process can be forked."""

from __future__ import annotations

import secrets
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Lock

from ..errors import WorkerStartError
from ..policy.sandbox.control_groups import ControlGroup
from .frames import NO_NONCE, NONCE, Frame, FrameError, FrameReader, Kind, dump
from .interpreter import INHERITS, Interpreter
from .starter import Worker

_PATIENCE = 60.0
"""Seconds for a worker to get warm, or to end."""
_LIMIT = 65_536
"""Bytes of what a worker says when it is warm."""


class Launcher:
    """Starts a process of its own for each worker.

    Args:
        environment: of every worker.
        settings: what a worker is told of them.
        make_group: makes the control group of a worker, or None; it joins when it is confined, so
            that what it imports before that does not count.
        inherits: whether a worker is started with its sockets; else it comes to meet us.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        settings: Mapping[str, object],
        make_group: Callable[[], ControlGroup | None],
        *,
        inherits: bool = INHERITS,
    ) -> None:
        self._environment = environment
        self._settings = settings
        self._make_group = make_group
        self._inherits = inherits
        self._workers: set[Worker] = set()
        self._lock = Lock()
        self._open = True

    @property
    def alive(self) -> bool:
        """Until it is closed: no end of a worker takes it along."""
        return self._open

    def start(self, *, ahead: bool = False) -> Worker:
        """A new worker; one that is started ahead is given when it has everything imported.

        Raises:
            WorkerStartError: there is none; says why.
        """
        interpreter = Interpreter("worker", self._environment, inherits=self._inherits)
        line, side = interpreter.sockets
        worker = Worker(interpreter.pid, line, side, self._make_group(), interpreter.signal)
        worker.ending = interpreter.ending
        self._note(worker)
        nonce = secrets.token_bytes(NONCE) if ahead else NO_NONCE
        told = dump({"settings": self._settings, "preload": ahead})
        with suppress(OSError):  # it is dead already: whoever gets it hears of that
            worker.line.sendall(Frame(Kind.PREPARE, nonce, told).encode())
        if ahead:
            self._await_warmth(worker)
        return worker

    def close(self) -> None:
        """End every worker that still lives."""
        with self._lock:
            self._open = False
            workers = list(self._workers)
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.ending.result(_PATIENCE)

    def _note(self, worker: Worker) -> None:
        with self._lock:
            self._workers.add(worker)
            if not self._open:
                worker.kill()
        worker.ending.add_done_callback(lambda _: self._forget(worker))

    def _forget(self, worker: Worker) -> None:
        """It has ended; whoever else has a copy of its ends of the sockets is not listened to."""
        self._workers.discard(worker)
        if sys.platform == "linux":  # elsewhere what has come and is not read yet would be lost
            for end in (worker.line, worker.side):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RD)

    def _await_warmth(self, worker: Worker) -> None:
        """It says so once, and nothing else before it is somebody's."""
        reader = FrameReader(_LIMIT)
        worker.line.settimeout(_PATIENCE)
        with suppress(OSError, FrameError):
            while data := worker.line.recv(_LIMIT):
                if any(frame.kind is Kind.READY for frame in reader.feed(data)):
                    return
        worker.kill()
        ending = worker.ending.result(_PATIENCE)
        worker.close()
        raise WorkerStartError(ending.at_once)
