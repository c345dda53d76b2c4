"""The terminal that the command was started in."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console

from ..errors import StorageError
from ..runtime.wording import reason

PLAIN_WIDTH = 100
"""Columns of a table that goes to a file or a pipe."""


class Terminal:
    """The real standard output and error, also while a cell's code owns descriptors 1 and 2.

    Where both are one terminal, `out` and `err` are one console, so that a live display on it
    can step aside for everything that is printed. What cannot be printed goes nowhere, and the
    work goes on.

    Args:
        when_gone: called when nobody reads any more (`nbengine … | head`).

    Raises:
        StorageError: in the end, if not all of standard output could be written (a full disk).
    """

    def __init__(self, when_gone: Callable[[], object] = lambda: None) -> None:
        _open_closed_descriptors()
        self.out_file = _duplicate(1, when_gone)
        self.err_file = _duplicate(2, when_gone)
        self.err = _console(self.err_file)
        self.live = self.err.is_terminal
        """Whether somebody is watching: progress may be drawn and drawn again."""
        both = self.live and self.out_file.isatty()
        self.out = self.err if both else _console(self.out_file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.out_file.close()
        self.err_file.close()
        trouble = self.out_file.trouble
        if trouble is not None and value is None:
            raise StorageError(f"Standard output cannot be written: {reason(trouble)}.")

    def own_stdout(self) -> None:
        """Keep standard output for ourselves: whatever else is written there joins the errors."""
        os.dup2(2, 1)

    def show_cursor(self) -> None:
        """Undo what a live display did to the terminal, when there is no time to end it."""
        if self.live:
            os.write(self.err_file.fileno(), b"\n\x1b[?25h")


class _Stream(io.TextIOWrapper):
    """A text file whose reader may go away, or whose disk may be full."""

    when_gone: Callable[[], object]
    trouble: OSError | None = None
    """Why not all of it was written, although somebody wants to read it."""

    def write(self, text: str, /) -> int:
        """Write text; returns its length."""
        try:
            return super().write(text)
        except OSError as error:
            self._write_nowhere(error)
            return len(text)

    def flush(self) -> None:
        """Write out what is held."""
        try:
            super().flush()
        except OSError as error:
            self._write_nowhere(error)

    def _write_nowhere(self, error: OSError) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        if isinstance(error, BrokenPipeError):
            self.when_gone()
        else:
            self.trouble = error


def _open_closed_descriptors() -> None:
    """Lead nowhere what was closed before we were started (`nbengine … >&-`).

    Else the next file that anybody opens would become standard output.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def _duplicate(descriptor: int, when_gone: Callable[[], object]) -> _Stream:
    encoding = getattr(sys.__stdout__, "encoding", None) or "utf-8"
    file = os.fdopen(os.dup(descriptor), "wb")
    stream = _Stream(file, encoding, errors="backslashreplace")
    stream.when_gone = when_gone
    return stream


def _console(file: TextIO) -> Console:
    console = Console(file=file, highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    return console
