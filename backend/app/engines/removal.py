"""Folders of a worker taken away: whatever its cells have put there."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)


def remove(folder: Path) -> None:
    """Take away a folder with everything in it, as far as that is possible; never raises for it.

    No link is followed, and it may be of any depth: folders are moved up to the first one before
    they are emptied, so that neither the stack nor the descriptors run out.
    """
    if sys.platform == "win32":
        shutil.rmtree(folder, ignore_errors=True)
        return
    with suppress(OSError):
        _make_mine(folder)
        with _opened(folder) as top:
            _empty(top)
        folder.rmdir()


def _empty(top: int) -> None:
    waiting = list(_cleared(top, top))
    while waiting:
        name = waiting.pop()
        with suppress(OSError):
            with _opened(name, top) as inner:
                waiting += _cleared(inner, top)
            os.rmdir(name, dir_fd=top)


def _cleared(folder: int, top: int) -> Iterator[str]:
    """Unlink its files, and move its folders to the top: their names there."""
    for name in os.listdir(folder):
        with suppress(OSError):
            try:
                os.unlink(name, dir_fd=folder)
            except (IsADirectoryError, PermissionError):
                _make_mine(name, folder)
                there = f".{secrets.token_hex(8)}"  # a name that no cell could have taken before
                os.rename(name, there, src_dir_fd=folder, dst_dir_fd=top)
                yield there


def _make_mine(name: str | Path, within: int | None = None) -> None:
    """A folder that its owner has closed to himself is opened again."""
    if sys.platform == "linux":
        there = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=within)
        try:
            Path(f"/proc/self/fd/{there}").chmod(0o700)
        finally:
            os.close(there)


@contextmanager
def _opened(name: str | Path, within: int | None = None) -> Iterator[int]:
    descriptor = os.open(name, _FOLDER, dir_fd=within)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
