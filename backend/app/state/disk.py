"""What the state asks of the file system beside its database."""

from __future__ import annotations

import os
import shutil
import sys
from io import FileIO
from pathlib import Path

from ..runtime.ordinary_file import opened

_PIECE = 1 << 22
"""Bytes that are copied at a time."""


class Disk:
    """Files that are written once, from front to back. Tests put a worse disk in its place.

    Every method raises OSError where the operating system refuses.
    """

    def create(self, path: Path) -> FileIO:
        """A new file that only its owner may read."""
        return FileIO(path, "xb", opener=_private)

    def open(self, path: Path) -> FileIO:
        """A file to be read."""
        return FileIO(path, "rb", opener=opened)

    def write(self, file: FileIO, place: int, data: bytes | memoryview) -> None:
        """All of the data, from this place on; what is skipped reads as zeros."""
        file.seek(place)
        view = memoryview(data)
        while view.nbytes:
            view = view[file.write(view) :]

    def copy(self, path: Path, other: Path) -> None:
        """The content in a file of its own: who may write into one is not to change the other.

        File systems that can let both have the same blocks until then.
        """
        with self.open(path) as source, self.create(other) as copy:
            if not _copied_by_kernel(source, copy):
                source.seek(0)
                shutil.copyfileobj(source, copy, _PIECE)
            self.sync(copy)

    def sync(self, file: FileIO) -> None:
        """Return once the content survives a power cut."""
        os.fsync(file.fileno())

    def sync_folder(self, folder: Path) -> None:
        """Return once new names in the folder survive a power cut, where that can be asked for."""
        if os.name != "posix":
            return
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def make_folder(self, folder: Path, *, lasting: bool) -> None:
        """The folder, and those above it; if it is to last, their names survive a power cut."""
        try:
            folder.mkdir()
        except FileNotFoundError:
            if folder.parent == folder:  # a drive that is not there
                raise
            self.make_folder(folder.parent, lasting=lasting)
            folder.mkdir(exist_ok=True)
        except OSError:
            if not folder.is_dir():
                raise
            return
        if lasting:
            self.sync_folder(folder.parent)

    def remove(self, path: Path) -> None:
        """No file any more; whoever has it mapped keeps it."""
        path.unlink(missing_ok=True)


def _copied_by_kernel(source: FileIO, copy: FileIO) -> bool:
    if sys.platform != "linux":
        return False
    try:
        while os.copy_file_range(source.fileno(), copy.fileno(), _PIECE):
            pass
    except OSError:  # not between these file systems
        copy.seek(0)
        return False
    return True


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
