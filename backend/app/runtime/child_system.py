"""`os.system` of cells: what it always was, but it ends with its cell."""

from __future__ import annotations

import os
import subprocess

from .binding import bind
from .child_environment import CHILD_ENVIRONMENT
from .child_process import summons
from .child_session import DYING, ChildSession, end_all
from .execution import Execution, running

_SLICE = 0.05
"""Seconds for which a command does not notice that its cell was told to stop."""


def install() -> None:
    """Put it in the place of the system's, which no interrupt reaches: C code waits there."""
    if os.name == "posix":
        bind(os, "system", system)
        os.system.__module__ = "os"  # where pickle is to look for it


def system(command: str | bytes | os.PathLike[str]) -> int:
    """Execute the command in a subshell; what it writes goes to the cell by the descriptors.

    Unlike a command of `!`, what it leaves in the background goes on, as everywhere.

    Returns:
        The wait status, as of `os.wait`.

    Raises:
        KeyboardInterrupt: the cell was told to stop; nothing that the command started runs on.
    """
    execution = running()
    assert execution is not None
    # Shielded: an interrupt is asked for between two slices, it never strikes half-way.
    with execution.gate:
        code = _carry_out(command, execution)
    return -code if code < 0 else code << 8


def _carry_out(command: str | bytes | os.PathLike[str], execution: Execution) -> int:
    process = subprocess.Popen(
        ["/bin/sh", "-c", command], env=CHILD_ENVIRONMENT.now(), start_new_session=True
    )
    told_to_stop = summons(execution)
    while not _has_ended_within(process, _SLICE):
        if told_to_stop():
            end_all([ChildSession(process.pid)], execution.settings.interrupt_grace)
            _has_ended_within(process, DYING)
            raise KeyboardInterrupt
    return int(process.returncode)


def _has_ended_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True
