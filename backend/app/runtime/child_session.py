"""A child process together with everything that it starts, so that all of it can be ended."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from subprocess import run
from time import monotonic, sleep

_PROCESSES = Path("/proc")
_DEAD = (b"Z", b"X")
"""States of a process that has ended and that its parent has not asked for yet."""
_LOOK_EVERY = 0.01
DYING = 1.0
"""Seconds that the system may take to end what was killed."""


class ChildSession:
    """The session that a child leads: its process group, and those that are made in it.

    Shells with job control and `timeout` put what they start into groups of its own; only what
    leaves the session on purpose (a daemon) is out of reach.
    """

    def __init__(self, leader: int) -> None:
        self._leader = leader

    def interrupt(self) -> None:
        """As Ctrl-C."""
        self._send(signal.SIGINT)

    def terminate(self) -> None:
        """Ask to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it, without asking."""
        self._send(getattr(signal, "SIGKILL", signal.SIGTERM))

    def hang_up(self) -> None:
        """What a terminal does when its leader has ended: it ends those who run on beside it.

        Who asked for it (`nohup`) goes on.
        """
        if sys.platform != "win32":
            _send_to(self._leader, signal.SIGHUP)

    def is_gone(self) -> bool:
        """Whether nothing of it runs any more."""
        return not self._groups()

    def _send(self, number: int) -> None:
        if os.name != "posix":
            everything = ["taskkill", "/F", "/T", "/PID", str(self._leader)]
            run(everything, check=False, capture_output=True)
            return
        for group in self._groups():
            _send_to(group, number)

    def _groups(self) -> set[int]:
        if os.name != "posix":
            return set()  # taskkill has ended the tree
        if not (_PROCESSES / "self" / "stat").exists():
            return {self._leader} if _send_to(self._leader, 0) else set()
        return set(filter(None, map(self._group_of, _PROCESSES.iterdir())))

    def _group_of(self, process: Path) -> int:
        """The process's group if it is one of this session and alive, otherwise 0.

        Source: proc_pid_stat(5): after the name in parentheses state, parent, group, session.
        """
        if not process.name.isdigit():
            return 0
        try:
            stat = (process / "stat").read_bytes()
        except OSError:
            return 0
        state, _, group, session = stat.rpartition(b")")[2].split()[:4]
        return int(group) if int(session) == self._leader and state not in _DEAD else 0


def end_all(
    sessions: Collection[ChildSession], grace: float, meanwhile: Callable[[float], object] = sleep
) -> None:
    """Leave nothing of them: at first politely, and in less than half of the grace period.

    Args:
        meanwhile: spends so many seconds, or less, while they end.
    """
    for ask, patience in (
        (ChildSession.interrupt, grace / 4),
        (ChildSession.terminate, grace / 8),
        (ChildSession.kill, DYING),
    ):
        for session in sessions:
            ask(session)
        deadline = monotonic() + patience
        while not all(session.is_gone() for session in sessions):
            if monotonic() >= deadline:
                break
            meanwhile(_LOOK_EVERY)
        else:
            return


def _send_to(group: int, number: int) -> bool:
    """Whether there was anybody who could be sent a signal."""
    if sys.platform == "win32":
        return False
    try:
        os.killpg(group, number)
    except OSError:
        return False
    return True
