"""How much memory a process takes."""

from __future__ import annotations

import gc
import os
from typing import Any

import psutil


def resident(pid: int | None = None) -> int:
    """Bytes of a process that are in memory, of this one after its garbage is gone."""
    if pid is None:
        gc.collect()
    return int(psutil.Process(pid or os.getpid()).memory_info().rss)


def proportional(pid: int) -> int:
    """The same with shared pages counted in part, where the system tells."""
    information: Any = psutil.Process(pid).memory_full_info()
    return int(getattr(information, "pss", information.rss))
