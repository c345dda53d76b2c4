"""A child process together with everything that it starts, so that all of it can be ended."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from subprocess import run

_PROCESSES = Path("/proc")
_DEAD = (b"Z", b"X")
"""States of a process that has ended and that its parent has not asked for yet."""


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
        if os.name == "posix":
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


def _send_to(group: int, number: int) -> bool:
    """Whether there was anybody who could be sent a signal."""
    try:
        os.killpg(group, number)
    except OSError:
        return False
    return True
