"""What a process has open."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

NEED_PROC = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="no /proc to look for open files in"
)


def opened(process: int | None = None) -> Counter[str]:
    """What its descriptors lead to, and how many to each; without a process, those of this one.

    These are compared, not their total: what an earlier test has forgotten may be closed any time.
    """
    folder = f"/proc/{process or 'self'}/fd"
    targets = Counter[str]()
    for name in os.listdir(folder):  # noqa: PTH208 — no name of it is a path to keep
        with suppress(FileNotFoundError):
            targets[str(Path(folder, name).readlink())] += 1
    return targets
