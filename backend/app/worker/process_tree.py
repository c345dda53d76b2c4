"""Ties between processes that only Linux has: elsewhere these do nothing, and say so."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from ..policy.sandbox.kernel import control

_PDEATHSIG, _CHILD_SUBREAPER = 1, 36
"""Source: Linux, prctl(2)."""


def _set(option: int, value: int) -> bool:
    """Whether the system has it."""
    if sys.platform != "linux":
        return False
    try:
        control(option, value)
    except OSError:
        return False
    return True


def adopt_orphans() -> bool:
    """Processes below this one that lose their parent become its children from now on."""
    return _set(_CHILD_SUBREAPER, 1)


def end_with(parent: int) -> bool:
    """This process is killed when its parent ends; at once if it has ended already."""
    tied = sys.platform == "linux" and _set(_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
    return tied


def told_of_death(number: int) -> bool:
    """This process gets a signal when its parent ends."""
    return _set(_PDEATHSIG, number)


def children(pid: int) -> set[int]:
    """Processes whose parent this is, as far as one can see."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found.update(map(int, task.read_text().split()))
        except OSError:
            continue
    return found
