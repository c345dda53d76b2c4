"""Ties between processes that only Linux has: elsewhere these do nothing, and say so."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

_PDEATHSIG, _CHILD_SUBREAPER = 1, 36
"""Source: Linux, prctl(2)."""


def _prctl() -> Callable[[int, int], int]:
    if sys.platform != "linux":
        return lambda *_: -1
    function: Callable[[int, int], int] = ctypes.CDLL(None).prctl
    return function


prctl = _prctl()


def adopt_orphans() -> bool:
    """Processes below this one that lose their parent become its children from now on."""
    return prctl(_CHILD_SUBREAPER, 1) == 0


def end_with(parent: int) -> bool:
    """This process is killed when its parent ends; at once if it has ended already."""
    tied = prctl(_PDEATHSIG, signal.SIGKILL) == 0
    if os.getppid() != parent:
        os._exit(0)
    return tied


def children(pid: int) -> set[int]:
    """Processes whose parent this is, as far as one can see."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found.update(map(int, task.read_text().split()))
        except OSError:
            continue
    return found
