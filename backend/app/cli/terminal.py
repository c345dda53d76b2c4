"""The terminal that the command was started in."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console

PLAIN_WIDTH = 100
"""Columns of a table that goes to a file or a pipe."""


class Terminal:
    """The real standard output and error, also while a cell's code owns descriptors 1 and 2.

    Where both are one terminal, `out` and `err` are one console, so that a live display on it
    can step aside for everything that is printed.

    Args:
        when_gone: called when nobody reads any more (`nbengine … | head`); afterwards what is
            printed goes nowhere.
    """

    def __init__(self, when_gone: Callable[[], object] = lambda: None) -> None:
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

    def own_stdout(self) -> None:
        """Keep standard output for ourselves: whatever else is written there joins the errors."""
        os.dup2(2, 1)

    def show_cursor(self) -> None:
        """Undo what a live display did to the terminal, when there is no time to end it."""
        if self.live:
            os.write(self.err_file.fileno(), b"\n\x1b[?25h")


class _Stream(io.TextIOWrapper):
    """A text file whose reader may go away."""

    when_gone: Callable[[], object]

    def write(self, text: str, /) -> int:
        """Write text; returns its length."""
        try:
            return super().write(text)
        except BrokenPipeError:
            self._write_nowhere()
            return len(text)

    def flush(self) -> None:
        """Write out what is held."""
        try:
            super().flush()
        except BrokenPipeError:
            self._write_nowhere()

    def _write_nowhere(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        self.when_gone()


def _duplicate(descriptor: int, when_gone: Callable[[], object]) -> _Stream:
    try:
        duplicate = os.dup(descriptor)
    except OSError:  # it was closed before we were started
        duplicate = os.open(os.devnull, os.O_WRONLY)
    encoding = getattr(sys.__stdout__, "encoding", None) or "utf-8"
    stream = _Stream(os.fdopen(duplicate, "wb"), encoding, errors="backslashreplace")
    stream.when_gone = when_gone
    return stream


def _console(file: TextIO) -> Console:
    console = Console(file=file, highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    return console
