"""What of `multiprocessing` works in a confined worker, and words for what does not.

A fork server and a manager are reached by sockets that lie in folders. Where the kernel makes none
for a worker, they would fail with a bare `PermissionError`, a manager even elsewhere.
"""

from __future__ import annotations

import socket
import sys
from errno import EPERM
from types import ModuleType
from typing import Any, NoReturn

from ..runtime.process import PROCESS

_WORDS = (
    "{} needs sockets in folders, which are closed to workers: the start methods `fork` and "
    "`spawn` work, with pools, queues, pipes, locks and shared memory."
)


def name_start_methods() -> None:
    """To be called once the worker is confined."""
    if sys.platform == "linux" and not _makes_sockets():
        PROCESS.imports.when_imported("multiprocessing.context", _without_fork_server)
        PROCESS.imports.when_imported("multiprocessing.managers", _without_managers)


def _makes_sockets() -> bool:
    if sys.platform == "win32":
        return False
    try:
        socket.socket(socket.AF_UNIX).close()
    except OSError:
        return False
    return True


def _without_fork_server(context: ModuleType) -> None:
    """It is not available, in the words of the module itself; where it is the default, spawn is."""

    def refuse(_self: object) -> NoReturn:
        raise ValueError(_WORDS.format("The start method `forkserver`"))

    context.ForkServerContext._check_available = refuse
    default: Any = context._default_context
    if default._default_context.get_start_method() == "forkserver":
        default._default_context = context._concrete_contexts["spawn"]


def _without_managers(managers: ModuleType) -> None:
    def refuse(_self: object, *_arguments: object, **_options: object) -> NoReturn:
        raise PermissionError(EPERM, _WORDS.format("A manager of `multiprocessing`"))

    managers.BaseManager.start = refuse
