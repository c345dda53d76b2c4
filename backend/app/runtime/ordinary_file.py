"""Files and folders themselves: never what a link leads to, nor a pipe, which may wait."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_ITSELF = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def opened(path: str | Path, flags: int, folder: int | None = None, *, mode: int = 0o600) -> int:
    """A descriptor of an ordinary file.

    Args:
        path: of it, or its name in the folder.
        flags: as those of `os.open`.
        folder: a descriptor.
        mode: that of a file that is made.

    Raises:
        FileNotFoundError: it is not there, or something else has taken its place.
        OSError: it cannot be opened.
    """
    try:
        descriptor = os.open(path, flags | _ITSELF, mode, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise taken(path) from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise taken(path)
    return descriptor


def entered(name: str, folder: int, *, make: bool = False) -> int:
    """A descriptor of a folder in a folder, made if that is wanted.

    Raises:
        OSError: it cannot be, or something else is there.
    """
    if make:
        try:
            os.mkdir(name, 0o777, dir_fd=folder)
        except FileExistsError:
            pass
    return os.open(name, FOLDER | _ITSELF, dir_fd=folder)


def settled(path: Path, flags: int) -> int:
    """A descriptor of what lies at a path in which there was no link.

    Where that is `/proc` says, on Linux alone; filters of containers, which may know no openat2(2),
    leave that alone.

    Raises:
        OSError: there is one now, or no such file.
    """
    descriptor = os.open(path, flags)
    if Path(f"/proc/self/fd/{descriptor}").readlink() != path:
        os.close(descriptor)
        raise OSError(errno.ELOOP, f"a link has taken the place of {path}")
    return descriptor


def taken(path: str | Path) -> FileNotFoundError:
    """Something else is where a file or folder should be."""
    return FileNotFoundError(errno.ENOENT, f"something else has taken the place of {path}")
