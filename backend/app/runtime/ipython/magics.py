"""Magics that mean something else in a notebook of this engine than in a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.core.page import page

from .. import child_process
from ..execution import running

_NOTES = {
    "conda": "%conda is not available here: install packages in the environment of the engine, "
    "or use %pip",
    "debug": "%debug needs somebody at a terminal; the traceback above has every frame, and "
    "variables of the cell can be looked at in the next one",
    "edit": "%edit is not available here: nobody sits at an editor; write the code into a cell",
    "store": "%store is not needed here: variables of a notebook are kept by its snapshots, which "
    "the setting `snapshots` switches on",
    "pastebin": "%pastebin is not available here: nothing is sent to other computers",
}


@magics_class
class NotebookMagics(Magics):
    """Those that can only say what to do instead, and those that would wait for keys."""

    @line_magic
    def conda(self, line: str) -> None:
        """Say that packages come from elsewhere."""
        self._note("conda")

    @line_magic
    def debug(self, line: str) -> None:
        """Say where to look."""
        self._note("debug")

    @line_magic
    def edit(self, line: str) -> None:
        """Say where code is written."""
        self._note("edit")

    @line_magic
    def less(self, line: str) -> None:
        """Show a file, where a pager of the system would wait for keys."""
        _show_file(line.strip())

    @line_magic
    def more(self, line: str) -> None:
        """Show a file, as `%less` does."""
        _show_file(line.strip())

    @line_magic
    def man(self, line: str) -> None:
        """Show a page of the system's manual."""
        page(child_process.output_of(f"man {line} | col -b"))

    @line_magic
    def store(self, line: str) -> None:
        """Say what keeps variables."""
        self._note("store")

    @line_magic
    def pastebin(self, line: str) -> None:
        """Say that nothing leaves."""
        self._note("pastebin")

    @staticmethod
    def _note(name: str) -> Any:
        execution = running()
        if execution is not None:
            execution.note(f"[{_NOTES[name]}]")


def _show_file(name: str) -> None:
    if not name:
        raise UsageError("Missing filename.")
    page(Path(name).read_text(encoding="utf-8", errors="replace"))
