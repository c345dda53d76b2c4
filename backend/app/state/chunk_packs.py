"""Large pieces of content in files that are written once and never changed."""

from __future__ import annotations

import mmap
from collections.abc import Collection
from io import FileIO
from pathlib import Path

from .disk import Disk

ALIGNMENT = max(4096, mmap.ALLOCATIONGRANULARITY)
"""Places in a pack are multiples of this, so that a piece can be mapped."""


class Pack:
    """One file that is being written."""

    def __init__(self, number: int, path: Path, disk: Disk) -> None:
        self.number = number
        self.path = path
        self.size = 0
        self._disk = disk
        self._file = disk.create(path)

    def append(self, data: bytes | memoryview) -> int:
        """The place where the data begins now."""
        place = -(-self.size // ALIGNMENT) * ALIGNMENT
        self._disk.write(self._file, place, data)
        self.size = place + len(data)
        return place

    def sync(self) -> None:
        """Return once it survives a power cut."""
        self._disk.sync(self._file)
        self._disk.sync_folder(self.path.parent)

    def close(self) -> None:
        """Nothing more is written."""
        self._file.close()


class PackFolder:
    """The packs of one notebook, by number. A number is never given twice while it is open."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder = folder
        self._disk = disk
        self._last = max(self._numbers(), default=0)

    def create(self) -> Pack:
        """The next pack, empty."""
        self._last += 1
        return Pack(self._last, self.path(self._last), self._disk)

    def path(self, number: int) -> Path:
        """Where a pack lies."""
        return self._folder / f"{number}.pack"

    def open(self, number: int) -> FileIO:
        """A pack to be read."""
        return self._disk.open(self.path(number))

    def keep_only(self, named: Collection[int]) -> None:
        """Remove what an interrupted commit or collection left behind."""
        self._last = max(self._last, *named, 0)
        for number in self._numbers() - set(named):
            self.remove(number)

    def remove(self, number: int) -> None:
        """No such pack any more; where it is in use and the system minds, it goes later."""
        try:
            self._disk.remove(self.path(number))
        except OSError:
            pass

    def _numbers(self) -> set[int]:
        stems = (path.stem for path in self._folder.glob("*.pack"))
        return {int(stem) for stem in stems if stem.isdigit()}
