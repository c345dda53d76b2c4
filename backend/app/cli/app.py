"""`nbengine`, as a shell starts it."""

from __future__ import annotations

import gc
from importlib import import_module

INTERRUPTED = 130
"""As in `exit_codes`, which takes its time to load."""


def main() -> int:
    """Run the command line; the exit code.

    What loading the commands makes lives until the end, so no garbage is looked for meanwhile,
    nor among it later: a fifth of the time that a small notebook takes.
    """
    gc.disable()
    try:
        commands = import_module(".commands", __package__)
    except KeyboardInterrupt:
        return INTERRUPTED
    gc.freeze()
    gc.enable()
    return int(commands.main())
