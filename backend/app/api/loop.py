"""The event loop that serves."""

from __future__ import annotations

import asyncio
import sys

from ..runtime.selector import Selector


def open_loop() -> asyncio.AbstractEventLoop:
    """Python's own, which needs nothing that a cell in a worker could use up.

    uvloop ends the process where the kernel has no more watches for it (libuv aborts), and is not
    measurably faster for requests that run cells.
    """
    if sys.platform == "linux":
        return asyncio.SelectorEventLoop(Selector())
    return asyncio.new_event_loop()
