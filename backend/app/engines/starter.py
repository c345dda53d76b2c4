"""What an engine has its workers from, however they come to be."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Protocol

from ..models.session import ExecutionMode
from ..policy.sandbox.control_groups import ControlGroup
from .ending import KILL, Ending
from .frames import NO_NONCE, Frame, Kind, dump


class Starter(Protocol):
    """Starts workers, knows how each one ended, and takes them all with it when it is closed."""

    @property
    def alive(self) -> bool:
        """Whether it can start any more."""

    def start(self, *, ahead: bool = False) -> Worker:
        """A new worker, which was told the settings.

        Args:
            ahead: whether nobody waits for it, so that it may get warm first.

        Raises:
            WorkerStartError: there is none; says why.
        """

    def close(self) -> None:
        """End every worker that still lives; waits until they have."""


class Worker:
    """A process and the sockets that lead to it.

    Args:
        pid: of the process.
        line: to its main thread.
        side: to who listens beside that.
        group: limits it and what it starts together, where this process may make control groups.
        send: sends it a signal; to nobody else, if it has ended meanwhile.
    """

    def __init__(
        self,
        pid: int,
        line: socket.socket,
        side: socket.socket,
        group: ControlGroup | None,
        send: Callable[[int], None],
    ) -> None:
        self.pid = pid
        self.line = line
        self.side = side
        self.group = group
        self.ending: Future[Ending] = Future()
        self._send = send

    def foresee(self, mode: ExecutionMode) -> None:
        """Tell it in which mode it will be wanted; once, and before all that is asked of it."""
        with suppress(OSError):  # it is dead already: whoever wants it hears of that
            self.line.sendall(Frame(Kind.MODE, NO_NONCE, dump(mode)).encode())

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._send(number)

    def kill(self) -> None:
        """End it, whatever it does."""
        self.signal(KILL)

    def close(self) -> None:
        """It has ended: take away what belonged to it."""
        self.line.close()
        self.side.close()
        if self.group is not None:
            self.group.kill()
            self.group.remove()
