"""What a process does to become a worker: nothing of who started it is left to it."""

from __future__ import annotations

import os
import random
import signal
import sys
from io import TextIOWrapper

from .orphans import Orphans
from .process_tree import adopt_orphans, end_with


def become_worker(parent: int) -> None:
    """A session and process group of its own, no terminal, no shared randomness.

    Args:
        parent: the process that started this one, with which it ends.
    """
    if sys.platform != "win32" and os.getsid(0) != os.getpid():
        os.setsid()
    end_with(parent)
    if adopt_orphans():
        Orphans().install()
    _close_terminal()
    _write_by_line()
    # A handler of Python's, so that programs which a cell starts do not inherit that it is ignored.
    signal.signal(signal.SIGINT, lambda *_: None)
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


def _close_terminal() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _write_by_line() -> None:
    """As on a terminal: a copy of a cell that ends by `os._exit` has said what it printed."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(line_buffering=True)
