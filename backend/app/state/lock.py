"""One process at a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from weakref import WeakSet

from ..errors import StateLockedError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FAR = 1 << 30
"""Where Windows locks a byte: behind the text, so that others can read that."""


class StateLock:
    """An exclusive lock on a file that names the process that has it.

    The operating system lets go of it when the process ends, however it ends: a file that is left
    behind locks nothing. A forked child does not have it.
    """

    def __init__(self, path: Path, *, when_forked: Callable[[], None]) -> None:
        """Take it.

        Args:
            when_forked: called in a forked child, which lost the lock at that moment.

        Raises:
            StateLockedError: another process has it, or this one has it already.
            OSError: the file cannot be opened.
        """
        self._when_forked = when_forked
        self._file: int | None = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._file)
        except OSError as error:
            holder = _read_pid(self._file)
            os.close(self._file)
            self._file = None
            raise StateLockedError(_sentence(path, holder), holder) from error
        _HELD.add(self)
        _write_pid(self._file)

    @property
    def held(self) -> bool:
        """Whether this process has it."""
        return self._file is not None

    def release(self) -> None:
        """Let go, also for children that are not done forking; the second time does nothing."""
        file, self._file = self._file, None
        if file is not None:
            _unlock(file)
            os.close(file)

    def forked(self) -> None:
        """Close the child's descriptor; the parent's keeps the lock."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)
            self._when_forked()


_HELD: WeakSet[StateLock] = WeakSet()
"""What a forked child must know that it does not have."""


def _in_child() -> None:
    for lock in list(_HELD):
        lock.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)


def _lock(file: int) -> None:
    if sys.platform == "win32":
        os.lseek(file, _FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _unlock(file: int) -> None:
    if sys.platform == "win32":
        os.lseek(file, _FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_UN)


def _write_pid(file: int) -> None:
    """Say who has it; on a full disk the lock holds without."""
    try:
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
        return f"{path.parent} is open in this process already."
    whom = f"process {holder}" if holder is not None else "another process"
    return f"{path.parent} is in use by {whom}."
