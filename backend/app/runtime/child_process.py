"""Shell commands of cells: a child process whose output is the cell's, and which ends with it."""

from __future__ import annotations

import codecs
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, nullcontext
from pathlib import PurePath
from shutil import which
from threading import get_ident
from time import monotonic, sleep

from .child_environment import CHILD_ENVIRONMENT
from .child_output import ChildOutput, open_pipe, open_terminal
from .child_session import DYING, ChildSession, end_all
from .execution import CURRENT, Execution

_SHELLS = frozenset(("ash", "bash", "dash", "ksh", "mksh", "sh", "zsh"))
"""Programs that take a command as POSIX says."""
_SLICE = 0.05
"""Seconds for which a command does not notice that its cell was told to stop."""
_QUIET = 0.1
"""Seconds of silence after which something that outlives its command is left to itself."""
_CHATTER = 1.0
"""Seconds that it may go on talking."""
GRACE = 2.0
"""Seconds to end a command that belongs to no cell; otherwise the setting `interrupt_grace`."""


def run(command: str) -> int:
    """Run a shell command; what it writes goes to the cell's `sys.stdout` as it comes.

    The command sees a terminal of 80 columns as stdout and stderr, and an empty stdin. It works
    in the cell's folder and environment. It is over when its shell has ended; what the shell has
    left in the background is hung up, as by a terminal.

    Returns:
        The exit code; that of a command ended by signal n is -n.

    Raises:
        ValueError: the command contains a NUL character.
        KeyboardInterrupt: the cell was told to stop; nothing that the command started runs on.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    stdout = sys.stdout

    def show(data: bytes, final: bool = False) -> None:
        text = decoder.decode(data, final)
        if text and stdout is not None:
            stdout.write(text)
            stdout.flush()

    code = _carry_out(command, open_terminal, show)
    show(b"", final=True)
    return 128 - code if code > 128 else code


def output_of(command: str) -> str:
    """Run a shell command as `run` does and give back what it writes, to a pipe, as text."""
    come = bytearray()
    _carry_out(command, open_pipe, come.extend)
    return come.decode("utf-8", "replace")


def _carry_out(
    command: str, open_output: Callable[[], ChildOutput], receive: Callable[[bytes], object]
) -> int:
    """The exit code as `subprocess` gives it; all output has been received before."""
    if "\0" in command:
        raise ValueError("A shell command cannot contain a NUL character.")
    execution = CURRENT.get()
    grace = GRACE if execution is None else execution.settings.interrupt_grace
    # Shielded: an interrupt is asked for between two slices, it never strikes half-way.
    shield = nullcontext() if execution is None else execution.gate
    with shield, closing(open_output()) as output:
        child = ChildProcess(command, output, receive)
        try:
            return child.follow(summons(execution))
        finally:
            child.end(grace)


class ChildProcess:
    """A command that runs, in a session of its own.

    Args:
        receive: told what it writes, piece by piece, by `follow` and `end`.
    """

    def __init__(
        self, command: str, output: ChildOutput, receive: Callable[[bytes], object]
    ) -> None:
        self._output = output
        self._receive = receive
        self._process = _start(command, output)
        self._session = ChildSession(self._process.pid)

    def follow(self, told_to_stop: Callable[[], bool]) -> int:
        """Receive until the command is over; its exit code.

        Raises:
            KeyboardInterrupt: it was told to stop before.
        """
        while self._process.poll() is None:
            if told_to_stop():
                raise KeyboardInterrupt
            if self._output.ended:
                self._wait(_SLICE)
            else:
                self._pass_on(_SLICE)
        deadline = monotonic() + _CHATTER
        while self._pass_on(_QUIET) and monotonic() < deadline:
            pass
        return int(self._process.returncode)

    def end(self, grace: float) -> None:
        """Leave nothing behind: at first politely, and in less than half of the grace period."""
        if self._process.poll() is None:
            end_all([self._session], grace, self._spend)
            while self._pass_on(0):
                pass
            self._wait(DYING)
        self._session.hang_up()

    def _spend(self, seconds: float) -> None:
        if self._output.ended:
            sleep(seconds)
        else:
            self._pass_on(seconds)

    def _wait(self, seconds: float) -> None:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass

    def _pass_on(self, seconds: float) -> bool:
        """Receive what comes within so many seconds; whether anything did."""
        data = self._output.read(seconds)
        if data:
            try:
                self._receive(data)
            except BaseException:
                self._receive = len  # whoever fails is not asked again while the command is ended
                raise
        return bool(data)


def _start(command: str, output: ChildOutput) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command if os.name == "nt" else [_shell(), "-c", command],
            shell=os.name == "nt",
            stdin=subprocess.DEVNULL,
            stdout=output.sink,
            stderr=output.sink,
            env=CHILD_ENVIRONMENT.now(),
            start_new_session=True,
        )
    finally:
        output.give_away()


def summons(execution: Execution | None) -> Callable[[], bool]:
    """Whether the cell was told to stop since; also asked for by other threads than its own."""
    if execution is None:
        return lambda: False
    gate = execution.gate
    if gate.thread == get_ident():
        return lambda: gate.deferred
    before = gate.reason
    return lambda: gate.reason != before


def _shell() -> str:
    """The user's, if it understands what every other would."""
    shell = os.environ.get("SHELL", "")
    usable = PurePath(shell).name in _SHELLS and os.access(shell, os.X_OK)
    return shell if usable else which("sh") or "/bin/sh"
