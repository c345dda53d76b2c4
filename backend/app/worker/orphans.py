"""Processes that became the worker's because their parent ended: nobody else can bury them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from contextvars import Context
from functools import wraps
from importlib import import_module
from threading import Thread
from time import sleep
from typing import Any

from ..engines.liveness import has_ended
from .process_tree import children

_BIRTHS = (
    ("os", ("fork", "forkpty", "posix_spawn", "posix_spawnp")),
    ("_posixsubprocess", ("fork_exec",)),
    ("subprocess", ("_fork_exec",)),
)
"""What starts a process and gives back its number: all of Python is built on these."""
_PAUSE = 0.5
"""Seconds between two looks: who waits for an end himself has noticed it by then."""


class Orphans:
    """Buries adopted processes that ended, and never a child that a cell has started itself.

    A cell may ask at any time how its own children ended. The kernel does not tell the two kinds
    apart, so births are written down. What C code starts, and does not wait for, is not known.
    """

    def __init__(self) -> None:
        self._worker = os.getpid()
        self._own: set[int] = set()
        self._ended: set[int] = set()
        """Those who had ended at the last look, and were not born here."""
        self._thread: Thread | None = None

    def install(self) -> None:
        """Hear of every birth from now on."""
        for module, name, begin in _beginnings():
            setattr(module, name, self._noting(begin))
        os.system = self._noting(os.system, gives_pid=False)

    def look(self) -> bool:
        """Bury who had ended at the last look too; whether there are any children at all."""
        if sys.platform != "linux":
            return False
        self._own -= {pid for pid in self._own.copy() if not _is_child(pid)}
        adopted = children(self._worker) - self._own
        ended = {pid for pid in adopted if has_ended(pid)}
        for pid in ended & self._ended:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        self._ended = ended
        return bool(adopted or self._own)

    def _noting(self, begin: Callable[..., Any], *, gives_pid: bool = True) -> Callable[..., Any]:
        """The same function; what it starts is known."""

        @wraps(begin)
        def beginning(*arguments: Any, **options: Any) -> Any:
            if not gives_pid:
                self._watch()  # it may take long
            given = begin(*arguments, **options)
            pid = given[0] if isinstance(given, tuple) else given
            if gives_pid and pid:
                self._own.add(pid)
            self._watch()
            return given

        return beginning

    def _watch(self) -> None:
        """Look every now and then, while there are children; not in a copy of this process."""
        if os.getpid() != self._worker or self._thread is not None:
            return
        self._thread = Thread(target=self._look_on, name="nbengine-orphans", daemon=True)
        try:
            Context().run(self._thread.start)  # it is no cell's own
        except RuntimeError:  # cells have all threads there are
            self._thread = None

    def _look_on(self) -> None:
        sleep(_PAUSE)
        while self.look():
            sleep(_PAUSE)
        self._thread = None
        if self.look():  # born after the last look, and before that
            self._watch()


def _beginnings() -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    """Where each function that starts a process is found."""
    if sys.platform == "win32":
        return
    for home, names in _BIRTHS:
        module = import_module(home)
        for name in names:
            if hasattr(module, name):
                yield module, name, getattr(module, name)


def _is_child(pid: int) -> bool:
    """Whether somebody may still ask how it ended."""
    if sys.platform != "linux":
        return False
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
