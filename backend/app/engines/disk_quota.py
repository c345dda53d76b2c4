"""How much of the disk a notebook takes up, and that it takes no more."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic

from ..errors import StorageError

_BLOCK = 512
"""Bytes of what the system counts in (stat(2), `st_blocks`)."""
_LEAST = 4096
"""Bytes that any file counts for: an empty one takes up room, too."""
_SHARE = 20
"""A look that took so long is not taken again before so many times as long have passed."""


class DiskQuota:
    """Counts what is in a few folders; never for more than a twentieth of the time.

    Args:
        folders: of one notebook. No link is followed.
        limit: bytes that they may take up together; None sets none.
    """

    def __init__(self, folders: Sequence[Path], limit: int | None) -> None:
        self._folders = folders
        self._limit = limit
        self._due = 0.0
        self._was_counted = False
        self._excess: str | None = None

    def look(self) -> None:
        """Count, unless that was done a moment ago."""
        if self._limit is not None and monotonic() >= self._due:
            began = monotonic()
            self._excess = self._counted(self._limit)
            self._was_counted = True
            now = monotonic()
            self._due = now + _SHARE * (now - began)

    def check(self) -> None:
        """Have a cell that may write only begin if there is room.

        Raises:
            StorageError: there was none at the last look, and there is none now.
        """
        if self._excess is not None or not self._was_counted:
            self._due = 0.0
            self.look()
        if self._excess is not None:
            raise StorageError(self._excess)

    def _counted(self, limit: int) -> str | None:
        """What is wrong, if anything is."""
        where = " and ".join(map(str, self._folders))
        ways = "take some of it away, raise the limit, or run `read_only` cells"
        total = 0
        try:
            for size in _sizes(self._folders):
                total += size
                if total > limit:
                    return (
                        f"The notebook takes up more than its limit of {limit:,} bytes on disk "
                        f"(setting `disk_limit`), in {where}: {ways}."
                    )
        except OSError as error:
            return (
                f"What the notebook takes up on disk cannot be counted against its limit of "
                f"{limit:,} bytes (setting `disk_limit`): {error.strerror}, in {where}."
            )
        return None


def _sizes(folders: Sequence[Path]) -> Iterator[int]:
    """Bytes on disk of everything in them.

    Raises:
        OSError: a folder is closed, or lies deeper than names can reach.
    """
    waiting = [str(folder) for folder in folders]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                try:
                    found = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                yield max(_size(found), _LEAST)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


def _size(found: os.stat_result) -> int:
    if sys.platform == "win32":
        return found.st_size
    return found.st_blocks * _BLOCK
