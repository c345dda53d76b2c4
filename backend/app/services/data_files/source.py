"""The bytes of one file as its readers get them: few, and counted."""

from __future__ import annotations

import io
import os
from functools import cached_property

from .stream import FileStream

BEGIN = 8 * 2**10
"""Bytes by which a file is recognised."""
HEAD = 2**20
"""Bytes of the beginning that are read of a text."""
PART = 64 * 2**10
"""Bytes that are read of its middle and of its end."""


class Source:
    """One opened file.

    Args:
        file: its bytes; closed by whoever opened it.
        name: as its user knows it.
        size: bytes that it has.
    """

    def __init__(self, file: FileStream, name: str, size: int) -> None:
        self.file = _Counted(file)
        self.name = name
        self.size = size

    @property
    def bytes_read(self) -> int:
        """How many were read so far."""
        return self.file.count

    @property
    def descriptor(self) -> int:
        """Of the file, for what reads it by itself; whose reading is not counted."""
        return self.file.fileno()

    @property
    def ending(self) -> str:
        """Of the name, in small letters, without the dot."""
        return self.name.rpartition("/")[2].lower().rpartition(".")[2]

    @cached_property
    def begin(self) -> bytes:
        """What it is recognised by."""
        return self.read(0, BEGIN)

    @cached_property
    def head(self) -> bytes:
        """The first megabyte."""
        return self.begin + self.read(BEGIN, HEAD - BEGIN) if self.size > BEGIN else self.begin

    def read(self, start: int, count: int) -> bytes:
        """Bytes at a place, fewer only at the end of the file."""
        self.file.seek(start)
        parts: list[bytes] = []
        while count > 0 and (part := self.file.read(count)):
            parts.append(part)
            count -= len(part)
        return b"".join(parts)


class _Counted(io.RawIOBase):
    """A file that counts what is read of it; closing it leaves the file open."""

    def __init__(self, file: FileStream) -> None:
        self.count = 0
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        found = self._file.readinto(buffer)
        self.count += found
        return found

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def fileno(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        """Nothing: the readers built upon it close it when they go, and others come after them."""
