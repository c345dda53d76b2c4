"""What the state asks of the file system beside its database."""

from __future__ import annotations

import os
from io import FileIO
from pathlib import Path


class Disk:
    """Files that are written once, from front to back. Tests put a worse disk in its place.

    Every method raises OSError where the operating system refuses.
    """

    def create(self, path: Path) -> FileIO:
        """A new file that only its owner may read."""
        return FileIO(path, "xb", opener=_private)

    def write(self, file: FileIO, place: int, data: bytes | memoryview) -> None:
        """All of the data, from this place on; what is skipped reads as zeros."""
        file.seek(place)
        view = memoryview(data)
        while view.nbytes:
            view = view[file.write(view) :]

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

    def remove(self, path: Path) -> None:
        """No file any more; whoever has it mapped keeps it."""
        path.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
