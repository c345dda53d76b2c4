"""One process at a time."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from time import sleep
from weakref import WeakSet, finalize

from ..errors import StateLockedError
from ..runtime.ordinary_file import opened

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FAR = 1 << 30
"""Where Windows locks a byte: behind the text, so that others can read that."""
_PAUSES = 0.0, 0.02, 0.1
"""Seconds for which what nobody knows any more may still be at work in another thread."""


class StateLock:
    """An exclusive lock on a file that names the process that has it.

    The operating system lets go of it when the process ends, however it ends: a file that is left
    behind locks nothing. A forked child does not have it. One that nobody knows any more is free.
    """

    def __init__(
        self, path: Path, *, when_forked: Callable[[], None], shared: bool = False
    ) -> None:
        """Take it.

        Args:
            path: the file.
            when_forked: called in a forked child, which lost the lock at that moment.
            shared: against those who take it alone; the file is there, and is not written to.

        Raises:
            StateLockedError: another process has it, or this one has it already.
            OSError: the file cannot be opened.
        """
        self._when_forked = when_forked
        file = opened(path, os.O_RDONLY if shared else os.O_RDWR | os.O_CREAT)
        try:
            _take(file, path, shared)
        except BaseException:
            os.close(file)
            raise
        self._file: int | None = file
        self._forgotten = finalize(self, _let_go, file)
        self._forgotten.atexit = False
        _HELD.add(self)
        if not shared:
            _write_pid(file)

    @property
    def held(self) -> bool:
        """Whether this process has it."""
        return self._file is not None

    def release(self) -> None:
        """Let go, also for children that are not done forking; the second time does nothing."""
        file, self._file = self._file, None
        if file is not None:
            self._forgotten()

    def forked(self) -> None:
        """Close the child's descriptor; the parent's keeps the lock."""
        file, self._file = self._file, None
        if file is not None:
            self._forgotten.detach()
            os.close(file)
            self._when_forked()


_HELD: WeakSet[StateLock] = WeakSet()
"""What a forked child must know that it does not have."""


def _in_child() -> None:
    for lock in list(_HELD):
        lock.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)


def _take(file: int, path: Path, shared: bool) -> None:
    """Lock the file; who has it in this process without being known to anybody lets go of it.

    Raises:
        StateLockedError: somebody has it.
    """
    for pause in (*_PAUSES, None):
        try:
            _lock(file, shared)
        except OSError as error:
            holder = _read_pid(file)
            if pause is None or holder != os.getpid():
                raise StateLockedError(_sentence(path, holder), holder) from error
            gc.collect()
            sleep(pause)
        else:
            return


def _let_go(file: int) -> None:
    _unlock(file)
    os.close(file)


def _lock(file: int, shared: bool) -> None:
    if sys.platform == "win32":
        os.lseek(file, _FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)
    else:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


def _unlock(file: int) -> None:
    if sys.platform == "win32":
        os.lseek(file, _FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_UN)


def _write_pid(file: int) -> None:
    """Say who has it, unless it is there; on a full disk the lock holds without."""
    try:
        if _read_pid(file) == os.getpid():
            return
        os.lseek(file, 0, os.SEEK_SET)
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
    except OSError:
        pass


def _read_pid(file: int) -> int | None:
    os.lseek(file, 0, os.SEEK_SET)
    text = os.read(file, 32).strip()
    return int(text) if text.isdigit() else None


def _sentence(path: Path, holder: int | None) -> str:
    if holder == os.getpid():
        return (
            f"{path.parent} is open in this process already, whose pid is {holder}: close the "
            "ExecutionService or StatePersistenceService that has it."
        )
    whom = f"process {holder}" if holder is not None else "another process"
    return f"{path.parent} is in use by {whom}."
