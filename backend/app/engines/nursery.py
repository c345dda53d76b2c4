"""The owner's end of the warm parent: workers from it, and news of their deaths."""

from __future__ import annotations

import secrets
import socket
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from ..errors import WorkerStartError
from ..policy.sandbox.control_groups import ControlGroup
from .ending import KILL, Ending
from .frames import NO_NONCE, NONCE, Frame, FrameError, FrameReader, Kind, dump
from .interpreter import Interpreter
from .meeting import WAYS
from .passing import pairs, send_with
from .starter import Worker
from .switchboard import Listener, Switchboard

assert sys.platform == "linux" or not TYPE_CHECKING

_LIMIT = 65_536
_PATIENCE = 60.0
"""Seconds for the warm parent to import everything, or to fork."""
_GROUP = TypeAdapter(ControlGroup | None)
_GRACE = 3.0
"""Seconds within which a process has ended whose socket is closed."""


class Nursery:
    """A warm parent of our own: a process that forks workers, and knows how each one ended.

    Args:
        environment: of it, and of every worker.
        settings: what a worker is told of them.
        make_group: makes the control group of a worker, or None.
        board: listens to it.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        settings: Mapping[str, object],
        make_group: Callable[[], ControlGroup | None],
        board: Switchboard,
    ) -> None:
        self._interpreter = Interpreter("nursery", environment)
        (self._socket,) = self._interpreter.sockets
        self._settings = settings
        self._make_group = make_group
        self._board = board
        self._reader = FrameReader(_LIMIT)
        self._lock = Lock()
        self._asked: dict[bytes, Future[int]] = {}
        self._workers: dict[int, Worker] = {}
        self._ended_early: dict[int, Ending] = {}
        """Of workers whose birth nobody has heard of yet."""
        self._ready: Future[int] = Future()
        board.add(self._socket, Listener(self._receive, self._lose))

    @property
    def pid(self) -> int:
        """Of the warm parent."""
        return self._interpreter.pid

    @property
    def alive(self) -> bool:
        """Whether it can still fork."""
        if self._interpreter.ending.done():
            return False
        return not (self._ready.done() and self._ready.exception())

    def start(self, *, ahead: bool = False) -> Worker:
        """A forked worker.

        Raises:
            WorkerStartError: there is none; says why.
        """
        self._await(self._ready)
        try:
            (line, side), far = pairs(WAYS["worker"])
        except OSError as error:  # no more descriptors
            raise WorkerStartError(f"No worker can be started: {error}.") from None
        nonce, answer = secrets.token_bytes(NONCE), Future[int]()
        self._asked[nonce] = answer
        group = self._make_group()
        worker = Worker(0, line, side, group, lambda number: self._signal(worker.pid, number))
        try:
            with far[0], far[1]:
                self._send(Frame(Kind.FORK, nonce, dump(None)), *far)
            told = _GROUP.dump_python(group, mode="json")
            prepare = dump({"settings": self._settings, "rehearse": ahead, "group": told})
            line.sendall(Frame(Kind.PREPARE, NO_NONCE, prepare).encode())
            worker.pid = self._await(answer)
        except BaseException:
            worker.close()
            raise
        finally:
            self._asked.pop(nonce, None)
        with self._lock:
            self._workers[worker.pid] = worker
            early = self._ended_early.pop(worker.pid, None)
        if early is not None or not self.alive:
            self._note(worker.pid, early or Ending.lost())
        return worker

    def close(self) -> None:
        """End it, and with it every worker that still lives."""
        with suppress(WorkerStartError):
            self._send(Frame(Kind.DISMISS, NO_NONCE))
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._end(_PATIENCE)
        self._board.remove(self._socket)
        self._socket.close()

    def _signal(self, pid: int, number: int) -> None:
        """Send one of the workers a signal; he who is its parent knows whether it is one still."""
        with suppress(WorkerStartError):
            self._send(Frame(Kind.KILL, NO_NONCE, dump({"pid": pid, "signal": number})))

    def _end(self, patience: float) -> Ending:
        """How the warm parent ended; after so many seconds by force."""
        with suppress(TimeoutError):
            return self._interpreter.ending.result(patience)
        self._interpreter.signal(KILL)
        return self._interpreter.ending.result()

    def _await(self, answer: Future[int]) -> int:
        try:
            return answer.result(_PATIENCE)
        except TimeoutError:
            raise WorkerStartError(
                f"No worker could be started within {_PATIENCE:g} s: the machine is too busy."
            ) from None

    def _send(self, frame: Frame, *ends: socket.socket) -> None:
        descriptors = [end.fileno() for end in ends]
        try:
            with self._lock:
                send_with(self._socket, frame.encode(), descriptors)
        except OSError:
            raise WorkerStartError(self._obituary(self._end(_GRACE))) from None

    def _receive(self, data: bytes) -> None:
        for frame in self._reader.feed(data):
            said = frame.load()
            if frame.kind is Kind.READY:
                self._ready.set_result(said["pid"])
            elif frame.kind is Kind.ENDED:
                self._note(said["pid"], Ending(said["code"], said["cpu_seconds"]))
            elif (answer := self._asked.get(frame.nonce)) is not None:
                if frame.kind is Kind.RESULT:
                    answer.set_result(said["pid"])
                else:
                    answer.set_exception(
                        WorkerStartError(f"No worker could be started: {said['message']}.")
                    )

    def _note(self, pid: int, ending: Ending) -> None:
        with self._lock:
            worker = self._workers.pop(pid, None)
            if worker is None:
                self._ended_early[pid] = ending
        if worker is not None:
            worker.ending.set_result(ending)

    def _lose(self, _error: FrameError | None) -> None:
        """It is gone, and every worker with it."""
        gone = WorkerStartError(self._obituary(self._end(_GRACE)))
        if self._ready.done():
            self._ready = Future()
        self._ready.set_exception(gone)
        for answer in list(self._asked.values()):
            if not answer.done():
                answer.set_exception(gone)
        for pid in list(self._workers):
            self._note(pid, Ending.lost())

    def _obituary(self, ending: Ending) -> str:
        if self._ready.done():
            return f"The process that starts workers has ended: {ending.told}."
        why = f" ({ending.said})" if ending.said else ""
        return (
            f"The process that starts workers ended before it could start any: {ending.told}{why}. "
            'The setting `worker_start = "spawn"` does without it.'
        )
