"""One look into one file, at most once at a time for what needs a process of its own."""

from __future__ import annotations

import socket
from pathlib import Path

from ...errors import MissingDependencyError
from ...models.files import Contents, FileContext, FileInfo
from .describing import FOREIGN, described, read
from .reading_process import PATIENCE, ReadingProcess
from .recognising import Recognised, recognised
from .source import Source
from .stream import FileStream

_CAN_SEND = hasattr(socket, "send_fds")
"""Where it cannot, foreign libraries read in this process."""


class Looking:
    """Looks into files. Thread-safe.

    Args:
        folder: where they are.
    """

    def __init__(self, folder: Path) -> None:
        self._process = ReadingProcess(folder)

    def close(self) -> None:
        """End the process that reads for it."""
        self._process.close()

    def look(self, stream: FileStream, info: FileInfo, seconds: float = PATIENCE) -> FileContext:
        """What is in a file, as far as it is found in time.

        Raises:
            MissingDependencyError: what reads it is not installed.
        """
        source = Source(stream, info.name, info.size)
        found = recognised(source)
        contents = self._contents(source, found, seconds)
        if (note := found.note(info.name)) is not None:
            contents = contents.model_copy(update={"notes": [note, *contents.notes]})
        return _context(info, contents)

    def _contents(self, source: Source, found: Recognised, seconds: float) -> Contents:
        if (reader := FOREIGN.get(found.kind)) is None:
            return described(source, found)
        if _CAN_SEND:
            return self._process.ask(source, found, seconds)
        return read(reader, source, found.kind, found.format)


def without_reader(info: FileInfo, error: MissingDependencyError) -> FileContext:
    """The context of a file that nothing installed here reads."""
    return _context(info, Contents(kind=info.kind, format=info.kind, problem=f"{error}"))


def _context(info: FileInfo, contents: Contents) -> FileContext:
    return FileContext(file=info, **dict(contents))
