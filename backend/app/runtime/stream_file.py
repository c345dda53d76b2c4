"""The whole of a stream as a file, once it is more than a result may hold."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from .own_account import on_own_account

ArtifactPath = Callable[[str], Path]
"""Last part of an artifact's name -> where to write it; makes the folder."""


class StreamFile:
    """Raw text as the cell wrote it, UTF-8; in memory up to the limit, on disk beyond it."""

    def __init__(self, limit: int, path: Callable[[], Path]) -> None:
        self._limit = limit
        self._path = path
        self.size = 0
        self._early: list[str] = []
        self._file: IO[str] | None = None
        self._failed = False
        self._written: Path | None = None

    @property
    def artifact(self) -> str | None:
        """The file's name, if there is one that holds everything."""
        return self._written.name if self._written and not self._failed else None

    def record(self, text: str) -> None:
        """Append text."""
        if self._failed:
            return
        self.size += len(text)
        self._early.append(text)
        if self.size > self._limit:
            self._write()

    def end(self, *, wanted: bool) -> None:
        """Close the file for now; if it is not `wanted`, there is to be none."""
        if wanted and self._early:
            self._write()
        self._close()
        if not wanted and self._written is not None:
            with suppress(OSError):
                on_own_account(self._written.unlink)
            self._written, self._failed = None, True

    def _write(self) -> None:
        """Write what is in memory; a full disk ends the file, never the cell."""
        text = "".join(self._early)
        self._early.clear()
        try:
            if self._file is None:
                self._file = on_own_account(self._open)
            self._file.write(text)
        except OSError:
            self._failed = True
            self._close()

    def _open(self) -> IO[str]:
        path = self._written or self._path()
        mode = "a" if self._written else "w"
        file = path.open(mode, encoding="utf-8", errors="backslashreplace", newline="")
        self._written = path
        return file

    def _close(self) -> None:
        if self._file is not None:
            try:
                self._file.close()
            except OSError:
                self._failed = True
            self._file = None
