"""A Python process of ours: what it is started with, the way to it, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import closing, suppress
from threading import Lock, Thread
from typing import IO, Any, Literal

from ..errors import WorkerStartError
from .ending import KILL, Ending
from .meeting import WAYS, Meeting
from .passing import close, pairs

DOOR = f"{__package__.rpartition('.')[0]}.worker"
"""What it runs; it is named here and never imported."""
Role = Literal["nursery", "worker"]
INHERITS = sys.platform != "win32"
"""Whether a process can be started with sockets of ours; else it comes to meet us."""
_TAIL = 4_096
"""Bytes of what it wrote last that are looked at."""


class Interpreter:
    """A fresh process that runs the door for workers, at the other ends of private sockets.

    It has nothing of this process but an environment and these sockets, and Ctrl-C in this one's
    terminal does not reach it. The thread that sees it end has started it, too, because Linux ends
    a child with the thread that it is from.

    Args:
        role: what it is to be.
        environment: all that it gets of this one's.
        inherits: whether it is started with the sockets.

    Raises:
        WorkerStartError: the system starts no process; says why.
    """

    def __init__(
        self, role: Role, environment: Mapping[str, str], *, inherits: bool = INHERITS
    ) -> None:
        if not sys.executable:
            raise WorkerStartError("No worker can be started: `sys.executable` names no Python.")
        self.ending: Future[Ending] = Future()
        self._start = _with_sockets if inherits else _with_invitation
        self._lock = Lock()
        self._has_ended = self._was_killed = False
        born: Future[_Started] = Future()
        given = (role, dict(environment), born)
        thread = Thread(target=self._live, args=given, name=f"nbengine-{role}", daemon=True)
        try:
            thread.start()
            self._process, self.sockets = born.result()
        except (OSError, RuntimeError) as error:  # no more processes, or threads
            raise WorkerStartError(f"No worker can be started: {error}.") from None

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def signal(self, number: int) -> None:
        """Send it a signal, unless it has ended; where there are none, only the one that kills."""
        with self._lock:
            if self._has_ended:
                return
            if sys.platform != "win32":
                self._process.send_signal(number)
            elif number == KILL:
                self._was_killed = True
                self._process.terminate()

    def _live(self, role: Role, environment: dict[str, str], born: Future[_Started]) -> None:
        with tempfile.TemporaryFile() as said:
            try:
                process, ends = self._start(role, environment, said)
            except BaseException as error:
                born.set_exception(error)
                return
            born.set_result((process, ends))
            code = self._bury(process)
            self.ending.set_result(Ending(code, said=_last_line(said)))

    def _bury(self, process: subprocess.Popen[bytes]) -> int:
        """How it ended, when it has; what it has left in its process group is ended too."""
        _await_end(process)
        with self._lock:
            self._has_ended = True
            if sys.platform != "win32":
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
        return -KILL if self._was_killed else code


_Started = tuple["subprocess.Popen[bytes]", list[socket.socket]]


def _await_end(process: subprocess.Popen[bytes]) -> None:
    """If possible without taking note of it: until then its number is nobody else's."""
    if sys.platform != "win32" and hasattr(os, "waitid"):
        with suppress(ChildProcessError):
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    else:
        process.wait()


def _last_line(said: IO[bytes]) -> str:
    said.seek(max(0, said.seek(0, os.SEEK_END) - _TAIL))
    lines = said.read().decode("utf-8", "backslashreplace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _with_sockets(role: Role, environment: dict[str, str], said: IO[bytes]) -> _Started:
    ours, theirs = pairs(WAYS[role])
    numbers = [end.fileno() for end in theirs]
    try:
        given = {"stdin": subprocess.DEVNULL, "pass_fds": numbers}
        return _process((role, *map(str, numbers)), environment, said, given), ours
    except BaseException:
        close(ours)
        raise
    finally:
        close(theirs)


def _with_invitation(role: Role, environment: dict[str, str], said: IO[bytes]) -> _Started:
    """By standard input: arguments and environment are seen by others."""
    ends: list[socket.socket] = []
    with closing(Meeting()) as meeting:
        process = _process((role,), environment, said, {"stdin": subprocess.PIPE})
        assert process.stdin is not None
        try:
            with suppress(OSError), process.stdin as standard_input:
                standard_input.write(meeting.invitation)
            while len(ends) < WAYS[role]:
                ends.append(meeting.accept(lambda: process.poll() is None))
        except BaseException as error:
            close(ends)
            process.kill()
            process.wait()
            raise WorkerStartError(f"{error} {_last_line(said)}".strip()) from None
    return process, ends


def _process(
    arguments: tuple[str, ...], environment: dict[str, str], said: IO[bytes], given: dict[str, Any]
) -> subprocess.Popen[bytes]:
    if sys.platform == "win32":
        given["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    return subprocess.Popen(
        [sys.executable, "-P", "-m", DOOR, *arguments],
        stdout=said,
        stderr=said,
        env=environment,
        start_new_session=True,
        cwd=os.sep,
        **given,
    )
